"""Model C: calls for several workers at once.

Calls for n workers come at a Poisson rate, of any mix of sizes n; `loads` maps each size to its
calls per time x mean recruitment time. Recruits outstanding are M, compound Poisson: with
exponential recruitment times, of a call for n there are still k missing in load/k calls on average
(k = 1 ... n), since the time that passes while k are missing is 1/k of a recruitment. Panjer's
recursion gives its distribution:

    P(M=m) = (1/m) sum over k <= m of (sum of the loads of sizes >= k) x P(M=m-k)

which is also the balance of flows between fewer and at least m outstanding. That balance has room
for those who leave (model D): while m - 1 are outstanding, c - m + 1 wait, and each may leave.
"""

from __future__ import annotations

import math
import operator
from collections import deque
from collections.abc import Mapping
from itertools import count

from chalicelib.retainer.domain.queueing.checks import check_load, check_seats, check_share

_RESCALE = 1e250
_NEGLIGIBLE = 1e-17


class Outstanding:
    """The distribution of the recruits outstanding, computed as far as it is asked for.

    Probabilities are kept relative to a running scale: P(M=0) = exp(-load) would underflow where
    hundreds are outstanding. All terms are positive, so nothing cancels.
    """

    def __init__(self, loads: Mapping[int, float], leaving: float = 0.0, seats: int = 0) -> None:
        """`leaving` (model D's, x mean recruitment time) is the rate at which each of those leaves
        who wait, of `seats` less the outstanding."""
        for size, load in loads.items():
            if size < 1:
                raise ValueError(f"a call is for 1 worker or more, not {size}")
            check_load(load)
        self._loads = {n: load for n, load in loads.items() if load > 0}
        most = max(self._loads, default=1)
        # For k = 1 ... : the load of all calls for k workers or more.
        self._calls = [
            math.fsum(load for n, load in self._loads.items() if n >= k) for k in range(1, most + 1)
        ]
        # Without leavers the mean of the distribution, too.
        self.mean = math.fsum(n * load for n, load in self._loads.items())
        check_load(leaving)
        check_seats(seats)
        self._leaving = leaving
        self._leaving_from = seats
        self._pmf = self._compute()

    def at(self, m: int) -> float:
        """Return P(M = m)."""
        return self._pmf[m] if 0 <= m < len(self._pmf) else 0.0

    def below(self, m: int) -> float:
        """Return P(M < m)."""
        return math.fsum(self._pmf[: max(0, m)])

    def tail(self, m: int) -> float:
        """Return P(M >= m), summed from the small end, so that small tails are exact too."""
        return math.fsum(self._pmf[max(0, m) :])

    def excess(self, seats: int) -> float:
        """Return E[(M - seats)+]: workers asked for who are not there yet."""
        check_seats(seats)
        return math.fsum((m - seats) * p for m, p in enumerate(self._pmf[seats:], seats))

    def spare(self, seats: int) -> float:
        """Return E[(seats - M)+]: workers who wait."""
        check_seats(seats)
        return math.fsum((seats - m) * p for m, p in enumerate(self._pmf[:seats]))

    def _compute(self) -> list[float]:
        """All probabilities down to a negligible tail."""
        relative = [1.0]
        total = 1.0
        weights = self._calls
        window: deque[float] = deque([1.0], maxlen=len(weights))
        one_size = all(w == weights[0] for w in weights)
        for m in count(1):
            # Every call for at least k adds its share to each of the last k terms.
            if one_size:
                flow = weights[0] * math.fsum(window)
            else:
                flow = math.fsum(map(operator.mul, weights, reversed(window)))
            term = (flow + self._leaving * max(0, self._leaving_from - m + 1) * window[-1]) / m
            relative.append(term)
            window.append(term)
            total += term
            if term > _RESCALE:
                relative = [p / _RESCALE for p in relative]
                window = deque((p / _RESCALE for p in window), maxlen=len(weights))
                total /= _RESCALE
            if m > max(self.mean, self._leaving_from) and term <= _NEGLIGIBLE * total:
                break
        whole = math.fsum(relative)
        return [p / whole for p in relative]


def served_at_once(seats: int, loads: Mapping[int, float]) -> float:
    """Return the share of calls that find all their workers waiting, over all sizes by rate."""
    check_seats(seats)
    return served_by(Outstanding(loads), seats, loads)


def mean_wait(seats: int, loads: Mapping[int, float], recruitment: float) -> float:
    """Return the mean wait for each worker asked for, in the unit of `recruitment`."""
    outstanding = Outstanding(loads)
    if not outstanding.mean:
        return 0.0
    return outstanding.excess(seats) * recruitment / outstanding.mean


def mean_idle(seats: int, loads: Mapping[int, float]) -> float:
    """Return E[(c - M)+], how many workers wait on average."""
    return Outstanding(loads).spare(seats)


def seats_for_share(loads: Mapping[int, float], share: float) -> int:
    """Return the fewest seats with which at least this share of calls is fully served at once."""
    check_share(share)
    outstanding = Outstanding(loads)
    low, high = -1, max(1, round(outstanding.mean))
    while served_by(outstanding, high, loads) < share:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if served_by(outstanding, middle, loads) >= share:
            high = middle
        else:
            low = middle
    return high


def seats_for_wait(loads: Mapping[int, float], recruitment: float, most: float) -> int:
    """Return the fewest seats with which the mean wait for a worker is at most `most`."""
    if recruitment < 0 or most <= 0:
        raise ValueError(f"expected recruitment >= 0 and most > 0, got {recruitment}, {most}")
    outstanding = Outstanding(loads)
    if not outstanding.mean:
        return 0
    allowed = most * outstanding.mean / recruitment if recruitment else math.inf
    low, high = -1, max(1, round(outstanding.mean))
    while outstanding.excess(high) > allowed:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if outstanding.excess(middle) <= allowed:
            high = middle
        else:
            low = middle
    return high


def served_by(outstanding: Outstanding, seats: int, loads: Mapping[int, float]) -> float:
    """P(M <= seats - n) for a call for n; no demand at all is served whatever there is."""
    rate = math.fsum(loads.values())
    if rate == 0:
        return 1.0
    served = (load * outstanding.below(seats - n + 1) for n, load in loads.items() if load > 0)
    return math.fsum(served) / rate
