"""Requests that wait for results: so many at once and no more, whatever dies meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.services.long_polls import LATER_S, LongPolls
from chalicelib.retainer.services.results import Results
from tests.integration.world import World

PATIENCE_S = 60


class HeldClock(FakeClock):
    """Callers that sleep do so until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep = threading.Semaphore(0)
        self.go = threading.Event()

    def sleep(self, seconds: float) -> None:
        self.asleep.release()
        assert self.go.wait(PATIENCE_S)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def world(dynamo_endpoint: str, table_prefix: str, clock: HeldClock) -> Iterator[World]:
    made = World.on(dynamo_endpoint, table_prefix, clock, RETAINER_MAX_LONG_POLLS="3")
    yield made
    made.clear()


def test_of_many_at_once__so_many_wait__and_the_others_are_answered(
    world: World, clock: HeldClock
) -> None:
    world.put_proto()
    reservation = world.invoked(1)
    since = world.room.results.read(reservation, None, 0).version
    with ThreadPoolExecutor(20) as pool:

        def ask() -> Future[Results]:
            return pool.submit(world.room.results.read, reservation, since, 20)

        asked = [ask() for _ in range(20)]
        for _ in range(3):
            assert clock.asleep.acquire(timeout=PATIENCE_S)
        left = set(asked)
        while len(left) > 3:
            done, left = wait(left, PATIENCE_S, FIRST_COMPLETED)
            assert done
        refused = [f.result() for f in asked if f.done()]
        world.room.reservations.finish(reservation)
        clock.go.set()
        waited = [future.result(PATIENCE_S) for future in left]
        # Their places are free again.
        later = pool.submit(world.room.results.read, reservation, waited[0].version, 0.0)

    assert {(r.version, r.again_s) for r in refused} == {(since, LATER_S)}
    assert len(refused) == 17
    assert [r.again_s for r in waited] == [None] * 3
    assert since not in {r.version for r in waited}
    assert later.result().again_s is None
    with LongPolls(world.room.notes, 3, clock).place(1000) as has_place:
        assert has_place


def test_place_that_nobody_gave_back__is_free_again_by_itself(
    world: World, clock: HeldClock
) -> None:
    places = LongPolls(world.room.notes, 1, clock)
    dead = places.place(20_000)
    dead.__enter__()

    with places.place(20_000) as has_place:
        assert not has_place
    clock.advance(29)
    with places.place(20_000) as has_place:
        assert not has_place
    clock.advance(2)
    with places.place(20_000) as has_place:
        assert has_place
    # Whose place it is not gives none back.
    dead.__exit__(None, None, None)


def test_none_may_wait__where_the_configuration_says_so(world: World) -> None:
    world.variables["RETAINER_MAX_LONG_POLLS"] = "0"
    world.restart()
    world.put_proto()
    reservation = world.invoked(1)
    since = world.room.results.read(reservation, None, 0).version

    assert world.room.results.read(reservation, since, 20).again_s == LATER_S
    assert world.room.results.read(reservation, since, 0).again_s is None
