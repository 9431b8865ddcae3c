"""Pools that are kept ready: sized by what they measure, stopped, and held by every cap."""

from __future__ import annotations

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api import wire
from chalicelib.retainer.domain.market import MarketUnavailable
from chalicelib.retainer.domain.measures import Call
from chalicelib.retainer.domain.ports import SizingReport
from chalicelib.retainer.store.notes import DynamoNotes
from tests.integration.world import World


def free_seats(world: World) -> int:
    return sum(p.seats for p in world.market.hits_out)


def run(world: World, reason: str = "schedule") -> SizingReport:
    (report,) = world.room.sizing.run("Dashboard", reason)
    return report


def call_often(world: World, clock: FakeClock, times: int = 30, size: int = 1) -> None:
    """A history of calls, one every two minutes."""
    notes = DynamoNotes()
    run(world)
    for _ in range(times):
        clock.advance(120)
        notes.add_event("Dashboard", Call(clock.now_ms(), size))
    clock.advance(1)


def test_a_pool_that_is_not_asked_to_stand_keeps_nobody(world: World, clock: FakeClock) -> None:
    world.put_proto()
    call_often(world, clock)

    assert run(world).target == 0
    assert world.market.hits_out == []


def test_a_standing_pool_keeps_what_the_model_says_and_tells_why(
    world: World, clock: FakeClock
) -> None:
    world.put_proto(standing=True)
    call_often(world, clock)

    report = run(world)

    assert report.target >= 3
    assert free_seats(world) == report.target
    assert "model D keeps" in report.why
    assert "served at once: calls" in report.why
    told = wire.pool(world.room.pools.state("Dashboard"))
    assert (told["standing"], told["model"]) == (report.target, "D")
    assert told["target"] == report.target
    assert "kept ready" in told["sizing"]["why"]


def test_better_service_and_larger_calls_keep_more(world: World, clock: FakeClock) -> None:
    world.put_proto(standing=True, serviceLevel=0.8)
    call_often(world, clock)
    modest = run(world).target
    world.put_proto(standing=True, serviceLevel=0.99)
    better = run(world).target
    call_often(world, clock, times=10, size=5)

    assert modest < better < run(world).target


def test_an_unannounced_invoke_is_measured_and_has_a_standing_pool_refilled_at_once(
    world: World, clock: FakeClock
) -> None:
    world.put_proto(standing=True)
    for n in range(8):
        world.seat(f"A{n}")
    world.room.sizing.run()
    world.starter.started.clear()

    world.invoked(2)

    assert [r["reason"] for _, r in world.starter.started] == ["invoke"]
    assert [(e.size) for e in DynamoNotes().events("Dashboard") if isinstance(e, Call)] == [2]


def test_a_reservation_ahead_is_recruited_for_by_the_time_that_recruiting_takes(
    world: World, clock: FakeClock
) -> None:
    """A mean of 72 s, before there is data: for one worker 216 s ahead, and no earlier."""
    world.put_proto()
    world.make(1, delay_s=900)

    run(world)
    clock.advance(900 - 230)
    run(world)
    assert world.market.hits_out == []
    clock.advance(20)
    run(world)
    assert free_seats(world) == 1


def test_stop_expires_every_hit_within_one_run_and_serves_who_waits(
    world: World, clock: FakeClock
) -> None:
    world.put_proto(standing=True)
    reservation = world.make(4)
    run(world)
    assert free_seats(world) > 0
    seat = world.seat("A1")

    world.room.reservations.set_stopped("Dashboard", True)
    assert world.starter.started[-1][1] == {"hitType": "Dashboard", "reason": "stop"}
    report = run(world, "stop")

    assert world.market.hits_out == []
    assert "stopped" in report.why
    world.room.reservations.invoke(reservation)
    assert world.poll(seat).task is not None
    clock.advance(60)
    run(world)
    assert world.market.hits_out == []

    world.put_proto(standing=True)
    run(world)
    assert world.market.hits_out == [], "what was stopped stays stopped"
    world.room.reservations.set_stopped(None, False)
    run(world)
    assert free_seats(world) > 0


def test_stop_of_all_expires_the_hits_of_every_protohit_in_one_run(world: World) -> None:
    for name in ("Dashboard", "Second", "Third"):
        world.put_proto(hit_type_id=name, pool="" if name == "Second" else "shared")
        world.make(4, hit_type=name)
    world.room.sizing.run()
    assert {p.proto for p in world.market.hits_out} == {"Dashboard", "Second", "Third"}

    world.room.reservations.set_stopped(None, True)
    world.room.sizing.run(reason="stop")

    assert world.market.hits_out == []


def test_the_market_is_left_alone_for_longer_after_each_failure(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    world.make(3)
    asked = []

    def throttled(proto: object) -> None:
        asked.append(clock.now_ms())
        raise MarketUnavailable("Rate exceeded")

    world.market.on_open = throttled
    start = clock.now_ms()
    for _ in range(60):
        world.room.sizing.run()
        clock.advance(15)

    # A run completes what is planned: one call each time that it is not leaving the market alone.
    assert [(at - start) / 1000 for at in asked] == [0, 30, 90, 210, 450]
    world.market.on_open = None
    clock.advance(480)
    run(world)
    assert free_seats(world) == 3
    world.market.on_open = throttled
    world.make(3)
    run(world)
    assert world.room.pools.state("Dashboard").report.failures == 1


def test_balance_is_asked_before_posting_and_bounds_it(world: World) -> None:
    world.put_proto()
    world.make(9)
    world.market.balance_cents_left = 20

    report = run(world)

    assert free_seats(world) == 3  # at 5 cents and a fee of 1
    assert (report.short, "6 short at what the balance pays for" in report.why) == (6, True)
    world.market.balance_cents_left = 0
    run(world)
    assert free_seats(world) == 3


def test_with_no_money_left_hits_are_still_taken_back(world: World, clock: FakeClock) -> None:
    world.put_proto()
    reservation = world.make(9)
    run(world)
    world.market.balance_cents_left = 0
    world.room.reservations.finish(reservation, cancelled=True)
    clock.advance(20)

    run(world, "cancel")

    assert world.market.hits_out == []


def test_workers_waiting_are_capped_by_protohit_and_by_account(
    world: World, clock: FakeClock
) -> None:
    world.put_proto(max_waiting=5)
    for n in range(2):
        world.seat(f"A{n}")
    world.make(20)

    report = run(world)

    assert free_seats(world) == 3
    assert "cap on workers waiting" in report.why


@pytest.fixture
def small_account(dynamo_endpoint: str, table_prefix: str, clock: FakeClock) -> World:
    return World.on(dynamo_endpoint, table_prefix, clock, RETAINER_MAX_WAITING="6")


def test_cap_of_the_account_counts_all_pools(small_account: World) -> None:
    world = small_account
    world.put_proto()
    world.put_proto(hit_type_id="Other")
    for n in range(4):
        world.seat(f"A{n}")
    world.room.sizing.run()
    world.make(9, hit_type="Other")

    world.room.sizing.run("Other")

    assert free_seats(world) == 2
