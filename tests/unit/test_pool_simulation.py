"""The simulated day runs the service's own sizing, and all policies meet the same calls."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.pool.compare import cheapest_fixed, compare, play
from bench.pool.day import Day
from bench.pool.picture import draw
from bench.pool.policies import Daemon, Retainer, TenByThreeMinutes, fixed
from bench.pool.scenarios import scenarios
from bench.pool.shared import compare_shared
from bench.pool_simulation import main


def test_a_short_day_with_every_policy() -> None:
    day = replace(scenarios(1, 0.06)[0], service=0.9)
    lines = list(compare(day))

    ours, best, daemon, equal, ten = lines
    assert [x["policy"] for x in lines] == [
        "retainer", "cheapest fixed", "original daemon", "retainer, served as by the daemon",
        "ten every 3 min",
    ]  # fmt: skip
    assert len({x["calls"] for x in lines}) == 1
    assert ours["served_at_once"] > 0.6
    assert best["served_at_once"] >= 0.89
    assert best["cost_ratio"] == 1.0
    assert daemon["dollars_an_hour"] > 2 * ours["dollars_an_hour"]
    assert ours["dollars_an_hour"] < equal["dollars_an_hour"] < daemon["dollars_an_hour"]
    assert equal["daemon_ratio"] < 1
    assert ten["hits_an_hour"] > ours["hits_an_hour"]
    assert draw(lines).startswith("<svg")


def test_cheapest_is_the_smallest_that_gives_the_service() -> None:
    day = replace(scenarios(2, 0.05)[0], service=0.8)
    seats, figures = cheapest_fixed(day)

    assert figures == play(day, fixed(seats))
    shares = [play(day, fixed(n)).at_once / len(day.calls) for n in (seats - 1, seats)]
    assert shares[0] < 0.79 <= shares[1]


def test_where_no_size_gives_the_service_it_is_the_smallest_that_gets_furthest() -> None:
    day = scenarios(1, 0.03)[0]
    away = replace(day, crowd=replace(day.crowd, away=(300.0, 2000.0)))
    seats, figures = cheapest_fixed(away)

    assert 1 < seats < 40
    assert figures.is_whole
    assert figures.calls == len(day.calls)


def test_a_run_that_was_broken_off_is_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "lines.jsonl"
    short = ["--scenario", "30 an hour for 1", "--checks", "--days", "0.04", "--workers", "1"]
    main([*short, "--seeds", "1", "--out", str(kept)])
    first = kept.read_text()
    main([*short, "--seeds", "2", "--out", str(kept)])

    assert kept.read_text().startswith(first)
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [(x["policy"], x["seed"]) for x in lines] == [
        ("retainer", 1), ("cheapest fixed", 1), ("retainer", 2), ("cheapest fixed", 2),
    ]  # fmt: skip
    capsys.readouterr()
    main(["--from", str(kept), "--table", "--picture", str(tmp_path / "picture.svg")])
    table = capsys.readouterr().out
    low, high = sorted(x["served_at_once"] for x in lines if x["policy"] == "retainer")
    assert f"({low:.1%}-{high:.1%})" in table
    assert "30 an hour for 1" in (tmp_path / "picture.svg").read_text()


def test_one_pool_for_two_kinds_of_work_costs_less_than_two() -> None:
    one, apart = compare_shared(2, seed=1, days=0.02)

    assert one["calls"] == apart["calls"]
    assert (one["seats_in_theory"], apart["seats_in_theory"]) == (10, 14)
    assert one["dollars_an_hour"] < apart["dollars_an_hour"]
    assert 0 < one["saved"] < 1


def test_a_day_can_be_played_again() -> None:
    day = scenarios(3, 0.05)[1]
    first, again = (Day(day, days=0.05).run(Retainer()).line() for _ in range(2))
    assert first == again


def test_more_seats_serve_more_and_cost_more() -> None:
    day = scenarios(1, 0.1)[0]
    few, many = (Day(day, days=0.1).run(fixed(n)) for n in (5, 15))
    assert many.at_once > few.at_once
    assert many.dollars_an_hour > few.dollars_an_hour


@pytest.mark.parametrize("policy", [Daemon(), TenByThreeMinutes(9)])
def test_while_nobody_comes_nobody_is_paid(policy: object) -> None:
    away = scenarios(1, 1.0)[6]
    away = replace(away, crowd=replace(away.crowd, away=(600.0, 1800.0)))
    figures = Day(away, days=1 / 48).run(policy)
    steady = Day(scenarios(1, 1.0)[0], days=1 / 48).run(policy)
    assert figures.workers < steady.workers
