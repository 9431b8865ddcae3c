"""Reservations that are invoked at their time by themselves."""

from __future__ import annotations

from chalicelib.kit.clock import FakeClock
from tests.integration.test_budgets import measured
from tests.integration.world import World


def test_first_poll_after_its_time__invokes_and_claims(world: World, clock: FakeClock) -> None:
    world.put_proto()
    seat = world.seat("A1")
    reservation = world.make(1, delay_s=40, auto_invoke=True)
    clock.advance(39.9)
    assert world.poll(seat).task is None
    clock.advance(0.2)

    task = world.poll(seat).task

    assert task is not None
    assert task.id == reservation
    assert world.ledger(reservation).invoked_ms == clock.now_ms()


def test_without_it_nothing_happens_at_that_time(world: World, clock: FakeClock) -> None:
    world.put_proto()
    seat = world.seat("A1")
    world.make(1, delay_s=20)
    clock.advance(30)

    assert world.poll(seat).task is None


def test_where_nobody_polls__the_sizing_run_does_it(world: World, clock: FakeClock) -> None:
    world.put_proto()
    reservation = world.make(2, delay_s=60, auto_invoke=True)
    clock.advance(61)

    world.room.sizing.run()

    assert world.ledger(reservation).invoked_ms == clock.now_ms()
    seat = world.seat("A1")
    assert world.poll(seat).task is not None


def test_one_that_was_cancelled_before__stays_so(world: World, clock: FakeClock) -> None:
    world.put_proto()
    seat = world.seat("A1")
    reservation = world.make(1, delay_s=20, auto_invoke=True)
    world.room.reservations.finish(reservation, cancelled=True)
    clock.advance(30)

    assert world.poll(seat).task is None
    world.room.sizing.run()
    assert world.ledger(reservation).invoked_ms is None


def test_polls_after_it__cost_no_more_than_others(world: World, clock: FakeClock) -> None:
    world.put_proto()
    seats = [world.seat(f"A{n}") for n in range(3)]
    world.make(1, delay_s=5, auto_invoke=True)
    clock.advance(6)
    world.poll(seats[0])
    world.working(seats[0], ack=True)

    with measured(world.dynamo) as cost:
        world.poll(seats[1])

    assert (cost.reads, cost.writes) == (2, 0)
