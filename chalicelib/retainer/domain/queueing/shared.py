"""Several kinds of work served by one pool: loads add up, the seats needed grow more slowly.

With k kinds of the same load, one pool needs about load + z sqrt(load) seats of the sum, where
separate pools need k times that of each (square-root staffing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def pooled(kinds: Iterable[Mapping[int, float]]) -> dict[int, float]:
    """Return the loads by size of call of one pool that serves all kinds.

    Each kind's loads are its calls per time x the pool's own mean recruitment time.
    """
    total: dict[int, float] = {}
    for loads in kinds:
        for size, load in loads.items():
            total[size] = total.get(size, 0.0) + load
    return total
