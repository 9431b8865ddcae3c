"""Calls that nobody answers: counted over stays, they cost a place in line, then an hour's rest,
and the approval that no person has looked at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api.worker_routes import page_state
from chalicelib.retainer.domain.errors import Conflict
from chalicelib.retainer.domain.market import SeatState
from chalicelib.retainer.domain.seats import Closed, Seat, waited_ms
from chalicelib.retainer.domain.standing import REST_MS, Standing
from chalicelib.retainer.services.payments import Wanted
from chalicelib.retainer.store.people import DynamoPeople
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.studying import arrived, assignment_of, handed_in, posted
from tests.integration.world import World

WAIT = {"wait_pay": 0.06, "max_wait": 300}


@pytest.fixture
def hit(world: World) -> str:
    return posted(world, **WAIT)


def ignores_a_call(world: World, seat: Seat) -> str:
    """Call somebody who asks on and on, and never says that they are there; return the call."""
    reservation = world.invoked(1, hit_type=seat.proto)
    world.clock.sleep(2)
    assert world.poll(seat).task is not None
    for _ in range(3):
        world.clock.sleep(5)
        state = world.poll(seat)
    assert state.released
    world.room.reservations.finish(reservation)
    return reservation


def stay(world: World, hit: str, worker: str, number: int) -> Seat:
    return arrived(world, hit, worker, assignment_of(f"{worker}{number}", hit))


def unanswered(world: World, worker: str) -> int:
    return world.room.attendance.standing(worker, verified=True).unanswered


def let_three_pass(world: World, hit: str, worker: str = "A1") -> Seat:
    for number in range(3):
        seat = stay(world, hit, worker, number)
        ignores_a_call(world, seat)
        if number < 2:
            handed_in(world, seat)
            world.room.review.run()
    return world.now_of(seat)


def test_script_that_ignores_every_call__alone__is_called_thrice_an_hour_and_then_looked_at(
    world: World, hit: str, clock: FakeClock
) -> None:
    """The farm: one worker accepts, asks for work, ignores it, hands in, and comes again."""
    began = clock.now_ms()
    called = 0
    for number in range(12):
        seat = stay(world, hit, "A1", number)
        reservation = world.invoked(1)
        clock.advance(2)
        called += world.poll(seat).task is not None
        clock.advance(16)
        world.poll(seat)
        handed_in(world, seat, retainer="waited")
        world.room.reservations.finish(reservation)
        world.room.review.run()
    settled = {n for n in range(12) if assignment_of(f"A1{n}", hit) in world.market.settled}

    assert clock.now_ms() - began < REST_MS
    assert called == 3
    assert settled == {0, 1}


def test_script_that_ignores_every_call__beside_others__costs_one_call_its_time(
    world: World, hit: str, clock: FakeClock
) -> None:
    called = []
    for number in range(4):
        script, honest = stay(world, hit, "A1", number), stay(world, hit, "A2", number)
        world.room.sizing.run()
        world.invoked(1)
        called.append(world.poll(script).task is not None)
        clock.advance(6 if called[-1] else 0)
        assert world.poll(honest).task is not None
        world.working(honest, ack=True)
        clock.advance(20)
        world.poll(script)
        handed_in(world, script, retainer="waited")
        handed_in(world, honest, answer="yes")
        world.room.review.run()
        for done in (script, honest):
            world.seats.close(done, Closed.SUBMITTED, clock.now_ms())

    assert called == [True, False, False, False]
    assert unanswered(world, "A2") == 0


def test_three_stays_that_ignore_their_call__end_in_a_rest__told_with_its_end(
    world: World, hit: str, clock: FakeClock
) -> None:
    seat = let_three_pass(world, hit)
    state = page_state(world.poll(seat))

    assert unanswered(world, "A1") == 3
    assert state["waitOver"]
    assert not state["start"]
    assert 0 < state["restsUntil"] - clock.now_ms() <= REST_MS
    world.invoked(1)
    assert world.poll(seat).task is None


def test_operators__see_who_rests_and_why(world: World, hit: str) -> None:
    let_three_pass(world, hit)
    stay(world, hit, "A2", 0)
    resting, other = (world.room.people.summary(w) for w in ("A1", "A2"))

    assert resting.unanswered == 3
    assert resting.rests_until_ms is not None
    assert (other.unanswered, other.rests_until_ms) == (0, None)


def test_stay_of_the_third__is_held_for_somebody_to_look_at__and_paid_as_they_say(
    world: World, hit: str
) -> None:
    seat = let_three_pass(world, hit)
    waited = waited_ms(seat, world.clock.now_ms())
    handed_in(world, seat, retainer="waited")
    for _ in range(2):
        world.room.review.run()

    assert seat.assignment not in world.market.settled
    (held,), _ = world.room.decisions.page(None, None, 9)
    assert held.submission.assignment == seat.assignment
    assert held.why
    world.room.decisions.decide(seat.assignment, "approve", "")
    world.room.review.run()
    assert world.market.settled[seat.assignment] is SeatState.PAID
    payments, _ = world.room.payments.page(Wanted(worker="A1"), None, 20)
    assert sum(p.wait_cents for p in payments if p.assignment == seat.assignment) == round(
        waited / 60_000 * 6
    )


def test_first_two_stays__are_approved_at_once(world: World, hit: str) -> None:
    let_three_pass(world, hit)

    assert [world.market.settled.get(assignment_of(f"A1{n}", hit)) for n in range(2)] == [
        SeatState.PAID, SeatState.PAID,
    ]  # fmt: skip


def test_coming_again_while_resting__is_told_at_once__and_held(world: World, hit: str) -> None:
    let_three_pass(world, hit)
    again = stay(world, hit, "A1", 9)
    state = page_state(world.poll(again))
    handed_in(world, again, retainer="waited")
    world.room.review.run()

    assert (state["waitOver"], "restsUntil" in state, state["waitMax"]) == (True, True, 0)
    assert again.assignment not in world.market.settled


def test_after_the_rest__they_are_called_as_ever__and_an_answer_sets_the_count_back(
    world: World, hit: str, clock: FakeClock
) -> None:
    let_three_pass(world, hit)
    clock.advance(REST_MS / 1000)
    again = stay(world, hit, "A1", 9)
    world.invoked(1)
    clock.advance(2)
    assert world.poll(again).task is not None
    world.working(again, ack=True)
    handed_in(world, again, answer="yes")
    world.room.review.run()

    assert unanswered(world, "A1") == 0
    assert world.market.settled[again.assignment] is SeatState.PAID


def test_honest_worker_who_missed_one_call__is_called_after_the_others__once(
    world: World, hit: str, clock: FakeClock
) -> None:
    missed = stay(world, hit, "A1", 0)
    ignores_a_call(world, missed)
    handed_in(world, missed)
    world.room.review.run()
    assert world.market.settled[missed.assignment] is SeatState.PAID

    again, other = stay(world, hit, "A1", 1), stay(world, hit, "A2", 1)
    world.room.sizing.run()
    first = world.invoked(1)
    assert world.poll(again).task is None
    assert world.poll(other).task is not None
    world.working(other, ack=True)
    second = world.invoked(1)
    clock.advance(2)
    assert world.poll(again).task is not None
    world.working(again, ack=True)

    assert set(world.live_claims(first)) == {"A2"}
    assert set(world.live_claims(second)) == {"A1"}
    assert unanswered(world, "A1") == 0


def test_one_call__counts_once__however_often_and_by_whomever_it_is_found(
    world: World, hit: str, clock: FakeClock
) -> None:
    silent, other = stay(world, hit, "A1", 0), stay(world, hit, "A2", 0)
    world.invoked(1)
    assert world.poll(silent).task is not None
    clock.advance(16)
    for _ in range(3):
        world.poll(silent)
    assert world.poll(other).task is not None
    for _ in range(3):
        assert world.poll(silent).task is None
    handed_in(world, silent, retainer="waited")
    world.room.review.run()

    assert unanswered(world, "A1") == 1


@pytest.mark.race
def test_one_call__counts_once__though_many_find_it_at_once(world: World, hit: str) -> None:
    seat = stay(world, hit, "A1", 0)
    now = world.clock.now_ms()
    with ThreadPoolExecutor(8) as threads:
        found = [
            threads.submit(world.room.attendance.let_pass, seat, now + 5_000 * (n % 2), now)
            for n in range(16)
        ]
        assert all(f.exception() is None for f in found)

    assert unanswered(world, "A1") in {1, 2}


@pytest.mark.parametrize("nth", range(1, 6))
@pytest.mark.parametrize("after", [False, True])
def test_third_call__rests_once__though_whoever_finds_it_dies_at_any_write(
    world: World, hit: str, clock: FakeClock, nth: int, after: bool
) -> None:
    for number in range(2):
        seat = stay(world, hit, "A1", number)
        ignores_a_call(world, seat)
        handed_in(world, seat)
        world.room.review.run()
    seat = stay(world, hit, "A1", 2)
    world.invoked(1)
    clock.advance(2)
    assert world.poll(seat).task is not None
    clock.advance(16)
    try:
        with session_of(world.dynamo, lambda real: KillAt(real, nth, after)):
            world.poll(seat)
    except Killed:
        pass
    state = world.poll(seat)

    assert unanswered(world, "A1") == 3
    assert page_state(state)["restsUntil"] == clock.now_ms() + REST_MS
    assert state.task is None


def test_page_that_stays_open_and_silent__is_let_go_after_the_third(
    world: World, hit: str, clock: FakeClock
) -> None:
    """Nobody else waits: the page says only that it has the task, and so gives each call back."""
    for number in range(3):
        seat = stay(world, hit, "A1", number)
        reservation = world.invoked(1)
        clock.advance(2)
        assert world.poll(seat).task is not None
        world.working(seat)
        clock.advance(30)
        with pytest.raises(Conflict) as refused:
            world.working(seat)
        assert refused.value.code == "released"
        if number < 2:
            handed_in(world, seat, retainer="left")
            world.room.review.run()

    assert "restsUntil" in page_state(world.poll(seat))
    assert world.ledger(reservation).claims == {}


def test_late_answer_that_nobody_was_quicker_than__is_taken(
    world: World, hit: str, clock: FakeClock
) -> None:
    seat = stay(world, hit, "A1", 0)
    world.invoked(1)
    assert world.poll(seat).task is not None
    world.working(seat)
    clock.advance(40)

    assert world.working(seat, ack=True).task is not None
    assert unanswered(world, "A1") == 0


@pytest.mark.parametrize("after", [False, True])
def test_answer__sets_the_count_back__though_whoever_takes_it_dies_at_any_write(
    world: World, hit: str, clock: FakeClock, after: bool
) -> None:
    for nth in range(1, 6):
        worker = f"A{nth}"
        first = stay(world, hit, worker, 0)
        ignores_a_call(world, first)
        world.seats.close(first, Closed.RETURNED, clock.now_ms())
        again = stay(world, hit, worker, 1)
        world.invoked(1)
        clock.advance(2)
        assert world.poll(again).task is not None
        world.working(again)
        with suppress(Killed), session_of(world.dynamo, partial(KillAt, nth=nth, after=after)):
            world.working(again, ack=True)
        world.working(again, ack=True)
        handed_in(world, again, answer="yes")
        world.room.review.run()

        assert unanswered(world, worker) == 0


def test_answer_that_is_counted_late__makes_up_for_nothing_that_came_after_it(
    world: World, hit: str, clock: FakeClock
) -> None:
    first = stay(world, hit, "A1", 0)
    world.invoked(1)
    assert world.poll(first).task is not None
    world.working(first, ack=True)
    handed_in(world, first, answer="yes")
    world.seats.close(first, Closed.SUBMITTED, clock.now_ms())
    clock.advance(5)
    ignores_a_call(world, stay(world, hit, "A1", 1))
    world.room.review.run()

    assert unanswered(world, "A1") == 1


def test_leaving_a_call__is_no_answer__and_frees_the_slot(
    world: World, hit: str, clock: FakeClock
) -> None:
    leaving, other = stay(world, hit, "A1", 0), stay(world, hit, "A2", 0)
    reservation = world.invoked(1)
    assert world.poll(leaving).task is not None
    world.working(leaving)
    handed_in(world, leaving, retainer="left")
    world.room.review.run()
    clock.advance(16)

    assert unanswered(world, "A1") == 1
    assert world.market.settled[leaving.assignment] is SeatState.PAID
    assert world.poll(other).task is not None
    assert set(world.live_claims(reservation)) == {"A2"}


def test_call_of_a_hit_that_was_returned__counts_when_its_wait_is_reckoned(
    world: World, hit: str, clock: FakeClock
) -> None:
    seat = stay(world, hit, "A1", 0)
    clock.advance(30)
    world.poll(seat)
    world.invoked(1)
    clock.advance(2)
    assert world.poll(seat).task is not None
    world.seats.close(seat, Closed.RETURNED, clock.now_ms())
    clock.advance(1300)
    world.room.review.run()

    assert unanswered(world, "A1") == 1


def test_call_that_was_taken_away_early__is_no_fault_of_the_worker(
    world: World, hit: str, clock: FakeClock
) -> None:
    seat = stay(world, hit, "A1", 0)
    reservation = world.invoked(1)
    assert world.poll(seat).task is not None
    clock.advance(1)
    world.room.reservations.finish(reservation, cancelled=True)
    clock.advance(60)
    world.poll(seat)

    assert unanswered(world, "A1") == 0


def test_strangers_in_anothers_name__cost_them_nothing(
    world: World, hit: str, clock: FakeClock
) -> None:
    for number in range(3):
        state = world.room.arrivals.waiting("A1", f"3FORGED{number}", hit, None, "", acks=True)
        assert state.seat is not None
        clock.advance(30)
        ignores_a_call(world, state.seat)
        world.seats.close(state.seat, Closed.RETURNED, clock.now_ms())

    assert world.room.attendance.standing("A1", verified=False).unanswered == 3
    assert unanswered(world, "A1") == 0
    assert "restsUntil" not in page_state(world.poll(stay(world, hit, "A1", 0)))


def test_calls_of_another_seat__end_a_wait_elsewhere_too(
    world: World, hit: str, clock: FakeClock
) -> None:
    elsewhere = arrived(world, posted(world, "Elsewhere", **WAIT), "A1")
    clock.advance(50)
    let_three_pass(world, hit)
    world.poll(elsewhere)
    world.invoked(1, hit_type="Elsewhere")
    world.clock.sleep(2)
    state = world.poll(elsewhere)

    assert state.task is None
    assert "restsUntil" in page_state(state)


def test_deleting_a_workers_data__deletes_their_count(
    world: World, hit: str, clock: FakeClock
) -> None:
    seat = stay(world, hit, "A1", 0)
    ignores_a_call(world, seat)
    assert unanswered(world, "A1") == 1
    world.room.erasure.forget_all_else("A1")
    # Found only now, by whoever gets the slot.
    world.room.attendance.let_pass(seat, clock.now_ms() + 60_000, clock.now_ms())

    assert world.room.attendance.standing("A1", verified=True) == Standing()
    assert DynamoPeople().roll("A1", None, 9) == ([], None)


@pytest.mark.parametrize("most", ["0", "1"])
def test_how_many__is_a_setting(world: World, most: str) -> None:
    world.variables["RETAINER_MAX_UNANSWERED"] = most
    world.restart()
    hit = posted(world, **WAIT)
    seat = stay(world, hit, "A1", 0)
    ignores_a_call(world, seat)

    assert ("restsUntil" in page_state(world.poll(seat))) == (most == "1")
    assert world.room.pages.of_hit(hit).max_unanswered == int(most)
