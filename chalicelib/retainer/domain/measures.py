"""What a pool measures of itself: calls, how fast workers come, how soon they leave, who answers.

All are rates with exposure: events counted, over the time in which they could have happened. So a
HIT that nobody took, or a worker who still waits, counts for what is known of them. Priors stand
for a few observations and are soon outweighed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from chalicelib.retainer.domain.bursts import Bursts
from chalicelib.retainer.domain.responses import Responses
from chalicelib.retainer.domain.seats import PRESENT_MS, Seat

BUCKET_MS = 900_000
"""Calls are counted by quarters of an hour, of the last day."""

BUCKETS_KEPT = 96

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

    `open_seats` is how many were out then, `calls` the calls of each size by quarter of an hour.
    """

    since_ms: int = 0
    at_ms: int = 0
    events_until_ms: int = 0
    open_seats: int = 0
    arrivals: float = 0.0
    open_ms: float = 0.0
    leavings: float = 0.0
    waiting_ms: float = 0.0
    calls: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    responses: Responses = field(default_factory=Responses)
    bursts: Bursts = field(default_factory=Bursts)

    def to_dict(self) -> dict[str, Any]:
        """Give this as JSON knows it, with text for keys."""
        whole = asdict(self)
        whole["calls"] = {
            str(at): {str(size): n for size, n in sizes.items()} for at, sizes in self.calls.items()
        }
        whole["bursts"] = {
            "counts": {str(x): n for x, n in self.bursts.counts.items()},
            "recent": [list(pair) for pair in self.bursts.recent],
        }
        return whole

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Measures:
        responses = {k: tuple(v) for k, v in stored.get("responses", {}).items()}
        calls = {
            int(at): {int(size): int(n) for size, n in sizes.items()}
            for at, sizes in stored.get("calls", {}).items()
        }
        numbers = {
            k: v for k, v in stored.items()
            if k in cls.__dataclass_fields__ and k not in {"calls", "responses", "bursts"}
        }  # fmt: skip
        bursts = stored.get("bursts", {})
        return cls(
            **numbers,
            calls=calls,
            responses=Responses(**responses),
            bursts=Bursts(
                {int(x): float(n) for x, n in bursts.get("counts", {}).items()},
                tuple((int(at), int(size)) for at, size in bursts.get("recent", ())),
            ),
        )


@dataclass(frozen=True, slots=True)
class Estimates:
    """What the models take: calls per millisecond by size, mean recruitment time, leaving rate of
    each waiting worker per millisecond, and over which time the calls were counted."""

    calls: Mapping[int, float]
    recruitment_ms: float
    leaving: float
    window_ms: float
    bursts: Bursts = field(default_factory=Bursts)

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

    Events that were counted before are passed over. `open_seats` is for the caller to set.
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
    calls = [e for e in fresh if isinstance(e, Call)]
    return Measures(
        since_ms=before.since_ms or now_ms,
        at_ms=now_ms,
        events_until_ms=fresh[-1].at_ms if fresh else before.events_until_ms,
        open_seats=before.open_seats,
        arrivals=before.arrivals * faded + arrivals,
        open_ms=before.open_ms * faded + open_ms,
        leavings=before.leavings * faded + leavings,
        waiting_ms=before.waiting_ms * faded + waiting_ms,
        calls=_counted(before, calls, now_ms),
        responses=responses,
        bursts=before.bursts.add(((c.at_ms, c.size) for c in calls), _recruitment_ms(before)),
    )


def estimate(measures: Measures, now_ms: int, ready_for: int, max_wait_ms: int) -> Estimates:
    """Turn counts into rates, with priors where there is little to count.

    Before there is data, calls are for `ready_for` workers and everybody stays for `max_wait_ms`.
    """
    window = _window_ms(measures, now_ms)
    counts = _since(measures, now_ms - window)
    exposure = window + PRIOR_CALLS * PRIOR_CALL_EVERY_MS
    calls = {size: n / exposure for size, n in counts.items()}
    prior_size = max(1, ready_for)
    calls[prior_size] = calls.get(prior_size, 0.0) + PRIOR_CALLS / exposure
    left = (PRIOR_LEAVINGS + measures.leavings) / (
        PRIOR_LEAVINGS * max_wait_ms + measures.waiting_ms
    )
    return Estimates(calls, _recruitment_ms(measures), left, window, measures.bursts)


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
    if seat.called_ms is not None:
        end = min(end, seat.called_ms)
    gone = seat.closed is not None or now - seat.seen_ms >= PRESENT_MS
    if gone:
        end = min(end, seat.seen_ms)
    # It is known to be gone only once it has not been seen for a while: counted when that is.
    known = end if seat.closed is not None or end < seat.seen_ms else end + PRESENT_MS
    called = seat.called_ms is not None and seat.called_ms <= end
    left = not called and (gone or now >= end) and start < known <= now
    waited = min(end, now) - max(seat.arrived_ms, start)
    # Who left before was taken for waiting until now: below zero, that is taken back.
    return (waited if left else max(0, waited)), int(left)


def _counted(before: Measures, calls: Iterable[Call], now_ms: int) -> dict[int, dict[int, int]]:
    kept = {
        at: dict(sizes)
        for at, sizes in before.calls.items()
        if at > now_ms - (BUCKETS_KEPT + 1) * BUCKET_MS
    }
    for call in calls:
        sizes = kept.setdefault(call.at_ms // BUCKET_MS * BUCKET_MS, {})
        sizes[call.size] = sizes.get(call.size, 0) + 1
    return kept


_WINDOWS_MS: Sequence[int] = (96 * BUCKET_MS, 24 * BUCKET_MS, 8 * BUCKET_MS, 2 * BUCKET_MS)


def _window_ms(measures: Measures, now_ms: int) -> float:
    """Return the longest time before now over which calls came at one rate.

    A shorter time takes its place where it has three standard deviations more or fewer calls than
    the longer one gives it: demand has changed since.
    """
    known = float(max(1, now_ms - (measures.since_ms or now_ms)))
    window = min(known, _WINDOWS_MS[0])
    for shorter in _WINDOWS_MS[1:]:
        if shorter >= window:
            continue
        expected = sum(_since(measures, now_ms - window).values()) * shorter / window
        seen = sum(_since(measures, now_ms - shorter).values())
        if abs(seen - expected) > 3 * math.sqrt(max(expected, 1.0)):
            window = shorter
    return window


def _since(measures: Measures, start_ms: float) -> dict[int, float]:
    """Count calls by size from a time on; of the quarter that it cuts, the part after it."""
    counts: dict[int, float] = {}
    for at, sizes in measures.calls.items():
        part = min(1.0, max(0.0, (at + BUCKET_MS - start_ms) / BUCKET_MS))
        if part:
            for size, n in sizes.items():
                counts[size] = counts.get(size, 0.0) + n * part
    return counts
