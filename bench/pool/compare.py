"""One day played with every policy, and the cheapest fixed pool found by trying them all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.pool.day import Day, Figures
from bench.pool.policies import Daemon, Retainer, TenByThreeMinutes, fixed
from bench.pool.scenarios import Scenario

MARGIN = 0.01
"""A share within one point of the one stated counts as given."""

IN_VAIN = 8
"""Where so many more seats bring no further, no size gives the service."""

BEST_SERVICE = 0.999
"""As much as a ProtoHIT may ask for."""

OURS, CHEAPEST, AS_DAEMON = "retainer", "cheapest fixed", "retainer, served as by the daemon"

Line = dict[str, Any]


def play(scenario: Scenario, policy: Any, most_missed: int | None = None) -> Figures:
    return Day(scenario, days=scenario.days).run(policy, most_missed)


def compare(scenario: Scenario, others: bool = True) -> Iterator[Line]:
    """Give a line for each policy, `cost_ratio` against the cheapest fixed pool.

    In steady demand the service is asked for, too, that the original daemon gives: only so do costs
    compare.
    """
    seats, best = cheapest_fixed(scenario)

    def line(policy: str, figures: Figures, **more: object) -> Line:
        ratio = round(figures.dollars_an_hour / best.dollars_an_hour, 3)
        where = {"scenario": scenario.name, "seed": scenario.seed, "days": scenario.days}
        asked = {"policy": policy, "asked": scenario.service}
        return {**where, **asked, **figures.line(), "cost_ratio": ratio, **more}

    yield line(OURS, play(scenario, Retainer(serviceLevel=scenario.service)))
    yield line(CHEAPEST, best, seats=seats)
    if not others:
        return
    daemon = play(scenario, Daemon())
    yield line("original daemon", daemon)
    if scenario.name == "steady":
        share = min(BEST_SERVICE, daemon.at_once / max(1, daemon.calls))
        equal = play(scenario, Retainer(serviceLevel=share))
        ratio = round(equal.dollars_an_hour / daemon.dollars_an_hour, 3)
        yield line(AS_DAEMON, equal, asked=share, daemon_ratio=ratio)
    yield line("ten every 3 min", play(scenario, TenByThreeMinutes(seats)))


def cheapest_fixed(scenario: Scenario) -> tuple[int, Figures]:
    """Try every size from one upwards until the service is given; a larger pool costs more.

    A day is played no further than to the call with which the service is missed. Where no size
    gives it (nobody comes for an hour), it is the smallest of those that miss it latest.
    """
    most_missed = int((1 - scenario.service + MARGIN) * len(scenario.calls))
    best, furthest = 1, -1
    for seats in range(1, 10_000):
        figures = play(scenario, fixed(seats), most_missed)
        if figures.is_whole:
            return seats, figures
        if figures.calls > furthest:
            best, furthest = seats, figures.calls
        elif seats - best >= IN_VAIN:
            break
    return best, play(scenario, fixed(best))
