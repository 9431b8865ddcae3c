"""Reads that are eventually consistent, as real DynamoDB's are and no local engine's."""

from __future__ import annotations

from chalicelib.kit.clock import FakeClock
from tests.integration.faults import StaleReads, session_of
from tests.integration.world import World


def test_working__is_believed__though_the_seats_pointer_is_not_seen_yet(
    world: World,
) -> None:
    world.put_proto()
    seat = world.seat("A1")
    reservation = world.make(1)
    with session_of(world.dynamo, StaleReads):
        world.seats.get(seat.proto, seat.seat_id)
        world.room.reservations.invoke(reservation)
        assert world.poll(seat).task is not None

        assert world.working(seat).task is not None


def test_seat__serves_a_reservation_that_is_taken_up_again__though_it_was_refused_when_done(
    world: World,
) -> None:
    world.put_proto()
    seat = world.seat("A1")
    reservation = world.invoked(1)
    with session_of(world.dynamo, StaleReads):
        world.ledgers.board("Dashboard")
        world.room.reservations.finish(reservation)
        assert world.poll(seat).task is None

    world.room.reservations.unfinish(reservation)

    assert world.poll(seat).task is not None


def test_two_runs_in_a_row__post_once__though_the_index_has_not_seen_the_first(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    world.make(5)

    with session_of(world.dynamo, StaleReads):
        world.postings.live("Dashboard")
        world.room.sizing.run()
        world.room.sizing.run()

    assert sum(p.seats for p in world.market.hits_out) == 5


def test_reservation_just_made__is_recruited_for__though_the_index_has_not_seen_it(
    world: World,
) -> None:
    world.put_proto()

    with session_of(world.dynamo, StaleReads):
        list(world.ledgers.undone("Dashboard"))
        world.make(5)
        _, asked = world.starter.started[-1]
        world.room.sizing.run(asked["hitType"], asked["reason"], asked["reservation"])

    assert sum(p.seats for p in world.market.hits_out) == 5


def test_reservation_just_cancelled__has_its_hits_expired__though_the_index_still_lists_it(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    reservation = world.make(5)
    world.room.sizing.run()
    clock.advance(20)

    with session_of(world.dynamo, StaleReads):
        list(world.ledgers.undone("Dashboard"))
        world.room.reservations.finish(reservation, cancelled=True)
        _, asked = world.starter.started[-1]
        world.room.sizing.run(asked["hitType"], asked["reason"], asked["reservation"])

    assert world.market.hits_out == []
