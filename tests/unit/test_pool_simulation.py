"""The simulated day runs the service's own sizing, and all policies meet the same calls."""

from __future__ import annotations

import pytest

from bench.pool.day import Day
from bench.pool.picture import draw
from bench.pool.policies import Daemon, Retainer, TenByThreeMinutes, fixed
from bench.pool.scenarios import scenarios
from bench.pool_simulation import compare


def test_a_short_day_with_every_policy() -> None:
    lines = compare(seed=1, number=0, days=0.1, service=0.9)

    ours, best, daemon, ten = lines
    assert [x["policy"] for x in lines] == [
        "retainer", "cheapest fixed", "original daemon", "ten every 3 min",
    ]  # fmt: skip
    assert len({x["calls"] for x in lines}) == 1
    assert ours["served_at_once"] > 0.6
    assert best["served_at_once"] >= 0.89
    assert daemon["dollars_an_hour"] > 2 * ours["dollars_an_hour"]
    assert ten["hits_an_hour"] > ours["hits_an_hour"]
    assert draw(lines, 0.9).startswith("<svg")


def test_a_day_can_be_played_again() -> None:
    day = scenarios(3, 0.05)[1]
    first, again = (Day(day, days=0.05).run(Retainer()).line() for _ in range(2))
    assert first == again


def test_more_seats_serve_more_and_cost_more() -> None:
    day = scenarios(1, 0.2)[0]
    few, many = (Day(day, days=0.2).run(fixed(n)) for n in (5, 15))
    assert many.at_once > few.at_once
    assert many.dollars_an_hour > few.dollars_an_hour


@pytest.mark.parametrize("policy", [Daemon(), TenByThreeMinutes(9)])
def test_while_nobody_comes_nobody_is_paid(policy: object) -> None:
    away = scenarios(1, 1.0)[6]
    figures = Day(away, days=11 / 24).run(policy)
    steady = Day(scenarios(1, 1.0)[0], days=11 / 24).run(policy)
    assert figures.workers < steady.workers
