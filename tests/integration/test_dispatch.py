"""What a waiting page is told, step by step, on the real engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.errors import Conflict
from chalicelib.retainer.domain.pay import Terms
from chalicelib.retainer.domain.seats import waited_ms
from tests.integration.world import World

WAIT_PAY = Terms(rate_micro=1_000, max_wait_ms=300_000)


def test_poll__starts__when_a_reservation_is_invoked(world: World) -> None:
    world.put_proto()
    seat = world.seat("A1")
    reservation = world.make(1, foreign_id=12345, payload="which one?")

    assert world.poll(seat).task is None

    world.room.reservations.invoke(reservation)
    state = world.poll(seat)
    assert state.task is not None
    assert state.task.foreign_id == 12345
    assert state.task.payload == "which one?"
    assert world.poll(seat).task == state.task


def test_poll__finds_nothing__when_all_slots_are_taken(world: World) -> None:
    world.put_proto()
    first, second = world.seat("A1"), world.seat("A2")
    world.invoked(1)

    assert world.poll(first).task is not None
    assert world.poll(second).task is None
    assert world.now_of(second).reservation is None


def test_poll__writes_nothing__for_an_unknown_assignment(world: World) -> None:
    world.put_proto()

    state = world.room.dispatch.poll("3NOBODY", None)

    assert state.seat is None
    assert state.task is None
    assert world.seats.find_assignment("3NOBODY") is None


def test_claim__goes_to_the_next__when_it_is_not_shown_in_time(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    first, second = world.seat("A1"), world.seat("A2")
    reservation = world.invoked(1)
    assert world.poll(first).task is not None

    clock.advance(4.9)
    assert world.poll(second).task is None
    clock.advance(0.2)
    assert world.poll(second).task is not None

    assert list(world.ledger(reservation).claims) == ["A2"]


def test_claim__goes_to_the_next__when_it_is_not_acknowledged_in_time(
    world: World, clock: FakeClock
) -> None:
    world.put_proto(ack_within=15)
    first, second = world.seat("A1"), world.seat("A2")
    reservation = world.invoked(1)
    world.poll(first)
    clock.advance(1)
    world.working(first)

    clock.advance(13)
    assert world.poll(second).task is None
    clock.advance(1.1)
    assert world.poll(second).task is not None

    with pytest.raises(Conflict) as refused:
        world.working(first, ack=True)
    assert refused.value.code == "released"
    late = world.poll(first)
    assert late.released
    assert late.task is None
    assert list(world.ledger(reservation).claims) == ["A2"]


def test_claim__stays__once_acknowledged(world: World, clock: FakeClock) -> None:
    world.put_proto()
    first, second = world.seat("A1"), world.seat("A2")
    reservation = world.invoked(1)
    world.poll(first)
    world.working(first)
    world.working(first, ack=True)

    clock.advance(3600 / 60)
    assert world.poll(second).task is None
    assert list(world.ledger(reservation).claims) == ["A1"]
    assert world.ledgers.board("Dashboard").rows == []


def test_shown__counts_as_acknowledged__for_a_page_that_never_acknowledges(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    first, second = world.seat("A1", acks=False), world.seat("A2")
    reservation = world.invoked(1)
    world.poll(first)
    world.working(first)

    clock.advance(60)
    assert world.poll(second).task is None
    claim = world.ledger(reservation).claims["A1"]
    assert claim.ack_ms == claim.shown_ms


def test_worker__gets_one_slot__however_many_seats_they_hold(world: World) -> None:
    world.put_proto()
    seats = [world.seat("A1", f"3A{n}") for n in range(5)]
    reservation = world.invoked(5)

    started = [world.poll(seat).task is not None for seat in seats * 2]

    assert started.count(True) == 2  # the one seat, asked twice
    assert list(world.ledger(reservation).claims) == ["A1"]


def test_worker__may_take_several_slots__when_distinct_is_off(world: World) -> None:
    world.put_proto()
    seats = [world.seat("A1", f"3A{n}") for n in range(3)]
    reservation = world.invoked(3, distinct=False)

    assert all(world.poll(seat).task is not None for seat in seats)
    assert len(world.ledger(reservation).claims) == 3


def test_attempt_that_died_after_the_first_write__is_completed_by_the_next_poll(
    world: World,
) -> None:
    world.put_proto()
    seat = world.seat("A1")
    reservation = world.invoked(1)
    world.seats.point(seat, reservation, "dead", world.clock.now_ms(), None)

    assert world.poll(seat).task is not None
    assert world.live_claims(reservation) == {"A1": seat.seat_id}


def test_board__shows_free_reservations__behind_any_number_of_full_ones(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    for n in range(12):
        world.invoked(1, foreign_id=n)
        clock.advance(0.001)
    started = []
    for n in range(12):
        state = world.poll(world.seat(f"A{n}"))
        assert state.task is not None
        started.append(state.task.foreign_id)

    assert started == list(range(12))


def test_finished_reservation__sends_nobody_more__and_unfinish_does_again(world: World) -> None:
    world.put_proto()
    first, second = world.seat("A1"), world.seat("A2")
    reservation = world.invoked(2)
    assert world.poll(first).task is not None
    world.working(first, ack=True)

    world.room.reservations.finish(reservation)
    assert world.poll(second).task is None
    # Who is at work may still do it.
    assert world.poll(first).task is not None

    world.room.reservations.unfinish(reservation)
    assert world.poll(second).task is not None


@pytest.mark.parametrize("cancelled", [True, False])
def test_called_and_silent_worker__goes_back_to_waiting__when_the_reservation_ends(
    world: World, clock: FakeClock, cancelled: bool
) -> None:
    """Their own page says that it has the task, or asks again: nobody else need poll."""
    world.put_proto(wait_pay=0.06)
    world.post_hit()
    pinging, polling = world.seat("A1", terms=WAIT_PAY), world.seat("A2", terms=WAIT_PAY)
    reservation = world.invoked(2)
    for seat in (pinging, polling):
        assert world.poll(seat).task is not None
    world.working(pinging)
    clock.advance(8)
    world.room.reservations.finish(reservation, cancelled=cancelled)

    for ack in (False, True):
        with pytest.raises(Conflict) as refused:
            world.working(pinging, ack=ack)
        assert refused.value.code == "released"
    told = world.poll(polling)
    assert (told.task, told.released, told.is_wait_over) == (None, True, False)
    for seat in (pinging, polling):
        clock.advance(1)
        assert world.poll(seat).task is None
        # The call stood still in it; the wait goes on, and is paid on.
        assert waited_ms(world.now_of(seat), clock.now_ms()) == pytest.approx(1_000, abs=1_000)
    assert world.ledger(reservation).claims == {}
    clock.advance(290)
    assert all(world.poll(seat).is_wait_over for seat in (pinging, polling))


def test_called_and_silent_worker__alone__gives_the_call_back__and_gets_another(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    silent = world.seat("A1")
    reservation = world.invoked(1)
    assert world.poll(silent).task is not None
    clock.advance(16)

    told = world.poll(silent)
    assert (told.task, told.released) == (None, True)
    assert world.ledger(reservation).claims == {}
    clock.advance(1)
    assert world.poll(silent).task is not None


def test_call_that_was_given_back__goes_to_somebody_else_first(
    world: World, clock: FakeClock
) -> None:
    world.put_proto(readyFor=1)
    silent, other = world.seat("A1"), world.seat("A2")
    world.invoked(1)
    assert world.poll(silent).task is not None
    clock.advance(16)
    assert world.poll(silent).released
    clock.advance(0.3)

    assert world.poll(silent).task is None
    assert world.poll(other).task is not None


def test_wait__is_over__after_max_wait(world: World, clock: FakeClock) -> None:
    world.put_proto()
    seat = world.seat("A1")

    clock.advance(299)
    assert not world.poll(seat).is_wait_over
    clock.advance(2)
    assert world.poll(seat).is_wait_over

    world.invoked(1)
    assert world.poll(seat).task is None


def test_unanswered_worker__is_called_later__than_others(world: World, clock: FakeClock) -> None:
    world.put_proto(readyFor=1)
    sleepy = world.seat("A1")
    world.invoked(1, foreign_id=1)
    world.poll(sleepy)
    clock.advance(6)
    other = world.seat("A2")
    assert world.poll(other).task is not None
    assert world.poll(sleepy).released

    fresh = world.seat("A3")
    world.invoked(1, foreign_id=2)
    assert world.poll(sleepy).task is None
    assert world.poll(fresh).task is not None


def test_worker__is_called_by_another_seat_of_theirs__once_the_first_has_not_answered(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    first, second = world.seat("A1", "3X1"), world.seat("A1", "3X2")
    reservation = world.invoked(2)
    assert world.poll(first).task is not None
    assert world.poll(second).task is None

    clock.advance(6)

    assert world.poll(second).task is not None
    assert list(world.live_claims(reservation).values()) == [second.seat_id]


def test_free_slots__stay_visible__when_a_worker_changes_seats(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    first, second = world.seat("A1", "3X1"), world.seat("A1", "3X2")
    world.invoked(3)
    world.poll(first)
    clock.advance(6)
    assert world.poll(second).task is not None

    assert world.poll(world.seat("A2")).task is not None


def test_worker_who_holds_a_slot__is_not_tried_for_again__by_their_other_seats(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    first, second = world.seat("A1", "3X1"), world.seat("A1", "3X2")
    world.invoked(2)
    world.poll(first)
    world.working(first, ack=True)
    world.poll(second)
    before = world.dynamo.consumed["UpdateItem", "calls"]

    for _ in range(10):
        clock.advance(1)
        assert world.poll(second).task is None

    assert world.dynamo.consumed["UpdateItem", "calls"] == before


def test_many_expired_claims__are_taken_over__with_few_writes_in_vain(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    slots = 30
    reservation = world.invoked(slots)
    for n in range(slots):
        assert world.poll(world.seat(f"A{n}")).task is not None
    clock.advance(6)
    fresh = [world.seat(f"B{n}") for n in range(slots)]
    before = world.dynamo.consumed.copy()

    with ThreadPoolExecutor(slots) as pool:
        list(pool.map(world.poll, fresh))
    told = [world.poll(seat).task is not None for seat in fresh]

    spent = world.dynamo.consumed - before
    assert all(told)
    assert set(world.live_claims(reservation)) == {seat.worker for seat in fresh}
    assert spent["UpdateItem", "refused"] <= 6 * slots
