"""Claims across the ProtoHITs of a pool, and their moves, with races and deaths in between."""

from __future__ import annotations

import contextlib
import random
from functools import partial

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.seats import Seat
from tests.integration.faults import Faults, FaultySession, KillAt, Killed, session_of
from tests.integration.test_claim_races import check_invariants, run_all
from tests.integration.test_shared_pools import EASY, HARD, calls, put, sit
from tests.integration.world import World
from tests.size import sized

pytestmark = pytest.mark.race


@pytest.mark.parametrize("seed", range(sized(2, 30)))
def test_claims_across_members__survive__throttling_lost_answers_and_death(
    world: World, clock: FakeClock, seed: int
) -> None:
    slots = 4
    put(world, "Hard", **HARD)
    for name in ("Easy", "Other"):
        put(world, name, **EASY)
    strict = [sit(world, f"H{n}", "Hard") for n in range(22)]
    seats = strict + [sit(world, f"E{n}", ("Easy", "Other")[n % 2]) for n in range(18)]
    reservations = [
        world.invoked(slots, foreign_id=n, hit_type=("Hard", "Easy", "Other")[n % 3])
        for n in range(5)
    ]
    faults = Faults(throttle=0.05, conflict=0.05, lost_answer=0.1, kill=0.3)
    polls = [partial(world.poll, seat) for seat in seats for _ in range(2)]
    random.Random(seed).shuffle(polls)

    with session_of(world.dynamo, lambda real: FaultySession(real, faults, seed)):
        run_all(polls, 24)

    check_invariants(world, reservations, seats, slots)
    serve = {w for r in reservations[::3] for w in world.live_claims(r)}
    assert all(worker.startswith("H") for worker in serve), "work given to who may not do it"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 4))
def test_claim_of_anothers_work__is_whole__whichever_write_the_caller_dies_at(
    world: World, nth: int, after: bool
) -> None:
    put(world, "A", **EASY)
    put(world, "B", **EASY)
    first, second = sit(world, "W1", "A"), sit(world, "W2", "A")
    reservation = world.invoked(1, hit_type="B")

    with session_of(world.dynamo, lambda real: KillAt(real, nth, after)), pytest.raises(Killed):
        world.poll(first)

    for _ in range(2):
        states = [world.poll(first), world.poll(second)]
    assert [s.task is not None for s in states].count(True) == 1
    assert len(world.live_claims(reservation)) == 1


def moved(world: World, clock: FakeClock, seats: list[Seat], reservations: list[str]) -> None:
    """Run the sizing again, and assert that all are called for the work of A, B's worker too."""
    clock.advance(91)
    for seat in seats:
        world.seats.heartbeat(seat, clock.now_ms(), True)
    world.room.sizing.run()
    assert {calls(world.poll(seat)) for seat in seats} == set(reservations)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 11))
def test_move_into_a_pool__is_made_good__whichever_write_it_died_at(
    world: World, clock: FakeClock, nth: int, after: bool
) -> None:
    put(world, "A")
    put(world, "B", **EASY)
    mine, other = sit(world, "W1", "A"), sit(world, "W2", "B")
    reservations = [world.invoked(1, hit_type="A", foreign_id=n) for n in (1, 2)]
    put(world, "A", **EASY)

    with (
        session_of(world.dynamo, lambda real: KillAt(real, nth, after)),
        contextlib.suppress(Killed),
    ):
        world.room.sizing.run("A", "pool")

    moved(world, clock, [other, mine], reservations)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 4))
def test_put_that_died__is_made_good_by_the_next_run(
    world: World, clock: FakeClock, nth: int, after: bool
) -> None:
    put(world, "A")
    put(world, "B", **EASY)
    mine, other = sit(world, "W1", "A"), sit(world, "W2", "B")
    reservations = [world.invoked(1, hit_type="A", foreign_id=n) for n in (1, 2)]

    with session_of(world.dynamo, lambda real: KillAt(real, nth, after)), pytest.raises(Killed):
        put(world, "A", **EASY)

    if world.room.reservations.proto("A").pool:
        moved(world, clock, [other, mine], reservations)
    else:
        assert calls(world.poll(other)) is None
        assert calls(world.poll(mine)) in reservations


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_invoke_that_died_after_a_move__is_made_good_by_the_next_run(
    world: World, clock: FakeClock, nth: int
) -> None:
    put(world, "A")
    put(world, "B", **EASY)
    other = sit(world, "W2", "B")
    reservation = world.make(1, hit_type="A")
    put(world, "A", **EASY)

    with session_of(world.dynamo, lambda real: KillAt(real, nth, True)), pytest.raises(Killed):
        world.room.reservations.invoke(reservation)

    moved(world, clock, [other], [reservation])


@pytest.mark.parametrize("seed", range(sized(2, 20)))
def test_moves_while_workers_poll__lose_no_slot(world: World, clock: FakeClock, seed: int) -> None:
    slots = 4
    put(world, "A")
    put(world, "B", **EASY)
    seats = [sit(world, f"W{n}", "AB"[n % 2]) for n in range(30)]
    reservations = [world.invoked(slots, hit_type="A", foreign_id=n) for n in range(3)]
    work = [partial(world.poll, seat) for seat in seats]

    def move(pool: str) -> None:
        put(world, "A", pool=pool)
        world.room.sizing.run("A", "pool")

    work += [partial(move, pool) for pool in ("lab", "", "lab")]
    random.Random(seed).shuffle(work)
    run_all(work, 16)

    put(world, "A", **EASY)
    world.room.sizing.run("A", "pool")
    check_invariants(world, reservations, seats, slots)
