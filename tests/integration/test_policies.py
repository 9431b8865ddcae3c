"""Dispatch policies: more are called than are needed, and the first to answer do the work."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api import wire
from chalicelib.retainer.api.worker_routes import page_state
from chalicelib.retainer.domain.errors import BadInput, Conflict
from chalicelib.retainer.domain.measures import Response
from chalicelib.retainer.domain.reservations import Policy
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.store.notes import DynamoNotes
from tests.integration.world import World


def called(world: World, seats: list[Seat]) -> list[Seat]:
    return [s for s in seats if world.poll(s).task is not None]


def test_over__calls_so_many_that_enough_answer(world: World) -> None:
    """Of those who waited half of five minutes 46 % answer within two seconds: 17 for 5."""
    world.put_proto()
    seats = [world.seat(f"A{n}") for n in range(20)]
    reservation = world.invoked(5, policy=Policy.OVER)

    assert len(called(world, seats)) == 17
    assert world.ledger(reservation).need == 5


def test_over__learns_from_those_who_answered(world: World, clock: FakeClock) -> None:
    world.put_proto()
    notes = DynamoNotes()
    for _ in range(400):
        clock.advance(1)
        notes.add_event("Dashboard", Response(clock.now_ms(), 20_000, True))
    world.room.sizing.run()
    seats = [world.seat(f"A{n}") for n in range(20)]

    world.invoked(5, policy=Policy.OVER)

    assert len(called(world, seats)) == 6


def test_first__calls_everybody_and_the_first_to_answer_do_the_work(world: World) -> None:
    world.put_proto()
    seats = [world.seat(f"A{n}") for n in range(30)]
    world.room.sizing.run()
    reservation = world.invoked(2, policy=Policy.FIRST)
    assert len(called(world, seats)) == 30

    world.working(seats[7], ack=True)
    world.working(seats[3], ack=True)
    with pytest.raises(Conflict) as refused:
        world.working(seats[9], ack=True)

    assert refused.value.code == "surplus"
    assert "paid" in refused.value.message
    results = wire.results(world.room.results.read(reservation, None, 0), 0)
    assert [s["worker"] for s in results["slots"]] == ["A3", "A7"]
    assert results["numAssignments"] == 2


def test_surplus__is_told_so__though_the_work_is_finished_by_then(world: World) -> None:
    world.put_proto()
    seats = [world.seat(f"A{n}") for n in range(4)]
    reservation = world.invoked(1, policy=Policy.FIRST)
    assert len(called(world, seats)) == 4
    world.working(seats[0], ack=True)
    world.room.reservations.finish(reservation)

    with pytest.raises(Conflict) as refused:
        world.working(seats[1], ack=True)

    assert refused.value.code == "surplus"


def test_surplus__is_told_and_returned_to_the_pool(world: World, clock: FakeClock) -> None:
    world.put_proto()
    seats = [world.seat(f"A{n}") for n in range(4)]
    first = world.invoked(1, policy=Policy.FIRST)
    assert len(called(world, seats)) == 4
    world.working(seats[0], ack=True)

    told = page_state(world.poll(seats[1]))

    assert (told["start"], told["released"], told["surplus"]) == (False, True, True)
    seat = world.now_of(seats[1])
    assert (seat.reservation, seat.missed) == (None, 0)
    assert world.poll(seats[1]).task is None, "not called to the same work again"
    second = world.invoked(1, foreign_id=2)
    task = world.poll(seats[1]).task
    assert task is not None
    assert task.id == second
    assert set(world.live_claims(first)) == {"A0", "A2", "A3"}


def test_who_answered_keeps_the_work(world: World) -> None:
    world.put_proto()
    seats = [world.seat(f"A{n}") for n in range(3)]
    world.invoked(1, policy=Policy.FIRST)
    called(world, seats)
    world.working(seats[2], ack=True)

    assert world.poll(seats[2]).task is not None
    assert world.working(seats[2], ack=True).task is not None


def test_enough_answers_take_the_reservation_off_the_board(world: World) -> None:
    world.put_proto()
    seats = [world.seat(f"A{n}") for n in range(3)]
    world.invoked(1, policy=Policy.FIRST)
    called(world, seats)
    world.working(seats[0], ack=True)

    assert world.ledgers.board("Dashboard").rows == []
    late = world.seat("B1")
    assert world.poll(late).task is None


def test_silence_calls_others_until_enough_have_answered(world: World, clock: FakeClock) -> None:
    world.put_proto(ack_within=10)
    seats = [world.seat(f"A{n}") for n in range(2)]
    world.invoked(2, policy=Policy.FIRST)
    called(world, seats)
    world.working(seats[0], ack=True)
    clock.advance(11)
    newcomer = world.seat("B1")
    for _ in range(3):
        if world.poll(newcomer).task is not None:
            break
        clock.advance(2)

    assert world.working(newcomer, ack=True).task is not None


def test_needed_answers_are_given_once__whoever_answers_at_the_same_moment(world: World) -> None:
    world.put_proto()
    seats = [world.seat(f"A{n:02}") for n in range(24)]
    reservation = world.invoked(5, policy=Policy.FIRST)
    world.room.sizing.run()
    called(world, seats)
    called(world, seats)
    start = threading.Barrier(len(seats))

    def answer(seat: Seat) -> bool:
        start.wait()
        try:
            world.working(seat, ack=True)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(len(seats)) as pool:
        won = sum(pool.map(answer, seats))

    ledger = world.ledger(reservation)
    assert won == 5
    assert ledger.acked == 5
    assert sum(c.ack_ms is not None for c in ledger.claims.values()) == 5


def test_a_served_reservation_of_this_kind_ends_by_itself(world: World, clock: FakeClock) -> None:
    world.put_proto()
    seats = []
    reservation = world.make(1, policy=Policy.FIRST)
    world.room.sizing.run()
    hit = world.market.hits_out[0].hit
    seats = [world.seat(f"A{n}", hit=hit) for n in range(3)]
    world.room.reservations.invoke(reservation)
    called(world, seats)
    world.working(seats[1], ack=True)
    world.market.hand_in("A1", seats[1].assignment, hit, clock.now_ms(), answer="yes")

    world.room.review.run()

    assert world.ledger(reservation).done_ms is not None


def test_sizing_recruits_as_many_as_are_to_be_called(world: World) -> None:
    world.put_proto()
    world.make(3, policy=Policy.OVER)

    world.room.sizing.run()

    assert sum(p.seats for p in world.market.hits_out) == 12


@pytest.mark.parametrize(
    "wrong",
    [{"policy": Policy.OVER, "spare": 1}, {"policy": Policy.OVER, "probability": 0.4},
     {"probability": 1.0}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(world: World, wrong: dict[str, object]) -> None:
    world.put_proto()
    with pytest.raises(BadInput):
        world.make(2, **wrong)
