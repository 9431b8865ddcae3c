"""One person is called for one thing at a time, over all their seats and pools, whoever comes at
the same moment, falls silent or dies between two writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api.worker_routes import page_state
from chalicelib.retainer.domain.seats import Closed, Seat
from tests.integration.faults import KillAt, Killed, Meanwhile, session_of
from tests.integration.studying import arrived, handed_in, posted
from tests.integration.test_budgets import measured
from tests.integration.world import World

PAID: dict[str, Any] = {"wait_pay": 0.06, "max_wait": 300, "assignment_duration": 900}


@pytest.fixture
def hits(world: World) -> list[str]:
    return [posted(world, name, **PAID) for name in ("One", "Two", "Three")]


def calls(world: World, *names: str) -> list[str]:
    return [world.invoked(1, hit_type=name) for name in names]


def called(world: World, *seats: Seat) -> list[bool]:
    return [world.poll(seat).task is not None for seat in seats]


def told(world: World, seat: Seat) -> dict[str, Any]:
    return page_state(world.poll(seat))


def test_one_person_with_two_pages__is_called_in_one_of_them(
    world: World, clock: FakeClock, hits: list[str]
) -> None:
    first, second = (arrived(world, hit, "A1") for hit in hits[:2])
    calls(world, "One", "Two")

    assert called(world, second, first, second) == [False, True, False]
    world.working(first, ack=True)
    clock.advance(20)
    assert told(world, second)["behind"] is True
    assert told(world, first).get("behind") is None


@pytest.mark.parametrize("ends", ["finished", "returned", "silent", "its time is over"])
def test_second_page__takes_its_turn_when_the_first_is_over__with_a_wait_and_pay_of_its_own(
    world: World, clock: FakeClock, hits: list[str], ends: str
) -> None:
    first, second = (arrived(world, hit, "A1") for hit in hits[:2])
    for _ in range(8):
        clock.advance(15)
        world.poll(first)
        assert told(world, second)["waited"] == 0
    if ends == "finished":
        handed_in(world, first, retainer="waited")
        world.room.review.run()
    elif ends == "returned":
        world.seats.close(first, Closed.RETURNED, clock.now_ms())
    for _ in range(13 if ends == "its time is over" else 4 if ends == "silent" else 0):
        clock.advance(15)
        if ends == "its time is over":
            world.poll(first)
        world.poll(second)
    world.poll(second)
    began_ms = clock.now_ms()
    state = told(world, second)
    assert "behind" not in state
    calls(world, "Two")
    clock.advance(30)

    assert state["waited"] <= 15_000
    assert state["waitMax"] == 300_000
    assert state["pay"]["rate"] == "0.06"
    now = world.now_of(second)
    assert now.waits_until_ms >= began_ms + 285_000
    assert called(world, second) == [True]
    handed_in(world, second, answer="yes")
    world.room.review.run()
    (paid,) = [b for b in world.market.bonuses if b.assignment == second.assignment]
    assert 3 <= paid.cents <= 5, "half a minute of its own, and what it waited before it knew"


@pytest.mark.race
def test_pages_that_come_and_ask_at_the_same_moment__bring_one_call(
    world: World, hits: list[str]
) -> None:
    calls(world, "One", "Two", "Three")
    with ThreadPoolExecutor(3) as threads:
        seats = list(threads.map(lambda hit: arrived(world, hit, "A1"), hits))
        for _ in range(3):
            started = list(threads.map(lambda seat: world.poll(seat).task is not None, seats))

    assert sum(started) == 1
    assert sorted(seat.behind is None for seat in seats) == [False, False, True]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 8))
def test_death_at_any_write_of_an_arrival__keeps_nobody_from_being_called(
    world: World, clock: FakeClock, hits: list[str], nth: int, after: bool
) -> None:
    try:
        with session_of(world.dynamo, lambda real: KillAt(real, nth, after)):
            arrived(world, hits[0], "A1")
    except Killed:
        pass
    second = arrived(world, hits[1], "A1")
    for _ in range(5):
        clock.advance(15)
        world.poll(second)
    calls(world, "Two")

    assert called(world, second) == [True]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 5))
def test_death_at_any_write_of_a_turn__is_made_good_by_the_next_poll(
    world: World, clock: FakeClock, hits: list[str], nth: int, after: bool
) -> None:
    first, second = (arrived(world, hit, "A1") for hit in hits[:2])
    world.seats.close(first, Closed.RETURNED, clock.now_ms())
    try:
        with session_of(world.dynamo, lambda real: KillAt(real, nth, after)):
            world.poll(second)
    except Killed:
        pass
    third = arrived(world, hits[2], "A1")
    calls(world, "Two", "Three")

    assert sum(called(world, second, third)) == 1


def test_page_that_comes_back__stands_behind_the_one_that_took_its_place(
    world: World, clock: FakeClock, hits: list[str]
) -> None:
    first, second = (arrived(world, hit, "A1") for hit in hits[:2])
    for _ in range(4):
        clock.advance(15)
        world.poll(second)
    clock.advance(1)
    assert "behind" not in told(world, second)
    calls(world, "One", "Two")

    assert told(world, first)["behind"] is True
    assert called(world, first, second) == [False, True]
    clock.advance(30)
    handed_in(world, second, answer="yes")
    world.room.review.run()
    # It goes on with what it had: up to its last heartbeat before, and from now on.
    world.poll(first)
    state = told(world, first)
    assert state["start"]
    assert state["waited"] == 61_000
    assert state["waitMax"] == 330_000 - 30_000
    assert state["pay"]["earned"] == "0.045"


@pytest.mark.parametrize("nth", range(1, 9))
def test_page_that_comes_back_while_its_place_is_taken__is_not_called_beside_the_next(
    world: World, clock: FakeClock, hits: list[str], nth: int
) -> None:
    first, second = (arrived(world, hit, "A1") for hit in hits[:2])
    clock.advance(50)
    calls(world, "One", "Two")
    came_back: list[bool] = []

    def come_back() -> None:
        came_back.extend(called(world, first))

    with session_of(world.dynamo, lambda real: Meanwhile(real, nth, come_back)):
        taken = called(world, second)

    assert sum([*came_back[:1], *taken]) <= 1
    assert sum(called(world, first, second)) == 1


def test_unanswered_call_of_a_page_that_is_gone__is_not_kept_beside_the_next(
    world: World, clock: FakeClock, hits: list[str]
) -> None:
    first, second = (arrived(world, hit, "A1") for hit in hits[:2])
    one, _ = calls(world, "One", "Two")
    assert called(world, first, second) == [True, False]
    got = [False]
    while not any(got):
        clock.advance(15)
        got = called(world, second)

    assert clock.now_ms() - first.arrived_ms <= 60_000
    assert world.ledger(one).claims == {}
    assert called(world, first, second) == [False, True]


def test_work_in_a_page_that_says_nothing__keeps_the_turn_until_its_deadline(
    world: World, clock: FakeClock, hits: list[str]
) -> None:
    """The original's page leaves for its task and is not heard of again."""
    first, second = (arrived(world, hit, "A1") for hit in hits[:2])
    calls(world, "One", "Two")
    assert called(world, first) == [True]
    world.working(first, ack=True)
    for _ in range(59):
        clock.advance(14)
        assert called(world, second) == [False]
    with measured(world.dynamo) as cost:
        state = told(world, second)
    assert cost.read_units <= 1.5
    assert state["behind"]
    clock.advance(60)

    # Its own time is over by then: it says why.
    state = told(world, second)
    assert (state["behind"], state["waitOver"]) == (True, True)


