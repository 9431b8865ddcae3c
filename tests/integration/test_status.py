"""The dashboard's figures: what they say, and that watching costs next to nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api import status_wire
from chalicelib.retainer.domain.market import MarketError
from chalicelib.retainer.domain.ports import SizingReport
from chalicelib.retainer.services.status import Overview
from tests.integration.paying import open_pool, waiter
from tests.integration.test_budgets import measured
from tests.integration.world import World


def told(world: World, hit_type: str | None = None, full: bool = True) -> dict[str, Any]:
    return status_wire.overview(world.room.status.read(hit_type, full), None)


def ahead(world: World, hit_type: str = "Dashboard") -> SizingReport:
    overview: Overview = world.room.status.read(hit_type, True)
    assert overview.ahead is not None
    assert overview.ahead.plan is not None
    return overview.ahead.plan


def needs_workers(world: World, clock: FakeClock) -> None:
    for n in range(4):
        world.seat(f"A{n}")
    world.make(20)


def has_surplus(world: World, clock: FakeClock) -> None:
    reservation = world.make(12)
    world.room.sizing.run()
    world.room.reservations.finish(reservation)
    world.room.sizing.run()
    clock.advance(70)


def stands_ready(world: World, clock: FakeClock) -> None:
    world.put_proto(standing=True, readyFor=3)
    world.invoked(3)
    world.room.sizing.run()
    clock.advance(60)
    world.poll(world.seat("A1"))


def invokes_itself(world: World, clock: FakeClock) -> None:
    world.make(2, auto_invoke=True, delay_s=30)
    clock.advance(31)


def is_at_its_cap(world: World, clock: FakeClock) -> None:
    world.put_proto(max_spend_per_hour=0.3)
    world.make(9)


def is_stopped(world: World, clock: FakeClock) -> None:
    world.make(9)
    world.room.sizing.run()
    world.room.reservations.set_stopped("Dashboard", True)


def has_a_stale_hit(world: World, clock: FakeClock) -> None:
    world.make(3)
    world.room.sizing.run()
    clock.advance(200)


def is_shared(world: World, clock: FakeClock) -> None:
    for name in ("Dashboard", "Other"):
        world.put_proto(hit_type_id=name, pool="both", standing=True)
    world.make(4)
    world.make(2, hit_type="Other")
    world.seat("A1", pool="both")


def has_changed_its_pool(world: World, clock: FakeClock) -> None:
    world.make(3)
    world.room.sizing.run()
    world.seat("A1")
    world.put_proto(pool="elsewhere")
    world.make(7)


def has_planned_what_is_not_out(world: World, clock: FakeClock) -> None:
    world.make(3)
    world.market.is_away = True
    world.room.sizing.run()
    world.market.is_away = False
    clock.advance(31)


CASES = [
    needs_workers, has_surplus, stands_ready, invokes_itself, is_at_its_cap, is_stopped,
    has_a_stale_hit, is_shared, has_changed_its_pool,
    has_planned_what_is_not_out,
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_next_run__is_foreseen_as_it_then_comes__and_nothing_is_written(
    world: World, clock: FakeClock, case: Any
) -> None:
    world.put_proto()
    case(world, clock)
    hits = len(world.market.postings)

    with measured(world.dynamo) as cost:
        plan = ahead(world)

    assert cost.writes == 0
    assert len(world.market.postings) == hits
    world.room.sizing.run("Dashboard")
    done = world.room.status.read("Dashboard", False).pools[0].report
    assert done.at_ms == clock.now_ms()
    assert replace(plan, history="") == replace(done, history="")


def test_market_left_alone__is_told_instead_of_a_plan(world: World, clock: FakeClock) -> None:
    world.put_proto()
    world.make(3)
    world.market.is_away = True
    world.room.sizing.run()

    found = told(world)

    assert found["ahead"]["next"] is None
    assert found["focus"]["sizing"]["retryAt"] == clock.now_ms() + 30_000
    assert found["pools"][0]["failures"] == 1
    assert "did not answer" in found["focus"]["sizing"]["why"]


@pytest.mark.parametrize(("runs", "served", "waiting"), [(1, 0, 1), (100, 40, 60)])
def test_watching__costs_the_same__however_long_the_service_has_run(
    world: World, clock: FakeClock, runs: int, served: int, waiting: int
) -> None:
    world.put_proto()
    for n in range(served):
        world.room.reservations.finish(world.invoked(1, foreign_id=n))
    for _ in range(runs):
        world.room.sizing.run()
        clock.advance(60)
    for n in range(waiting):
        world.seat(f"A{n}")
    told(world, full=False)  # A market's fees are read once a minute.

    with measured(world.dynamo) as cost:
        told(world, full=False)

    # The ProtoHITs, their reports, their pools' rows, the last calls of one.
    assert (cost.reads, cost.writes) == (4, 0)
    assert cost.read_units <= 3


def test_sizing_run__keeps_a_sample_in_its_own_report__and_writes_nothing_more(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    world.make(3)
    world.room.sizing.run()
    clock.advance(60)
    world.seat("A1")

    with measured(world.dynamo) as cost:
        world.room.sizing.run()

    # Lease taken, held, given back; fees asked; the pool's row; measures; the report.
    assert cost.writes == 7
    focus = told(world)["focus"]
    at = clock.now_ms() // 1000 * 1000
    assert focus["samples"] == [
        [at - 60_000, 0, 0, 3, 1, 3, 18],
        [at, 1, 1, 3, 1, 3, 18],
    ]
    assert focus["byHour"] == [[clock.now_ms() // 3_600_000 * 3_600_000, 18]]
    assert focus["committed"] == {"hour": "0.18", "day": "0.18"}
    assert focus["hitsOut"] == 1


def test_market_that_is_away__leaves_a_gap_and_what_is_committed(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    world.make(3)
    world.room.sizing.run()
    world.market.is_away = True
    clock.advance(3_700)
    world.room.sizing.run()

    focus = told(world)["focus"]

    assert len(focus["samples"]) == 1
    assert focus["committed"] == {"hour": "0.00", "day": "0.18"}


def test_caps_that_are_reached__are_named(world: World) -> None:
    world.put_proto(max_spend_per_hour=0.2, max_waiting=3)
    world.make(5)
    world.room.sizing.run()
    for _ in range(3):
        world.ledgers.add_arrival("Dashboard", verified=False)

    pool = told(world)["pools"][0]

    assert pool["atCap"] == ["waiting", "spendPerHour"]
    assert pool["short"] == 2


def test_money__is_what_was_spent_today_and_all_that_is_owed(
    world: World, clock: FakeClock
) -> None:
    hit = open_pool(world, review="hold", wait_pay=0, quick_bonus=0)
    world.put_proto(hit_type_id="Other")
    for worker in ("A1", "A2"):
        seat = waiter(world, hit, worker)
        world.market.hand_in(worker, seat.assignment, hit, clock.now_ms(), a=worker)
    world.room.review.run()
    clock.advance(3 * 86_400)

    money = told(world)["money"]

    assert money["held"] == 2
    assert money["owed"]["total"] == "0.12"
    assert money["spent"]["total"] == "0.00"
    assert money["rows"]["Dashboard"]["owed"]["work"] == "0.10"
    assert money["rows"]["Other"]["owed"]["total"] == "0.00"


def test_who_waits__are_told_longest_wait_first__each_worker_once(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    world.seat("A1")
    clock.advance(1)
    world.seat("A2", verified=True)
    world.seat("A2", assignment="3again")

    found = told(world)["ahead"]

    assert [w["worker"] for w in found["workers"]] == ["A1", "A2"]
    # Beside one whom the market signed for, one whom it did not counts as nobody.
    assert (found["present"], found["waiting"], found["verified"]) == (2, 1, 1)


def test_latencies__are_told_as_a_distribution(world: World) -> None:
    world.put_proto()
    world.room.status._notes.add_latencies("Dashboard", [(90, 400), (100, 900), (12_000, 1_100)])

    focus = told(world)["focus"]

    assert dict(zip(focus["edges"], focus["latency"]["counts"], strict=False))[100] == 2
    assert focus["latency"]["counts"][-1] == 1
    assert sum(focus["response"]["counts"]) == focus["response"]["n"] == 3
    assert focus["latency"]["p95"] == 12_000


def test_nothing_new__is_answered_in_a_word(world: World, clock: FakeClock) -> None:
    world.put_proto()
    before = status_wire.overview(world.room.status.read(None, False), None)
    clock.advance(3)

    after = status_wire.overview(world.room.status.read(None, False), before["version"])

    assert after == {"version": before["version"], "now": clock.now_ms(), "unchanged": True}
    world.make(1)
    world.ledgers.add_arrival("Dashboard", verified=False)
    changed = status_wire.overview(world.room.status.read(None, False), before["version"])
    assert changed["pools"][0]["waiting"] == 1


def test_market_that_refuses__is_told(world: World) -> None:
    world.put_proto()
    world.make(1)
    world.market.refusal = MarketError("no such qualification")
    world.room.sizing.run()

    assert "no such qualification" in told(world)["focus"]["sizing"]["why"]
