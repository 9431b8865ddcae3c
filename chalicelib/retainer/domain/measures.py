"""What a pool measures of itself: calls, how fast workers come, how soon they leave, who answers.

All are rates with exposure: events counted, over the time in which they could have happened. So a
HIT that nobody took, or a worker who still waits, counts for what is known of them. Priors stand
for a few observations and are soon outweighed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chalicelib.retainer.domain import rates
from chalicelib.retainer.domain.bursts import Bursts
from chalicelib.retainer.domain.responses import Responses
from chalicelib.retainer.domain.seats import PRESENT_MS

if TYPE_CHECKING:
    from chalicelib.retainer.domain.rates import Counts
    from chalicelib.retainer.domain.seats import Seat

PRIOR_RECRUITMENT_MS = 72_000
"""Chorus measured a mean of 72 s until a worker came, over 320 conversations (Huang et al.)."""

PRIOR_ARRIVALS = 3.0
PRIOR_LEAVINGS = 2.0
PRIOR_CALL_EVERY_MS = 600_000
PRIOR_CALLS = 0.5
"""Before there is data a call every ten minutes is reckoned with, and soon outweighed."""

HALF_LIFE_MS = 7_200_000
"""How workers come and leave changes with the hour: after two hours half is forgotten."""


@dataclass(frozen=True, slots=True)
class Call:
    """An invoke that nobody had announced: when, and for how many."""

    at_ms: int
    size: int


@dataclass(frozen=True, slots=True)
class Response:
    """How one worker took a call, after so long a wait."""

    at_ms: int
    waited_ms: int
    quick: bool


@dataclass(frozen=True, slots=True)
class Measures:
    """What has been counted until `at_ms`; exposures in milliseconds.

    `open_seats` is how many were out then; `calm` seats were kept then for calls that come
    independently of each other.
    """

    since_ms: int = 0
    at_ms: int = 0
    events_until_ms: int = 0
    open_seats: int = 0
    arrivals: float = 0.0
    open_ms: float = 0.0
    leavings: float = 0.0
    waiting_ms: float = 0.0
    calm: int = 0
    calls: Counts = field(default_factory=dict)
    lately: Counts = field(default_factory=dict)
    responses: Responses = field(default_factory=Responses)
    bursts: Bursts = field(default_factory=Bursts)

    def to_dict(self) -> dict[str, Any]:
        """Give this as JSON knows it, with text for keys."""
        whole = asdict(self)
        whole["calls"] = rates.as_text(self.calls)
        whole["lately"] = rates.as_text(self.lately)
        whole["bursts"] = {
            "beyond": {str(x): round(n, 3) for x, n in self.bursts.beyond.items()},
            "coming": list(self.bursts.coming),
        }
        return whole

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Measures:
        apart = {"calls", "lately", "responses", "bursts"}
        numbers = {
            k: v for k, v in stored.items() if k in cls.__dataclass_fields__ and k not in apart
        }
        bursts = stored.get("bursts", {})
        return cls(
            **numbers,
            calls=rates.of_text(stored.get("calls", {})),
            lately=rates.of_text(stored.get("lately", {})),
            responses=Responses(**{k: tuple(v) for k, v in stored.get("responses", {}).items()}),
            bursts=Bursts(
                {int(x): float(n) for x, n in bursts.get("beyond", {}).items()},
                tuple(int(at) for at in bursts.get("coming", ())),
            ),
        )


@dataclass(frozen=True, slots=True)
class Estimates:
    """What the models take: calls per millisecond by size, mean recruitment time, leaving rate of
    each waiting worker per millisecond, and how many calls were counted over which time."""

    calls: Mapping[int, float]
    recruitment_ms: float
    leaving: float
    window_ms: float
    bursts: Bursts = field(default_factory=Bursts)
    counted: float = 0.0

    @property
    def call_rate(self) -> float:
        return math.fsum(self.calls.values())

    def loads(self) -> dict[int, float]:
        return {size: rate * self.recruitment_ms for size, rate in self.calls.items()}


def observe(
    before: Measures,
    now_ms: int,
    seats: Iterable[Seat],
    events: Iterable[Call | Response],
) -> Measures:
    """Add what has happened since `before`: one pass over the pool's seats.

    Events that were counted before are passed over. The seats out are for `sized` to set.
    """
    start = before.at_ms or now_ms
    faded = 0.5 ** ((now_ms - start) / HALF_LIFE_MS)
    arrivals = leavings = 0
    open_ms = waiting_ms = 0.0
    for seat in seats:
        if start < seat.arrived_ms <= now_ms:
            arrivals += 1
            open_ms += seat.arrived_ms - start
        stayed, left = _stay(seat, start, now_ms)
        waiting_ms += stayed
        leavings += left
    open_ms += max(0, before.open_seats - arrivals) * (now_ms - start)
    fresh = sorted((e for e in events if e.at_ms > before.events_until_ms), key=lambda e: e.at_ms)
    responses = before.responses
    for event in fresh:
        if isinstance(event, Response):
            responses = responses.add(event.waited_ms, event.quick)
    sizes = [(e.at_ms, e.size) for e in fresh if isinstance(e, Call)]
    return Measures(
        since_ms=before.since_ms or now_ms,
        at_ms=now_ms,
        events_until_ms=fresh[-1].at_ms if fresh else before.events_until_ms,
        open_seats=before.open_seats,
        calm=before.calm,
        arrivals=before.arrivals * faded + arrivals,
        open_ms=before.open_ms * faded + open_ms,
        leavings=before.leavings * faded + leavings,
        waiting_ms=before.waiting_ms * faded + waiting_ms,
        calls=rates.by_quarter(before.calls, sizes, now_ms),
        lately=rates.by_minute(before.lately, sizes, now_ms),
        responses=responses,
        bursts=before.bursts.add(sizes, _recruitment_ms(before), before.calm),
    )


def sized(measures: Measures, open_seats: int, calm: int) -> Measures:
    """Note the seats that are out from now on, and how many are kept for independent calls."""
    bursts = measures.bursts.resized(
        calm - measures.calm, measures.at_ms, _recruitment_ms(measures)
    )
    return replace(measures, open_seats=open_seats, calm=calm, bursts=bursts)


def estimate(measures: Measures, now_ms: int, ready_for: int, max_wait_ms: int) -> Estimates:
    """Turn counts into rates, with priors where there is little to count.

    Before there is data, calls are for `ready_for` workers and everybody stays for `max_wait_ms`.
    """
    known = float(max(1, now_ms - (measures.since_ms or now_ms)))
    window = rates.window_ms(measures.calls, measures.lately, now_ms, known)
    exposure = window
    if window >= known:
        exposure += PRIOR_CALLS * PRIOR_CALL_EVERY_MS
    # Half a call more, of the sizes of the whole day: that none came lately says little of them.
    more = rates.since(measures.calls, measures.lately, now_ms, rates.DAY_MS)
    prior_size = max(1, ready_for)
    more[prior_size] = more.get(prior_size, 0.0) + PRIOR_CALLS
    every = math.fsum(more.values())
    calls = rates.since(measures.calls, measures.lately, now_ms, window)
    counted = math.fsum(calls.values())
    for size, n in more.items():
        calls[size] = calls.get(size, 0.0) + PRIOR_CALLS * n / every
    calls = {size: n / exposure for size, n in calls.items()}
    left = (PRIOR_LEAVINGS + measures.leavings) / (
        PRIOR_LEAVINGS * max_wait_ms + measures.waiting_ms
    )
    return Estimates(calls, _recruitment_ms(measures), left, window, measures.bursts, counted)


def _recruitment_ms(measures: Measures) -> float:
    return (PRIOR_ARRIVALS * PRIOR_RECRUITMENT_MS + measures.open_ms) / (
        PRIOR_ARRIVALS + measures.arrivals
    )


def together(members: Iterable[Measures]) -> Measures:
    """Add up how workers came and left over the ProtoHITs that share a pool."""
    found = list(members)
    return Measures(
        arrivals=math.fsum(m.arrivals for m in found),
        open_ms=math.fsum(m.open_ms for m in found),
        leavings=math.fsum(m.leavings for m in found),
        waiting_ms=math.fsum(m.waiting_ms for m in found),
    )


def _stay(seat: Seat, start: int, now: int) -> tuple[float, int]:
    """Return how long the seat waited between the two times, and 1 if it left uncalled then."""
    end = seat.waits_until_ms
    if seat.queued_ms is not None:
        end = min(end, seat.queued_ms)
    if seat.called_ms is not None:
        end = min(end, seat.called_ms)
    gone = seat.closed is not None or now - seat.seen_ms >= PRESENT_MS
    if gone:
        end = min(end, seat.seen_ms)
    # It is known to be gone only once it has not been seen for a while: counted when that is.
    known = end if seat.closed is not None or end < seat.seen_ms else end + PRESENT_MS
    called = seat.called_ms is not None and seat.called_ms <= end
    if seat.queued_ms is not None:
        # It has yet to begin, or goes on later: that is not leaving.
        return max(0, min(end, now) - max(seat.began_ms, start)), 0
    left = not called and (gone or now >= end) and start < known <= now
    waited = min(end, now) - max(seat.began_ms, start)
    # Who left before was taken for waiting until now: below zero, that is taken back.
    return (waited if left else max(0, waited)), int(left)
