"""python -m bench.phases: what the pages' cadence alone gives, without network or processor.

Pages keep the real cadence on a simulated clock; a pool is called again and again, and who was
called comes back. Prints for each row of the dispatch bench, and for several pauses between calls,
when the n-th poll after an invoke came. The pace promises 500 ms in 95 of 100 calls; what is more
here is the cadence's doing, and what the dispatch bench has more than this is the machine's.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import random
import sys
from collections.abc import Callable
from typing import Any

from bench.callers import percentiles
from bench.dispatch import ROWS as ROWS
from bench.rows import Row
from chalicelib.retainer.domain.pacing import TARGET_MS, period_ms
from local.waiting_page import Cadence

PAUSES_S = (1, 10, 60)
AWAY_MS = 700
"""From its call until a worker's next page: acknowledged, done, back."""


class SimulatedClock:
    def __init__(self) -> None:
        self.at_ms = 0.0

    def now_ms(self) -> int:
        return int(self.at_ms)

    def sleep(self, seconds: float) -> None:
        self.at_ms += seconds * 1000


class Simulation:
    """One pool: its pages as events in time."""

    def __init__(self, row: Row, pause_s: float, rng: random.Random) -> None:
        self._row, self._pause_ms, self._rng = row, pause_s * 1000, rng
        self._clock = SimulatedClock()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._cadences: dict[int, Cadence] = {}
        self._present = 0
        self._free = 0
        self._invoked_ms = 0.0
        self.polls = 0
        self.nth_ms: list[float] = []
        for page in range(row.workers):
            self._at(rng.random() * 10_000, lambda p=page: self._arrive(p))  # type: ignore[misc]
        self._at(60_000, self._invoke)

    def run(self, calls: int) -> float:
        """Return how many seconds have passed."""
        while len(self.nth_ms) < calls:
            self._clock.at_ms, _, act = heapq.heappop(self._events)
            act()
        return self._clock.at_ms / 1000

    def _at(self, at_ms: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._events, (at_ms, next(self._order), act))

    def _arrive(self, page: int) -> None:
        self._present += 1
        self._cadences[page] = Cadence(self._rng, self._clock)
        self._wait(page, {})

    def _wait(self, page: int, poll: dict[str, Any]) -> None:
        wait_ms = self._cadences[page].wait_s(poll) * 1000
        self._at(self._clock.at_ms + wait_ms, lambda: self._poll(page))

    def _poll(self, page: int) -> None:
        self.polls += 1
        if not self._free:
            every_ms = period_ms(self._present, self._row.wanted)
            self._wait(page, {"every": every_ms})
            return
        self._free -= 1
        self._at(self._clock.at_ms + AWAY_MS, lambda: self._arrive(page))
        if not self._free:
            self.nth_ms.append(self._clock.at_ms - self._invoked_ms)
            pause_ms = self._pause_ms * self._rng.uniform(0.5, 1.5)
            self._at(self._clock.at_ms + AWAY_MS + pause_ms, self._invoke)

    def _invoke(self) -> None:
        self._free = self._row.wanted
        self._present -= self._row.wanted
        self._invoked_ms = self._clock.at_ms


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.phases", description=__doc__)
    parser.add_argument("--calls", type=int, default=300, help="for each row and pause")
    options = parser.parse_args(arguments)
    all_within = True
    for row in ROWS:
        for pause_s in PAUSES_S:
            simulation = Simulation(row, pause_s, random.Random(1))
            seconds = simulation.run(options.calls)
            nth = percentiles(simulation.nth_ms)
            # The quantile of so few calls is itself uncertain by some percent.
            within = nth["p95"] <= 1.15 * TARGET_MS
            all_within &= within
            line = {
                "bench": "phases", "workers": row.workers, "wanted": row.wanted,
                "pause_s": pause_s, "every_ms": period_ms(row.workers, row.wanted),
                "nth_ms": nth, "polls_per_s": round(simulation.polls / seconds, 2),
                "aim": {"p95_ms": TARGET_MS}, "within": within,
            }  # fmt: skip
            print(json.dumps(line), flush=True)
    return 0 if all_within else 1


if __name__ == "__main__":
    sys.exit(main())
