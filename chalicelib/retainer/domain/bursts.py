"""Whether calls come in bursts, and how many workers these take beyond what the models keep.

The queueing models take calls to come independently of each other. Where they do not, calls as they
came speak for themselves: for each, how many workers it took with those called for before it and
not replaced yet, against the seats that the model kept at that time.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

HALF_LIFE_CALLS = 300
"""After so many calls an old one counts half."""

LEAST_CALLS = 30.0
"""Fewer calls say nothing about one in twenty."""

DEVIATIONS = 3.0
"""Missed calls are laid to bursts once there are so many standard deviations more than allowed."""

COMING_KEPT = 500


@dataclass(frozen=True, slots=True)
class Bursts:
    """`beyond` counts calls by the seats that each took beyond the model's, below zero where some
    were spare; `coming` are the times when those called for lately would be replaced."""

    beyond: Mapping[int, float] = field(default_factory=dict)
    coming: tuple[int, ...] = ()

    def add(self, calls: Iterable[tuple[int, int]], lead_ms: float, seats: int) -> Bursts:
        """Count calls (time, size), in the order of their times, for which `seats` were kept.

        Who replaces a worker takes an exponential time of mean `lead_ms`, as in the models. It is
        drawn by the call's own time, so that a run that is repeated finds the same.
        """
        beyond, coming = dict(self.beyond), list(self.coming)
        fade = 0.5 ** (1 / HALF_LIFE_CALLS)
        for at_ms, size in calls:
            coming = [t for t in coming if t > at_ms][-COMING_KEPT:]
            if seats:
                beyond = {x: c * fade for x, c in beyond.items() if c > 1e-3}
                x = len(coming) + size - seats
                beyond[x] = beyond.get(x, 0.0) + 1
            coming += _replaced(size, at_ms, lead_ms)
        return Bursts(beyond, tuple(coming[-COMING_KEPT:]))

    def resized(self, more: int, at_ms: int, lead_ms: float) -> Bursts:
        """Reckon with so many more seats from now on, which are yet to be filled, or fewer."""
        if more < 0:
            return Bursts(self.beyond, tuple(sorted(self.coming)[:more]))
        coming = (*self.coming, *_replaced(more, at_ms, lead_ms))
        return Bursts(self.beyond, coming[-COMING_KEPT:])

    def extra(self, share: float) -> int:
        """Return how many seats more than the model's the calls seen took for this share of them;
        none, if calls were missed no oftener than chance has it (three standard deviations)."""
        calls = math.fsum(self.beyond.values())
        if calls < LEAST_CALLS:
            return 0
        missed = math.fsum(c for x, c in self.beyond.items() if x > 0) / calls
        allowed = 1 - share
        if missed <= allowed + DEVIATIONS * math.sqrt(allowed * share / calls):
            return 0
        served = 0.0
        for beyond in sorted(self.beyond):
            served += self.beyond[beyond]
            if served >= share * calls:
                return max(0, beyond)
        return 0


def _replaced(workers: int, at_ms: int, lead_ms: float) -> list[int]:
    chance = random.Random(at_ms)
    return [at_ms + round(chance.expovariate(1 / lead_ms)) for _ in range(workers)]
