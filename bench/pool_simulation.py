"""A pool over 24 simulated hours: the service's sizing, a fixed pool and two earlier systems.

    python -m bench.pool_simulation [--seeds 3] [--scenario steady] [--checks] [--out FILE.jsonl]
    python -m bench.pool_simulation --from FILE.jsonl --table [--picture FILE.svg]

The service's own code (reservations, measuring, queueing models, sizing) runs on simulated time,
with its stores and its market played at the ports. All policies meet the same calls, and their k-th
recruit the same luck. `cheapest fixed` is the cheapest number of seats that gives the service,
found by trying them all on the same day: it knows the day beforehand. One JSON line for each day,
seed and policy; then a summary line for each day and policy, medians and ranges over the seeds.
With `--out` lines are kept, and a run that was broken off is gone on with. `--checks` plays other
rates, sizes and services; `--shared` one pool for several kinds of work against one for each.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from bench.pool import scenarios
from bench.pool.compare import Line, compare
from bench.pool.picture import draw
from bench.pool.shared import KINDS, compare_shared, shared_name
from bench.pool.summary import summarise, table

WORKERS = 2


@dataclass(frozen=True, slots=True)
class Job:
    """One day to play, by name and seed: processes make their own of it."""

    kind: str
    name: str
    seed: int
    days: float

    def is_in(self, lines: Iterable[Line]) -> bool:
        mine = (self.name, self.seed, self.days)
        return any((x["scenario"], x["seed"], x["days"]) == mine for x in lines)

    def run(self) -> list[Line]:
        if self.kind == "shared":
            kinds = next(k for k in KINDS if shared_name(k) == self.name)
            return compare_shared(kinds, self.seed, self.days)
        made = _DAYS[self.kind](self.seed, self.days)
        scenario = next(s for s in made if s.name == self.name)
        return list(compare(scenario, others=self.kind == "days"))


_DAYS: dict[str, Callable[[int, float], list[scenarios.Scenario]]] = {
    "days": scenarios.scenarios,
    "checks": scenarios.checks,
}


def jobs(kind: str, days: float, seeds: int, only: Sequence[str]) -> list[Job]:
    """Seed by seed, so that a run broken off has looked at every day."""
    if kind == "shared":
        names = [shared_name(k) for k in KINDS]
    else:
        names = [s.name for s in _DAYS[kind](1, 0.01)]
    for name in only:
        if name not in names:
            raise SystemExit(f"There is no day named {name}: {', '.join(names)}.")
    chosen = only or names
    return [Job(kind, name, seed, days) for seed in range(1, seeds + 1) for name in chosen]


def run(todo: Iterable[Job], workers: int) -> Iterator[list[Line]]:
    if workers == 1:
        yield from map(Job.run, todo)
        return
    with ProcessPoolExecutor(workers) as processes:
        for done in as_completed([processes.submit(Job.run, job) for job in todo]):
            yield done.result()


def read(path: Path | None) -> list[Line]:
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--days", type=float, default=1.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--scenario", action="append", help="this day alone; may be given again")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--checks", action="store_true", help="other rates, sizes and services")
    what.add_argument("--shared", action="store_true", help="one pool for several kinds of work")
    what.add_argument("--from", dest="found", type=Path, help="play nothing, read these lines")
    parser.add_argument("--out", type=Path, help="keep lines there, and go on from them")
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--table", action="store_true", help="print a table, not summary lines")
    parser.add_argument("--picture", type=Path, help="where to draw it, as SVG")
    given = parser.parse_args(argv)
    lines = read(given.found or given.out)
    if given.found is None:
        kind = "shared" if given.shared else "checks" if given.checks else "days"
        todo = jobs(kind, given.days, given.seeds, given.scenario or ())
        for made in run([job for job in todo if not job.is_in(lines)], given.workers):
            lines += made
            text = "".join(json.dumps(line) + "\n" for line in made)
            print(text, end="", flush=True)
            if given.out:
                with given.out.open("a") as file:
                    file.write(text)
    found = summarise(lines)
    print(table(found) if given.table else "\n".join(json.dumps(x) for x in found))
    if given.picture:
        given.picture.write_text(draw(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
