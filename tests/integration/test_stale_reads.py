"""Reads that are eventually consistent, as real DynamoDB's are and no local engine's."""

from __future__ import annotations

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