def test_stranger_in_anothers_name__keeps_nobody_from_being_called(
    world: World, clock: FakeClock
) -> None:
    hits = [posted(world, name, verifiedOnly=False, **PAID) for name in ("One", "Two")]
    room = world.room.arrivals
    forged = room.waiting("A1", "3FORGED", hits[0], None, "", acks=True).seat
    signed = arrived(world, hits[1], "A1")
    assert forged is not None
    calls(world, "One", "Two")

    assert called(world, signed) == [True]
    state = world.poll(forged)
    assert state.task is None
    assert state.is_behind


@pytest.mark.parametrize("polls", [1, 4])
def test_poll_of_a_page_behind_another__costs_one_unit(
    world: World, hits: list[str], polls: int
) -> None:
    first, second, *_ = [arrived(world, hit, "A1") for hit in hits]
    for _ in range(polls):
        with measured(world.dynamo) as cost:
            world.poll(second)
        with measured(world.dynamo) as ahead:
            world.poll(first)

    assert (cost.read_units, cost.writes) == (1, 0)
    assert (ahead.read_units, ahead.writes) == (1, 0)


def test_seats_of_the_version_before__are_called_one_at_a_time_too(
    world: World, clock: FakeClock, hits: list[str]
) -> None:
    """Their worker's record does not say whose turn it is."""
    first, second = (arrived(world, hit, "A1") for hit in hits[:2])
    people = world.room.arrivals._turns._people
    known = people.known("A1", verified=True)
    people.set_turns("A1", True, known.signed, [])
    world.seats.take_turn(world.now_of(second), second.behind or "")
    calls(world, "One", "Two")

    assert sum(called(world, first, second)) == 1
