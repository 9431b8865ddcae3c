"""How many are called, and recruited for, where more are called than are needed."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.measures import Call, Response
from chalicelib.retainer.domain.reservations import Policy
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.store.notes import DynamoNotes
from tests.integration.test_policies import called
from tests.integration.world import World


def crowd(world: World, count: int, waited_s: int = 0, **more: Any) -> list[Seat]:
    """Seat workers who have waited so long, and have a sizing run count them."""
    now = world.clock.now_ms()
    seats = [world.seat(f"A{n:02}", arrived_ms=now - waited_s * 1000, **more) for n in range(count)]
    world.room.sizing.run()
    return seats


def answered(world: World, clock: FakeClock, *, quick: bool) -> None:
    """Have 400 workers called who had waited twenty seconds."""
    for _ in range(400):
        clock.advance(0.001)
        DynamoNotes().add_event("Dashboard", Response(clock.now_ms(), 20_000, quick))


@pytest.mark.parametrize(("waited_s", "calls"), [(5, 13), (200, 17), (400, 31)])
def test_over__calls_more_of_those_who_have_waited_longer(
    world: World, waited_s: int, calls: int
) -> None:
    """61 % of those answer at once who have just come, 28 % after more than five minutes."""
    world.put_proto(max_wait=290)
    seats = crowd(world, 32, waited_s, waits_until_ms=world.clock.now_ms() + 600_000)

    reservation = world.invoked(5, policy=Policy.OVER)

    assert world.ledger(reservation).slots == calls
    assert len(called(world, seats)) == calls


def test_over__goes_by_the_answers_up_to_the_invoke(world: World, clock: FakeClock) -> None:
    world.put_proto()
    reservation = world.make(5, policy=Policy.OVER)
    assert world.ledger(reservation).slots == 17
    answered(world, clock, quick=True)
    crowd(world, 20)

    world.room.reservations.invoke(reservation)

    assert world.ledger(reservation).slots == 6


def test_over__keeps_the_probability_that_was_asked_for(world: World) -> None:
    world.put_proto()
    crowd(world, 20)

    certain = world.invoked(5, policy=Policy.OVER, probability=0.99)
    likely = world.invoked(5, policy=Policy.OVER, probability=0.6)

    assert world.ledger(certain).slots > world.ledger(likely).slots > 5


def test_sizing__recruits_for_what_will_really_be_called(world: World, clock: FakeClock) -> None:
    """Made when nothing was known: 12 for 3. By now everybody answers: 4 are enough."""
    world.put_proto()
    world.make(3, policy=Policy.OVER)
    answered(world, clock, quick=True)

    world.room.sizing.run()

    assert sum(p.seats for p in world.market.hits_out) == 4


def test_first__takes_everybody_called_off_the_count__and_puts_the_surplus_back(
    world: World, clock: FakeClock
) -> None:
    """Or the row says that workers wait who were called, or that nobody does who came back."""
    world.put_proto()
    seats = crowd(world, 30)
    world.invoked(2, policy=Policy.FIRST)
    row = world.ledgers.get_pool("Dashboard")
    assert row is not None
    assert row.waiting == 0
    assert len(called(world, seats)) == 30
    for seat in seats[:2]:
        world.working(seat, ack=True)

    for seat in seats[2:]:
        assert world.poll(seat).surplus
        assert not world.poll(seat).surplus

    row = world.ledgers.get_pool("Dashboard")
    assert row is not None
    assert row.waiting == 28


def test_first__recruits_nobody_in_place_of_surplus_workers_who_left(
    world: World, clock: FakeClock
) -> None:
    """Thirty are called for two. Five never come: who has come is more than enough."""
    world.put_proto()
    seats = crowd(world, 30)
    world.invoked(2, policy=Policy.FIRST)
    assert len(called(world, seats[:25])) == 25

    clock.advance(1)
    (report,) = world.room.sizing.run()

    assert (report.wanted, world.market.hits_out) == (0, [])


def test_first__counts_as_a_call_for_as_many_as_must_be_called(world: World) -> None:
    """Were everybody counted, a standing pool would grow with each call, to no end."""
    world.put_proto(standing=True, readyFor=2)
    crowd(world, 30)

    world.invoked(2, policy=Policy.FIRST)

    (call,) = [e for e in DynamoNotes().events("Dashboard") if isinstance(e, Call)]
    assert call.size < 10
