"""Several kinds of work served by one pool, against a pool for each, on the same calls."""

from __future__ import annotations

from dataclasses import replace
from statistics import mean
from typing import Any

from bench.pool.day import WAIT_CENTS_A_MINUTE, Day, Figures
from bench.pool.policies import Retainer
from bench.pool.scenarios import Call, Scenario, scenarios
from chalicelib.retainer.domain.queueing import erlang

KINDS = (2, 5)
PER_HOUR = 100.0
"""With 72 s to recruit that is a load of 2 for each kind."""

SERVICE = 0.99
WARM_UP = 60
"""Minutes until the pool has measured its demand: not counted among its seats."""

Line = dict[str, Any]


def shared_name(kinds: int) -> str:
    return f"{kinds} kinds of work"


def compare_shared(kinds: int, seed: int, days: float) -> list[Line]:
    """Give a line for one pool and one for separate pools; `saved` is the part of their cost."""
    each = [scenarios(100 * seed + k, days, PER_HOUR, size=1)[0] for k in range(kinds)]
    calls = sorted(
        (Call(c.at_s, c.size, k) for k, day in enumerate(each) for c in day.calls),
        key=lambda c: c.at_s,
    )
    together = Scenario("shared", tuple(calls), each[0].crowd, seed, SERVICE, days)
    policy = Retainer(kinds=kinds, serviceLevel=SERVICE)
    one = Day(together, days=days).run(policy)
    alone = [Retainer(serviceLevel=SERVICE) for _ in each]
    apart = [Day(day, days=days).run(mine) for day, mine in zip(each, alone, strict=True)]
    load = PER_HOUR / 3600 * each[0].crowd.recruitment_s
    return [
        {
            **_line(shared_name(kinds), "one pool", seed, one),
            "days": days,
            "seats_mean": round(mean(policy.targets[WARM_UP:] or policy.targets), 1),
            "seats_in_theory": erlang.seats_for_share(kinds * load, SERVICE),
            "saved": round(1 - one.dollars_an_hour / _sum(apart).dollars_an_hour, 3),
            "waiting_saved": round(1 - one.waited_s / _sum(apart).waited_s, 3),
        },
        {
            **_line(shared_name(kinds), "a pool for each", seed, _sum(apart)),
            "days": days,
            "seats_mean": round(sum(mean(a.targets[WARM_UP:] or a.targets) for a in alone), 1),
            "seats_in_theory": kinds * erlang.seats_for_share(load, SERVICE),
            "saved": 0.0,
            "waiting_saved": 0.0,
        },
    ]


def _line(name: str, policy: str, seed: int, figures: Figures) -> Line:
    where = {"scenario": name, "policy": policy, "seed": seed, "asked": SERVICE}
    waiting = figures.waited_s / 60 * WAIT_CENTS_A_MINUTE / 100 / figures.hours
    return {**where, **figures.line(), "waiting_dollars_an_hour": round(waiting, 3)}


def _sum(all_of: list[Figures]) -> Figures:
    total = replace(all_of[0], waits_s=list(all_of[0].waits_s))
    for one in all_of[1:]:
        total.waits_s += one.waits_s
        for name in ("calls", "at_once", "hits", "workers", "in_vain", "waited_s"):
            setattr(total, name, getattr(total, name) + getattr(one, name))
    return total
