"""What a pool looked like at its last sizing runs: short text, kept with the run's own report.

One write a run in any case, of a few hundred bytes more; no run reads or writes anything for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace

APART_MS = 45_000
"""Runs that follow one another sooner, as after an `invoke`, are one sample: the latest."""

KEPT = 100
"""At 40 s to a minute each, the last 66 to 100 minutes."""

FORGOTTEN_MS = 7_200_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A pool as a run left it: `committed_cents` are those of the hour before."""

    at_ms: int
    waiting: int
    present: int
    target: int
    hits_out: int
    available: int
    committed_cents: int


def samples(history: str) -> list[Sample]:
    """Read a history, oldest first."""
    found: list[Sample] = []
    at_s = 0
    for line in filter(None, history.split(";")):
        after_s, *figures = map(int, line.split(","))
        at_s += after_s
        found.append(Sample(at_s * 1000, *figures))
    return found


def with_sample(history: str, sample: Sample) -> str:
    """Add a sample, and drop what is long past."""
    before = [s for s in samples(history) if s.at_ms > sample.at_ms - FORGOTTEN_MS]
    if len(before) > 1 and sample.at_ms - before[-2].at_ms < APART_MS:
        before.pop()
    return _text([*before, sample][-KEPT:])


def _text(kept: Iterable[Sample]) -> str:
    lines = []
    at_s = 0
    for sample in kept:
        after_s = sample.at_ms // 1000 - at_s
        at_s += after_s
        lines.append(",".join(map(str, astuple(replace(sample, at_ms=after_s)))))
    return ";".join(lines)
