"""When a waiting page should ask next: as seldom as the promised latency allows.

With W workers who poll every P at unrelated moments, the n-th poll after an invoke comes at
P x Beta(n, W - n + 1). P is chosen so that the 95 % quantile of that is the target.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.domain.sharing import Conditions

TARGET_MS = 475
"""Half a second from the invoke to the task, less what the claim and the way to the page take."""

FASTEST_MS = 500
SLOWEST_MS = 20_000
QUANTILE = 0.95


@dataclass(frozen=True, slots=True)
class PoolRow:
    """What pacing needs of a pool, kept in one small row.

    `waiting` workers at the last count (arrivals since added, called ones taken off, so that it may
    be below zero). `ready_now` workers may be invoked at any moment; `due` lists, soonest first,
    (time, workers) of reservations still to fall due, `auto` (time, id) of those that are then
    invoked by themselves. `waits` counts those who waited at the last count by how long they had
    (`responses.length_of`). `scarce`, where ProtoHITs share the pool, has the work that not all who
    wait may do, and how many may. The rest is copied from the ProtoHIT, so that a poll need not
    read it.
    """

    proto: str
    waiting: int = 0
    verified_waiting: int = 0
    ready_for: int = 1
    ready_now: int = 0
    due: tuple[tuple[int, int], ...] = ()
    auto: tuple[tuple[int, str], ...] = ()
    reward_cents: int = 0
    waits: tuple[int, ...] = ()
    scarce: tuple[tuple[Conditions, int], ...] = ()

    @property
    def waits_now(self) -> tuple[int, ...]:
        """Return `waits` with those who have come since: their waits are the shortest."""
        first, *rest = self.waits or (0,)
        return (first + max(0, self.waiting - sum(self.waits)), *rest)

    def able(self, wanted: Conditions, called: int = 0) -> int:
        """Return how many of the waiting may do such work, when so many of them were just called
        and are taken off `waiting` already."""
        few = (n - called for conditions, n in self.scarce if conditions == wanted)
        return min([self.waiting, *few])

    def reward_for(self, seat: Seat) -> int:
        """Return what the HIT said that the worker took."""
        if seat.accepted is None:
            return self.reward_cents
        return seat.accepted.reward_cents

    def seen_by(self, seat: Seat) -> PoolRow:
        """Return the row as it is for one worker: who may do what few may do is one of few."""
        crowds = [n for wanted, n in self.scarce if seat.may_do("", wanted)]
        return replace(self, waiting=min([self.waiting, *crowds])) if crowds else self

    def wanted(self, at_ms: int) -> int:
        """Return how many workers may be invoked without warning at that time."""
        return max(self.ready_for, self.ready_now + sum(n for t, n in self.due if t <= at_ms))


@dataclass(frozen=True, slots=True)
class Pace:
    """`every_ms` is the cadence; `next_ms`, if given, the time until just the next poll."""

    every_ms: int
    next_ms: int | None = None
    due_in_ms: int | None = None


MANY = 200
"""From so many terms on a sum costs a poll more than it is worth: the normal curve is within a
thousandth of it."""


@lru_cache(maxsize=4096)
def beta_quantile(workers: int, wanted: int, probability: float = QUANTILE) -> float:
    """Return the quantile of Beta(wanted, workers - wanted + 1), by bisection.

    The distribution function at x is P(Binomial(workers, x) >= wanted), summed over whichever
    tail is shorter, in logarithms, so that 10,000 workers neither overflow nor underflow.
    """
    if not 1 <= wanted <= workers:
        raise ValueError(f"expected 1 <= wanted <= workers, got {wanted} of {workers}")
    if min(wanted, workers - wanted) > MANY:
        share = wanted / (workers + 1)
        deviation = math.sqrt(share * (1 - share) / (workers + 2))
        return share + NormalDist().inv_cdf(probability) * deviation
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _at_least(workers, wanted, middle) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_least(trials: int, successes: int, x: float) -> float:
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    log_x, log_y = math.log(x), math.log1p(-x)
    log_n = math.lgamma(trials + 1)

    def term(k: int) -> float:
        choose = log_n - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        return math.exp(choose + k * log_x + (trials - k) * log_y)

    if successes <= trials - successes:
        return 1.0 - math.fsum(term(k) for k in range(successes))
    return math.fsum(term(k) for k in range(successes, trials + 1))


def period_ms(workers: int, wanted: int, target_ms: int = TARGET_MS) -> int:
    """Return the cadence at which `wanted` of `workers` have polled within the target in 95 %."""
    if wanted <= 0:
        return SLOWEST_MS
    crowd = max(1, workers)
    period = target_ms / beta_quantile(crowd, min(wanted, crowd))
    return round(min(max(period, FASTEST_MS), SLOWEST_MS))


def pace(row: PoolRow, now_ms: int, chance: float, get_ready_ms: int = 10_000) -> Pace:
    """Return when a page should poll, so that it is at the right cadence when work falls due.

    A page whose next poll at today's cadence would come too late for the next due time is called
    back once, at a random moment of the last period before it (`chance` is uniform in [0, 1)), so
    that pages stay spread out, and has the new pace from then on. `due_in_ms` is given when work is
    expected within `get_ready_ms`.
    """
    every = period_ms(row.waiting, row.wanted(now_ms))
    next_ms: int | None = None
    due_in: int | None = None
    for due_ms, _ in row.due:
        if due_ms <= now_ms:
            continue
        left = due_ms - now_ms
        if due_in is None and left <= get_ready_ms:
            due_in = left
        at_due = period_ms(row.waiting, row.wanted(due_ms))
        if at_due * 1.1 >= every:
            continue
        if left <= at_due:
            # In its last period work counts as due: calling pages back again and again until
            # then would have all of them poll at the fastest pace there is.
            every = at_due
        elif left < every + at_due:
            moment = round(left - chance * at_due)
            next_ms = min(next_ms or SLOWEST_MS, max(moment, FASTEST_MS))
    return Pace(every, next_ms if next_ms is not None and next_ms < every else None, due_in)
