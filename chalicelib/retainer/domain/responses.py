"""Whether the workers who are called answer in time, and how many to call so that enough do.

Answering means that a person did something, not that the page showed the task. How likely that is
falls with the time waited. The shares before there is data are those measured by Bernstein, Brandt,
Miller and Karger, "Crowds in Two Seconds" (UIST 2011), their retainer-length study: acknowledged
within two seconds, everybody counted who was called, also those who had left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat

QUICK_MS = 2_000
"""What counts as answering at once."""

# Longest wait of the study's condition, which waited uniformly up to it -> share within 2 s.
_STUDY = ((30, 0.606), (60, 0.619), (120, 0.531), (300, 0.463), (600, 0.275), (1800, 0.180))

LENGTHS_MS = tuple(seconds * 1000 for seconds, _ in _STUDY[:-1])
"""Upper ends of the lengths of wait that are told apart; the last length has no end."""

PRIOR_CALLS = 20.0
"""How many calls the shares of the study weigh against one's own, for each length."""

HALF_LIFE_CALLS = 300
"""After so many calls an old one counts half: crowds change."""


def length_of(waited_ms: int) -> int:
    """Return which length of wait this is, 0 the shortest."""
    return sum(waited_ms > end for end in LENGTHS_MS)


def by_length(waits_ms: Iterable[int]) -> tuple[int, ...]:
    """Count waits by their lengths; nothing for none."""
    counts = [0] * len(_STUDY)
    for waited_ms in waits_ms:
        counts[length_of(waited_ms)] += 1
    return tuple(counts) if any(counts) else ()


@dataclass(frozen=True, slots=True)
class Responses:
    """Calls and those answered within two seconds, by length of wait; old ones fade."""

    called: tuple[float, ...] = (0.0,) * len(_STUDY)
    answered: tuple[float, ...] = (0.0,) * len(_STUDY)

    def add(self, waited_ms: int, quick: bool) -> Responses:
        length = length_of(waited_ms)
        fade = 0.5 ** (1 / HALF_LIFE_CALLS)

        def counted(counts: tuple[float, ...], one: bool) -> tuple[float, ...]:
            return tuple(c * fade + (one and i == length) for i, c in enumerate(counts))

        return Responses(counted(self.called, True), counted(self.answered, quick))

    def share(self, waited_ms: int) -> float:
        """Return the share of workers who waited so long that answers within two seconds."""
        length = length_of(waited_ms)
        prior = _STUDY[length][1] * PRIOR_CALLS
        return (self.answered[length] + prior) / (self.called[length] + PRIOR_CALLS)

    def expected(self, waits: Sequence[int], typical_ms: int) -> float:
        """Return the share of those who wait, so many of each length, that answers; where nobody
        does, as `overall`."""
        crowd = sum(waits)
        if crowd <= 0:
            return self.overall(typical_ms)
        ends = (*LENGTHS_MS, LENGTHS_MS[-1] + 1)
        answers = (n * self.share(end) for n, end in zip(waits, ends, strict=False))
        return min(1.0, math.fsum(answers) / crowd)

    def overall(self, typical_ms: int) -> float:
        """Return the share over all lengths of wait, as often as they came; of `typical_ms` while
        hardly anybody has been called."""
        called = math.fsum(self.called)
        share = (math.fsum(self.answered) + self.share(typical_ms) * PRIOR_CALLS) / (
            called + PRIOR_CALLS
        )
        return min(1.0, share)


def enough(shares: Iterable[float], wanted: int, probability: float) -> int | None:
    """Return how many to call, in this order, so that at least `wanted` answer with `probability`.

    `shares` are the workers' own chances to answer, independent of each other. None if all of them
    together are too few.
    """
    if wanted <= 0:
        return 0
    # missing[k]: probability that k answers are still missing.
    missing = [0.0] * wanted + [1.0]
    met = 0.0
    for n, share in enumerate(shares, 1):
        if not 0 <= share <= 1:
            raise ValueError(f"a share is 0 to 1, not {share}")
        met += missing[1] * share
        for k in range(1, wanted + 1):
            more = missing[k + 1] if k < wanted else 0.0
            missing[k] = missing[k] * (1 - share) + more * share
        if n >= wanted and met >= probability - 1e-12:
            return n
    return None


def to_call(wanted: int, share: float, probability: float, most: int = 10_000) -> int:
    """Return how many to call where all have the same chance; `most` if that is not enough."""
    found = enough(repeat(share, most), wanted, probability)
    return most if found is None else found
