"""Many threads on the real engine, and callers that die between any two writes."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.retainer.domain.errors import RetainerError
from chalicelib.retainer.domain.seats import Seat
from tests.integration.faults import (
    Faults,
    FaultySession,
    Gates,
    KillAt,
    Killed,
    session_of,
)
from tests.integration.world import World
from tests.patience import PATIENCE_S
from tests.size import sized

pytestmark = pytest.mark.race


def run_all(calls: Iterable[Callable[[], Any]], threads: int) -> list[Any]:
    """Run calls at once; one that dies or finds the store away gives None."""

    def survive(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except (Killed, StoreUnavailable, RetainerError):
            return None

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(survive, calls))


@pytest.mark.parametrize("round_", range(sized(2, 20)))
def test_slots__are_each_given_once__to_many_seats_at_once(world: World, round_: int) -> None:
    seats_count, slots = sized(200, 500), 20
    world.put_proto()
    with ThreadPoolExecutor(16) as pool:
        seats = list(pool.map(lambda n: world.seat(f"A{n}"), range(seats_count)))
    reservation = world.invoked(slots)

    states = run_all((partial(world.poll, seat) for seat in seats), sized(64, 200))

    started = [s.seat.worker for s in states if s.task is not None]
    live = world.live_claims(reservation)
    assert len(live) == slots
    assert len(set(live.values())) == slots
    assert sorted(started) == sorted(live)


def check_invariants(world: World, reservations: list[str], seats: list[Seat], slots: int) -> None:
    """Assert that nobody sits in two reservations and that no more slots are given than there
    are; then let everybody poll, undisturbed, and assert that none is left empty."""
    for reservation in reservations:
        assert len(world.ledger(reservation).claims) <= slots
    for _ in range(2):
        told = {seat.seat_id: world.poll(seat) for seat in seats}
    held: Counter[str] = Counter()
    for reservation in reservations:
        live = world.live_claims(reservation)
        ledger = world.ledger(reservation)
        assert len(ledger.claims) == slots, "a slot was left empty"
        assert set(live) == set(ledger.claims), "a claim whose seat does not know of it"
        for seat_id in live.values():
            held[seat_id] += 1
            task = told[seat_id].task
            assert task is not None, "a claim that its worker does not learn of"
            assert task.id == reservation
    assert all(n == 1 for n in held.values()), "a seat in two reservations"


@pytest.mark.parametrize("seed", range(sized(2, 40)))
def test_claims__survive__throttling_lost_answers_and_death(
    world: World, clock: FakeClock, seed: int
) -> None:
    slots = 4
    world.put_proto()
    seats = [world.seat(f"A{n}") for n in range(40)]
    reservations = [world.invoked(slots, foreign_id=n) for n in range(5)]
    faults = Faults(throttle=0.05, conflict=0.05, lost_answer=0.1, kill=0.3)
    calls = [partial(world.poll, seat) for seat in seats for _ in range(2)]
    random.Random(seed).shuffle(calls)

    with session_of(world.dynamo, lambda real: FaultySession(real, faults, seed)) as session:
        run_all(calls, 24)

    assert {"kill before", "kill after", "lost answer"} <= set(session.injected)
    check_invariants(world, reservations, seats, slots)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 4))
def test_claim__is_whole__whichever_write_the_caller_dies_at(
    world: World, nth: int, after: bool
) -> None:
    world.put_proto()
    first, second = world.seat("A1"), world.seat("A2")
    reservation = world.invoked(1)

    with session_of(world.dynamo, lambda real: KillAt(real, nth, after)), pytest.raises(Killed):
        world.poll(first)

    for _ in range(2):
        states = [world.poll(first), world.poll(second)]
    assert [s.task is not None for s in states].count(True) == 1
    assert len(world.live_claims(reservation)) == 1


@pytest.mark.parametrize("seed", range(sized(2, 30)))
def test_releases__lose_no_slot__while_callers_die(
    world: World, clock: FakeClock, seed: int
) -> None:
    """Every claim is left unanswered, so that the next round swaps all of them."""
    slots = 5
    world.put_proto()
    seats = [world.seat(f"A{n}") for n in range(20)]
    reservation = world.invoked(slots)
    faults = Faults(lost_answer=0.1, kill=0.3)

    for lap in range(3):
        with session_of(
            world.dynamo, lambda real, lap=lap: FaultySession(real, faults, seed * 10 + lap)
        ):
            run_all([partial(world.poll, seat) for seat in seats for _ in range(2)], 16)
        assert len(world.ledger(reservation).claims) <= slots
        clock.advance(6)

    for _ in range(2):
        told = {seat.worker: world.poll(seat) for seat in seats}
    live = world.live_claims(reservation)
    assert len(live) == slots
    assert {w for w, state in told.items() if state.task is not None} == set(live)


def test_claim__that_raced_with_its_own_seats_other_poll__is_not_lost(world: World) -> None:
    """Both polls of a seat, at every interleaving that threads find, agree."""
    world.put_proto()
    seats = [world.seat(f"A{n}") for n in range(10)]
    reservations = [world.invoked(2, foreign_id=n) for n in range(3)]

    run_all([partial(world.poll, seat) for seat in seats for _ in range(6)], 60)

    check_invariants(world, reservations, seats, 2)


def test_pointer__is_not_taken_back__by_an_attempt_that_was_overtaken(world: World) -> None:
    """One seat polls twice. The first poll has pointed the seat and dawdles; the second is refused
    since somebody else fills the slot, and dawdles before it takes the pointer back; the slot falls
    free and the first poll gets it. Only the token keeps the second from taking it away."""
    world.put_proto()
    seat, other = world.seat("A1"), world.seat("A2")
    reservation = world.invoked(1)
    told: dict[str, Any] = {}

    def poll(name: str) -> None:
        told[name] = world.poll(seat)

    with session_of(world.dynamo, Gates) as gates:
        gates.hold("first", 2)
        gates.hold("second", 3)
        first = threading.Thread(target=poll, args=("first",), name="first")
        second = threading.Thread(target=poll, args=("second",), name="second")
        first.start()
        assert gates.reached("first", 2)
        assert world.poll(other).task is not None
        second.start()
        assert gates.reached("second", 3)
        ledger = world.ledger(reservation)
        assert world.ledgers.leave(ledger, ledger.claims["A2"], world.clock.now_ms())
        gates.let_go("first", 2)
        first.join(PATIENCE_S)
        gates.let_go("second", 3)
        second.join(PATIENCE_S)

    assert told["first"].task is not None
    assert world.live_claims(reservation) == {"A1": seat.seat_id}
    assert world.poll(seat).task is not None
