"""Model A: Erlang's loss formula, as Bernstein et al. use it ("Analytic Methods for Optimizing
Realtime Crowdsourcing", Collective Intelligence 2012, arXiv 1204.2995).

Calls take one worker each and come at a Poisson rate. Each starts one recruitment; a call that
finds nobody waits for the recruit that it started itself. With c seats the recruitments outstanding
are the busy lines of an M/G/c/c system.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from chalicelib.retainer.domain.queueing.checks import check_load, check_seats, check_share


def wait_probability(seats: int, load: float) -> float:
    """Return B(seats, load), the share of calls that find nobody waiting."""
    check_seats(seats)
    for c, blocked in _table(load):
        if c == seats:
            return blocked
    raise AssertionError("the table has no end")


def mean_wait(seats: int, load: float, recruitment: float) -> float:
    """Return a call's mean wait, over all calls, in the unit of the mean `recruitment` time."""
    return wait_probability(seats, load) * recruitment


def mean_idle(seats: int, load: float) -> float:
    """Return how many workers wait, on average: those who are paid for it."""
    return seats - load * (1.0 - wait_probability(seats, load))


def seats_for_share(load: float, share: float) -> int:
    """Return the fewest seats with which at least this share of calls finds a worker waiting."""
    check_share(share)
    return next(c for c, blocked in _table(load) if blocked <= 1.0 - share)


def seats_for_wait(load: float, recruitment: float, most: float) -> int:
    """Return the fewest seats with which a call's mean wait is at most `most`."""
    if recruitment < 0 or most <= 0:
        raise ValueError(f"expected recruitment >= 0 and most > 0, got {recruitment}, {most}")
    return next(c for c, blocked in _table(load) if blocked * recruitment <= most)


def cost_rate(seats: int, load: float, rate: float, wage: float, penalty: float) -> float:
    """Return the cost per time of waiting workers at `wage` each and of missed calls at `penalty`.

    `rate` is the calls' own, in the unit of time that `wage` is for.
    """
    return wage * mean_idle(seats, load) + penalty * rate * wait_probability(seats, load)


def cheapest(load: float, rate: float, wage: float, penalty: float) -> int:
    """Return the seats of least `cost_rate`: the first after which one more saves nothing, since
    B is convex in the number of seats."""
    before: float | None = None
    for c, blocked in _table(load):
        cost = wage * (c - load * (1.0 - blocked)) + penalty * rate * blocked
        if before is not None and cost >= before:
            return c - 1
        before = cost
    raise AssertionError("the table has no end")


def _table(load: float) -> Iterator[tuple[int, float]]:
    """Give (c, B(c, load)) from c = 0 on: B(c) = load B(c-1) / (c + load B(c-1)), which neither
    overflows nor cancels, however many seats."""
    check_load(load)
    blocked = 1.0
    yield 0, blocked
    for c in count(1):
        blocked = load * blocked / (c + load * blocked)
        yield c, blocked
