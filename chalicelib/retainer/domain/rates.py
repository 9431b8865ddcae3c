"""How many calls come in a time: counted for a day, and how far back they came at one rate.

Calls are counted by quarters of an hour, those of the last minutes by the minute too, so that it is
seen at once when more come. All times are milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Counts = Mapping[int, Mapping[int, int]]
"""Calls of each size, by the time at which their bucket begins."""

MINUTE_MS = 60_000
QUARTER_MS = 15 * MINUTE_MS
DAY_MS = 96 * QUARTER_MS

_LONG_MS: Sequence[int] = (DAY_MS, 24 * QUARTER_MS, 8 * QUARTER_MS, 2 * QUARTER_MS)
_SHORT_MS: Sequence[int] = (10 * MINUTE_MS, 4 * MINUTE_MS, 2 * MINUTE_MS)
_MINUTES_KEPT = 12

CHANCE = 0.001
"""What happens by chance no oftener than that is taken for a change."""

SHORT_CHANCE = 0.0003
"""The same within minutes: they are looked at so much oftener."""


def by_quarter(before: Counts, calls: Iterable[tuple[int, int]], now_ms: int) -> Counts:
    """Add calls (time, size) to those of the last day."""
    return _counted(before, calls, QUARTER_MS, now_ms - DAY_MS - QUARTER_MS)


def by_minute(before: Counts, calls: Iterable[tuple[int, int]], now_ms: int) -> Counts:
    """Add calls (time, size) to those of the last minutes."""
    return _counted(before, calls, MINUTE_MS, now_ms - _MINUTES_KEPT * MINUTE_MS)


def window_ms(quarters: Counts, minutes: Counts, now_ms: int, known_ms: float) -> float:
    """Return the longest time before now, up to a day, over which calls came at one rate.

    A shorter time takes its place where chance would hardly have put so many, or so few, of the
    longer one's calls there: demand has changed since. Within minutes that is said of more calls
    only: that fewer come for ten minutes says little, and seats too many for a while cost little.
    """
    totals = {
        each_ms: [(at, sum(sizes.values())) for at, sizes in counts.items()]
        for each_ms, counts in ((QUARTER_MS, quarters), (MINUTE_MS, minutes))
    }

    def number(ms: float) -> int:
        each_ms = _bucket_ms(ms)
        return round(sum(n * _part(at, each_ms, now_ms - ms) for at, n in totals[each_ms]))

    window = min(known_ms, float(DAY_MS))
    for shorter in (*_LONG_MS[1:], *_SHORT_MS):
        if shorter >= window:
            continue
        seen = number(shorter)
        # Of a bucket that is cut a part counts: the longer time may seem to hold fewer.
        calls = max(seen, number(window))
        part = shorter / window
        if shorter in _SHORT_MS:
            has_changed = at_least(seen, calls, part) < SHORT_CHANCE
        else:
            more, fewer = at_least(seen, calls, part), at_least(calls - seen, calls, 1 - part)
            has_changed = min(more, fewer) < CHANCE
        if has_changed:
            window = float(shorter)
    return window


def at_least(seen: int, calls: int, part: float) -> float:
    """Return the probability that `seen` or more of so many calls fall into a part of their time.

    At one rate each does with that part as its probability, whatever the rate is: the conditional
    test of two Poisson rates (Przyborowski and Wilenski, Biometrika 1940).
    """
    if seen <= calls * part:
        # Not more than its share: no sign of anything.
        return 1.0
    term = math.exp(
        math.lgamma(calls + 1) - math.lgamma(seen + 1) - math.lgamma(calls - seen + 1)
        + seen * math.log(part) + (calls - seen) * math.log1p(-part)
    )  # fmt: skip
    tail = term
    for k in range(seen, calls):
        term *= (calls - k) / (k + 1) * part / (1 - part)
        tail += term
        if term < 1e-9 * tail:
            break
    return tail


def since(quarters: Counts, minutes: Counts, now_ms: int, window: float) -> dict[int, float]:
    """Count calls by size over a time before now; of the bucket that it cuts, the part in it."""
    each_ms = _bucket_ms(window)
    buckets = minutes if each_ms == MINUTE_MS else quarters
    start = now_ms - window
    counts: dict[int, float] = {}
    for at, sizes in buckets.items():
        part = _part(at, each_ms, start)
        if part:
            for size, n in sizes.items():
                counts[size] = counts.get(size, 0.0) + n * part
    return counts


def _bucket_ms(window: float) -> int:
    return MINUTE_MS if window <= _SHORT_MS[0] else QUARTER_MS


def _part(at: int, each_ms: int, start: float) -> float:
    """How much of a bucket is after the start."""
    after = at + each_ms - start
    return 0.0 if after <= 0 else 1.0 if after >= each_ms else after / each_ms


def _counted(
    before: Counts, calls: Iterable[tuple[int, int]], each_ms: int, from_ms: int
) -> Counts:
    kept = {at: dict(sizes) for at, sizes in before.items() if at > from_ms}
    for at_ms, size in calls:
        sizes = kept.setdefault(at_ms // each_ms * each_ms, {})
        sizes[size] = sizes.get(size, 0) + 1
    return kept


def as_text(counts: Counts) -> dict[str, dict[str, int]]:
    """Give counts as JSON knows them, with text for keys."""
    return {str(at): {str(size): n for size, n in sizes.items()} for at, sizes in counts.items()}


def of_text(stored: Mapping[str, Mapping[str, Any]]) -> Counts:
    return {int(at): {int(size): int(n) for size, n in x.items()} for at, x in stored.items()}
