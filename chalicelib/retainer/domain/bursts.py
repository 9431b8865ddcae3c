"""Whether calls come in bursts, and how many workers a burst takes before others can be recruited.

The queueing models take calls to come independently of each other. Where they do not, what is
counted speaks for itself: for each call, how many workers were called for within one mean
recruitment time until then, itself included. A pool of so many serves it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

HALF_LIFE_CALLS = 300
"""After so many calls an old one counts half."""

LEAST_CALLS = 30.0
"""Fewer calls say nothing about one in twenty."""

RECENT_KEPT = 200


@dataclass(frozen=True, slots=True)
class Bursts:
    """`counts` of calls by the workers called for until then; `recent` calls are (time, size)."""

    counts: Mapping[int, float] = field(default_factory=dict)
    recent: tuple[tuple[int, int], ...] = ()

    def add(self, calls: Iterable[tuple[int, int]], lead_ms: float) -> Bursts:
        """Count calls, in the order of their times."""
        counts, recent = dict(self.counts), list(self.recent)
        fade = 0.5 ** (1 / HALF_LIFE_CALLS)
        for at_ms, size in calls:
            recent.append((at_ms, size))
            taken = sum(n for t, n in recent if at_ms - t < lead_ms)
            counts = {x: c * fade for x, c in counts.items() if c > 1e-3}
            counts[taken] = counts.get(taken, 0.0) + 1
        last = recent[-1][0] if recent else 0
        kept = tuple(pair for pair in recent if last - pair[0] < lead_ms)
        return Bursts(counts, kept[-RECENT_KEPT:])

    def seats_beyond(self, seats: int, share: float) -> int:
        """Return how many seats the bursts seen take for this share of calls; `seats`, if calls
        were missed no oftener than independent ones would be (three standard deviations)."""
        calls = math.fsum(self.counts.values())
        if calls < LEAST_CALLS:
            return seats
        missed = math.fsum(c for x, c in self.counts.items() if x > seats) / calls
        allowed = 1 - share
        if missed <= allowed + 3 * math.sqrt(allowed * share / calls):
            return seats
        served = 0.0
        for taken in sorted(self.counts):
            served += self.counts[taken]
            if served >= share * calls:
                return max(seats, taken)
        return seats
