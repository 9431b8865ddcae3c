"""A pool over 24 simulated hours: the service's sizing, a fixed pool and two earlier systems.

    python -m bench.pool_simulation [--days 1] [--seeds 3] [--service 0.95] [--picture FILE.svg]

The service's own code (reservations, measuring, queueing models, sizing) runs on simulated time,
with its stores and its market played at the ports. All policies meet the same calls, and recruits
with the same luck. `cheapest fixed` is the cheapest number of seats that gives the service, found
by trying them all on the same day: it knows the day beforehand. One JSON line for each policy and
scenario.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from bench.pool.day import Day, Figures
from bench.pool.picture import draw
from bench.pool.policies import Daemon, Retainer, TenByThreeMinutes, fixed
from bench.pool.scenarios import Scenario, scenarios

MARGIN = 0.01
"""A share within one point of the one stated counts as given."""

Line = dict[str, Any]


def play(scenario: Scenario, policy: Any, days: float) -> Figures:
    return Day(scenario, days=days).run(policy)


def compare(seed: int, number: int, days: float, service: float) -> list[Line]:
    """Play one scenario with every policy."""
    scenario = scenarios(seed, days)[number]
    ours = Retainer(serviceLevel=service)
    lines = [_line(scenario, ours.name, play(scenario, ours, days))]
    seats, figures = _cheapest_fixed(scenario, days, service)
    lines.append({**_line(scenario, "cheapest fixed", figures), "seats": seats})
    for other in (Daemon(), TenByThreeMinutes(seats)):
        lines.append(_line(scenario, other.name, play(scenario, other, days)))
    for line in lines:
        line["seed"] = seed
        line["cost_ratio"] = round(line["dollars_an_hour"] / figures.dollars_an_hour, 3)
    return lines


def _cheapest_fixed(scenario: Scenario, days: float, service: float) -> tuple[int, Figures]:
    """Try sizes upwards until the service is given; a larger pool costs more, so that is it.

    Where no size gives it (nobody comes for an hour), the smallest of the best ones.
    """
    best: tuple[int, Figures] | None = None
    share = -1.0
    seats = 1
    worse = 0
    while worse < 8:
        figures = play(scenario, fixed(seats), days)
        found = figures.at_once / max(1, figures.calls)
        if found > share + 0.002:
            best, share, worse = (seats, figures), found, 0
        else:
            worse += 1
        if found >= service - MARGIN:
            break
        seats += 1
    assert best is not None
    return best


def _line(scenario: Scenario, policy: str, figures: Figures) -> Line:
    return {"scenario": scenario.name, "policy": policy, **figures.line()}


def run(days: float, seeds: int, service: float, only: str | None) -> Iterator[Line]:
    names = [s.name for s in scenarios(1, days)]
    jobs = [
        (seed, number)
        for number, name in enumerate(names)
        for seed in range(1, seeds + 1)
        if only in {None, name}
    ]
    with ProcessPoolExecutor() as workers:
        tasks = [workers.submit(compare, seed, n, days, service) for seed, n in jobs]
        for task in tasks:
            yield from task.result()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--days", type=float, default=1.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--service", type=float, default=0.95)
    parser.add_argument("--scenario", help="one of them alone")
    parser.add_argument("--picture", type=Path, help="where to draw it, as SVG")
    given = parser.parse_args(argv)
    lines = []
    for line in run(given.days, given.seeds, given.service, given.scenario):
        print(json.dumps(line), flush=True)
        lines.append(line)
    if given.picture:
        given.picture.write_text(draw(lines, given.service))
    return 0


if __name__ == "__main__":
    sys.exit(main())
