"""How many workers a pool should keep: the queueing model put to work on what was measured.

The requester states the service wanted; the fewest seats that give it are the standing demand. What
is reserved ahead is known and comes on top, recruited for just early enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.queueing import batches, churn, erlang

if TYPE_CHECKING:
    from chalicelib.retainer.domain.measures import Estimates

NEGLIGIBLE_LEAVING = 0.02
"""A leaving rate x recruitment time below this changes no number of seats: models B and C do."""

NOTICED_MS = 30_000
"""Who leaves is noticed by the next sizing run, once a minute, and only then recruited for."""

LONGEST_LEAD_MS = 900_000
SHORTEST_LEAD_MS = 30_000


@dataclass(frozen=True, slots=True)
class Service:
    """What a requester states: `share` of calls fully served at once, or, if given, the longest
    mean wait of a worker asked for. `model` is auto, or A to hold Erlang's loss formula."""

    share: float = 0.95
    wait_cap_ms: int | None = None
    model: str = "auto"


@dataclass(frozen=True, slots=True)
class Target:
    """`seats` to keep waiting or on their way; `model` by letter; `why` names its numbers.

    Independent calls would take `calm` of them if nobody left: what bursts are measured against.
    """

    seats: int
    model: str
    why: str
    calm: int = 0


def standing(service: Service, known: Estimates) -> Target:
    """Return the fewest seats that give the service at the demand measured."""
    loads = known.loads()
    leaving = known.leaving * (known.recruitment_ms + NOTICED_MS)
    sizes = {size for size, load in loads.items() if load > 0}
    if service.model == "A":
        load = math.fsum(size * load for size, load in loads.items())
        if service.wait_cap_ms is not None:
            seats = erlang.seats_for_wait(load, known.recruitment_ms, service.wait_cap_ms)
        else:
            seats = erlang.seats_for_share(load, service.share)
        return Target(seats, "A", _why("A", service, known, seats))
    model = "C" if sizes - {1} else "B"
    if leaving > NEGLIGIBLE_LEAVING:
        model = "D"
    else:
        leaving = 0.0
    if service.wait_cap_ms is not None:
        seats = _for_wait(loads, leaving, known, service.wait_cap_ms)
    else:
        seats = churn.seats_for_batches(loads, leaving, service.share)
        calm = batches.seats_for_share(loads, service.share)
        more = known.bursts.extra(service.share)
        why = _why(model, service, known, seats)
        if more:
            why += f"; {more} more, since calls come in bursts"
        return Target(seats + more, model, why, calm)
    return Target(seats, model, _why(model, service, known, seats))


def _for_wait(loads: dict[int, float], leaving: float, known: Estimates, most_ms: int) -> int:
    """The fewest seats with a mean wait of at most so long for each worker asked for."""
    workers = math.fsum(size * rate for size, rate in known.calls.items())
    seats = batches.seats_for_wait(loads, known.recruitment_ms, most_ms)

    def wait_ms(c: int) -> float:
        return batches.Outstanding(loads, leaving, c).excess(c) / workers if workers else 0.0

    while wait_ms(seats) > most_ms:
        seats += 1
    return seats


def lead_ms(workers: int, recruitment_ms: float, share: float, longest_ms: int) -> int:
    """Return how long before its time to recruit for a reservation of so many workers.

    By then all of them have come with probability `share`: each comes within t with probability
    1 - exp(-t / mean). At most `longest_ms`, or the first would leave before the time has come.
    """
    if workers <= 0:
        return 0
    each = share ** (1 / workers)
    lead = -recruitment_ms * math.log1p(-each)
    return round(min(max(lead, SHORTEST_LEAD_MS), longest_ms, LONGEST_LEAD_MS))


def _why(model: str, service: Service, known: Estimates, seats: int) -> str:
    goal = (
        f"a mean wait of {service.wait_cap_ms / 1000:g} s"
        if service.wait_cap_ms is not None
        else f"{service.share:.1%} served at once"
    )
    # Of sizes that hardly ever come nobody wants to read.
    least = known.call_rate / 100
    rates = ", ".join(
        f"{rate * 3_600_000:.1f}/h for {size}"
        for size, rate in sorted(known.calls.items())
        if rate >= least
    )
    return (
        f"model {model} keeps {seats} for {goal}: calls {rates}, "
        f"by {known.counted:.0f} in {_time(known.window_ms)}; "
        f"{known.recruitment_ms / 1000:.0f} s to recruit; {known.leaving * 60_000:.2f}/min leave"
    )


def _time(ms: float) -> str:
    minutes = max(1, round(ms / 60_000))
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.0f} h"
