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


@dataclass(frozen=True, slots=True)
class Pace:
    """The median of the latest work times, from accepting to submitting, waits included."""

    median_s: int
    samples: int


@dataclass(frozen=True, slots=True)
class Times:
    """What is remembered of a type, the oldest first; `count` is of all that ever was."""

    seconds: tuple[int, ...]
    count: int
    at_ms: int


class WorkTimeStore(Protocol):
    def find(self, hit_type_id: str) -> Times | None: ...

    def find_many(self, hit_type_ids: Sequence[str]) -> dict[str, Times]: ...

    def save(self, hit_type_id: str, times: Times, before: Times | None) -> bool:
        """Replace what is remembered; False if somebody else did meanwhile."""


def with_one_more(times: Times | None, seconds: int, now_ms: int) -> Times:
    """Remember one more and forget the oldest beyond what is kept."""
    known = times.seconds if times else ()
    count = times.count if times else 0
    return Times((*known, seconds)[-KEPT:], count + 1, now_ms)


def pace(times: Times | None) -> Pace | None:
    """None while too few are known to say."""
    if times is None or len(times.seconds) < FEWEST:
        return None
    return Pace(max(1, round(median(times.seconds))), len(times.seconds))


def hourly_cents(cents: int, seconds: int) -> int:
    return cents * 3600 // max(1, seconds)
