"""Model D: workers who wait leave, each at a rate of their own accord or when their time is over.

Model A's rule (a call that finds nobody waits for its own recruit) with i workers waiting as a
birth-death chain: up at (c - i) x recruitment rate, down at call rate + i x leaving rate. With
nobody leaving it is model A.

With base stock and batches (`served_at_once` and what follows) the chain still moves up by one at a
time only, so that its balance of flows is Panjer's recursion with a term for those who leave.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.retainer.domain.queueing import batches
from chalicelib.retainer.domain.queueing.checks import check_rate, check_seats, check_share


@dataclass(frozen=True, slots=True)
class Rates:
    """Per unit of time: calls, recruitments finished by each recruit, leavings of each waiter."""

    calls: float
    recruiting: float
    leaving: float = 0.0

    def __post_init__(self) -> None:
        check_rate("calls", self.calls)
        check_rate("leaving", self.leaving)
        check_rate("recruiting", self.recruiting)
        if self.recruiting == 0:
            raise ValueError("recruiting must be above 0: nobody would ever come")


def waiting(seats: int, rates: Rates) -> list[float]:
    """Return the probabilities that i = 0 ... seats workers are waiting.

    Products are summed as logarithms relative to the largest, so that 10,000 seats neither overflow
    nor underflow.
    """
    check_seats(seats)
    if rates.calls == 0 and rates.leaving == 0:
        return [0.0] * seats + [1.0]
    logs = [0.0]
    for i in range(1, seats + 1):
        up = (seats - i + 1) * rates.recruiting
        logs.append(logs[-1] + math.log(up) - math.log(rates.calls + i * rates.leaving))
    top = max(logs)
    weights = [math.exp(x - top) for x in logs]
    whole = math.fsum(weights)
    return [w / whole for w in weights]


def wait_probability(seats: int, rates: Rates) -> float:
    """Return the share of calls that find nobody waiting."""
    return waiting(seats, rates)[0]


def mean_idle(seats: int, rates: Rates) -> float:
    """Return how many workers wait, on average."""
    return math.fsum(i * p for i, p in enumerate(waiting(seats, rates)))


def seats_for_share(rates: Rates, share: float) -> int:
    """Return the fewest seats with which at least this share of calls finds a worker waiting."""
    check_share(share)
    low, high = -1, 1
    while 1.0 - wait_probability(high, rates) < share:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if 1.0 - wait_probability(middle, rates) >= share:
            high = middle
        else:
            low = middle
    return high


def served_at_once(seats: int, loads: Mapping[int, float], leaving: float) -> float:
    """Return the share of calls fully served at once: base stock, batches and leavers, exactly.

    `leaving` is each waiter's rate of leaving x mean recruitment time, as the loads are.
    """
    return batches.served_by(batches.Outstanding(loads, leaving, seats), seats, loads)


def idle_with_batches(seats: int, loads: Mapping[int, float], leaving: float) -> float:
    """Return how many workers wait on average, in the same model."""
    return batches.Outstanding(loads, leaving, seats).spare(seats)


def seats_for_batches(loads: Mapping[int, float], leaving: float, share: float) -> int:
    """Return the fewest seats for a share of calls fully served at once, while waiters leave."""
    check_share(share)
    high = batches.seats_for_share(loads, share)
    if leaving == 0 or served_at_once(high, loads, leaving) >= share:
        return high
    low = high
    while served_at_once(high, loads, leaving) < share:
        low, high = high, high + max(1, high // 2)
    while high - low > 1:
        middle = (low + high) // 2
        if served_at_once(middle, loads, leaving) >= share:
            high = middle
        else:
            low = middle
    return high
