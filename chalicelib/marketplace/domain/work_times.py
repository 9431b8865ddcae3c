"""How long work takes, from the latest submissions of its type, and what it pays an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

# How many submissions of a type are remembered: the latest.
KEPT = 25
# Fewer say more about one worker than about the work.
FEWEST = 3
# Waits depend on the hour of the day and on who else is there: so many, over so long, tell of them.
FEWEST_WAITS = 10
LEAST_SPAN_S = 3_600


@dataclass(frozen=True, slots=True)
class Pace:
    """The median of the latest work times, from accepting to submitting, waits included."""

    median_s: int
    samples: int
    span_s: int = 0
    """From the first of them to the last; 0: not known."""

    @property
    def tells_waits(self) -> bool:
        """Whether these say what a wait will be like."""
        return self.samples >= FEWEST_WAITS and self.span_s >= LEAST_SPAN_S


@dataclass(frozen=True, slots=True)
class Times:
    """A type's remembered times, the oldest first; `count` counts all there ever were, `noted_ms`
    when each was noted (fewer, where some were noted by a version that did not keep it)."""

    seconds: tuple[int, ...]
    count: int
    at_ms: int
    noted_ms: tuple[int, ...] = ()


class WorkTimeStore(Protocol):
    def find(self, hit_type_id: str) -> Times | None: ...

    def find_many(self, hit_type_ids: Sequence[str]) -> dict[str, Times]: ...

    def save(self, hit_type_id: str, times: Times, before: Times | None) -> bool:
        """Replace what is remembered; False if somebody else did meanwhile."""


def with_one_more(times: Times | None, seconds: int, now_ms: int) -> Times:
    """Remember one more and forget the oldest beyond what is kept."""
    known = times.seconds if times else ()
    count = times.count if times else 0
    noted = times.noted_ms if times else ()
    return Times((*known, seconds)[-KEPT:], count + 1, now_ms, (*noted, now_ms)[-KEPT:])


def pace(times: Times | None) -> Pace | None:
    """None while too few are known to say."""
    if times is None or len(times.seconds) < FEWEST:
        return None
    noted = times.noted_ms
    span_s = (noted[-1] - noted[0]) // 1000 if noted else 0
    return Pace(max(1, round(median(times.seconds))), len(times.seconds), span_s)


def hourly_cents(cents: int, seconds: int) -> int:
    return cents * 3600 // max(1, seconds)
