"""Reservations that end by themselves, tasks that stay as they are, and why answers are missing."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api import wire
from chalicelib.retainer.api.worker_routes import page_state
from chalicelib.retainer.domain.errors import Conflict
from chalicelib.retainer.domain.reports import Report
from chalicelib.retainer.domain.reservations import EndedBy
from chalicelib.retainer.store.tables import Ledgers
from tests.integration.faults import KillAt, Killed, Meanwhile, session_of
from tests.integration.paying import open_pool
from tests.integration.telling import accept, left, tell
from tests.integration.world import World


@pytest.fixture
def hit(world: World) -> str:
    hit = open_pool(world, max_wait=300, assignment_duration=1000, max_assignments=9)
    world.room.reservations.finish_all(None)
    return hit


def results(world: World, reservation: str) -> dict[str, Any]:
    return wire.results(world.room.results.read(reservation, None, 0), world.clock.now_ms())


def missing(world: World, reservation: str) -> list[int] | None:
    found = results(world, reservation)["missing"]
    return None if found is None else list(found.values())


# ---- timeout -------------------------------------------------------------------------------------


@pytest.mark.parametrize("given_to", ["make", "invoke"])
def test_timeout__calls_nobody_after_it__before_any_run_has_noted_that(
    world: World, clock: FakeClock, hit: str, given_to: str
) -> None:
    reservation = world.make(2, timeout_s=60 if given_to == "make" else 999)
    clock.advance(30)
    world.room.reservations.invoke(reservation, timeout_s=60 if given_to == "invoke" else None)
    ada = accept(world, hit, "Ada")
    assert world.poll(ada).task is not None
    world.working(ada, ack=True)
    ben = accept(world, hit, "Ben")

    clock.advance(60)
    before = world.dynamo.consumed["UpdateItem", "calls"]
    for _ in range(5):
        clock.advance(1)
        assert world.poll(ben).task is None

    # One attempt in vain, and the row is off the board.
    assert world.dynamo.consumed["UpdateItem", "calls"] - before <= 5
    told = results(world, reservation)
    assert (told["done"], told["endedBy"], told["timeout"]) == (True, EndedBy.TIMEOUT, 60)
    assert told["endsAt"] == world.ledger(reservation).invoked_ms + 60_000  # type: ignore[operator]
    # Who is at work may hand in, and is paid.
    assert world.poll(ada).task is not None


def test_timeout__ends_it__and_takes_its_hits_back_in_that_very_run(
    world: World, clock: FakeClock, hit: str
) -> None:
    reservation = world.invoked(9, timeout_s=120)
    world.room.sizing.run()
    out = len(world.market.hits_out)
    assert world.room.sizing.run()[0].wanted == 9
    clock.advance(121)

    (report,) = world.room.sizing.run()

    assert (report.wanted, report.expired) == (0, out)
    ledger = world.ledger(reservation)
    assert (ledger.ended, ledger.board) == (EndedBy.TIMEOUT, None)
    assert world.ledgers.board("Dashboard").rows == []


def test_timeout__gives_a_silent_workers_call_back(
    world: World, clock: FakeClock, hit: str
) -> None:
    world.invoked(1, timeout_s=5)
    ada = accept(world, hit, "Ada")
    assert world.poll(ada).task is not None
    world.working(ada)
    clock.advance(6)

    with pytest.raises(Conflict):
        world.working(ada, ack=True)
    assert world.poll(ada).task is None


def test_unfinish__gives_the_time_anew(world: World, clock: FakeClock, hit: str) -> None:
    reservation = world.invoked(1, timeout_s=60)
    clock.advance(61)
    world.room.sizing.run()
    world.room.reservations.unfinish(reservation)
    clock.advance(50)

    assert world.poll(accept(world, hit, "Ada")).task is not None
    assert results(world, reservation)["endedBy"] is None


# ---- lease ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("invoked", [True, False])
def test_lease__ends_what_nobody_reads_any_more(
    world: World, clock: FakeClock, hit: str, invoked: bool
) -> None:
    reservation = world.make(1, lease_s=120)
    if invoked:
        world.room.reservations.invoke(reservation)
    for _ in range(5):
        clock.advance(100)
        results(world, reservation)
        world.room.sizing.run()
    assert world.ledger(reservation).done_ms is None

    clock.advance(121)
    # Whoever looks at the console reads for themselves.
    world.room.results.read(reservation, None, 0, renews=False)
    world.room.sizing.run()

    assert world.ledger(reservation).ended is EndedBy.LEASE
    assert results(world, reservation)["endedBy"] == "lease"


def test_lease__begins_when_a_reservation_falls_due(
    world: World, clock: FakeClock, hit: str
) -> None:
    reservation = world.make(1, delay_s=600, lease_s=60)
    clock.advance(650)
    world.room.sizing.run()
    assert world.ledger(reservation).done_ms is None
    clock.advance(11)
    world.room.sizing.run()
    assert world.ledger(reservation).ended is EndedBy.LEASE


def test_lease__is_written_at_most_once_in_a_quarter_of_it(
    world: World, clock: FakeClock, hit: str
) -> None:
    reservation = world.invoked(1, lease_s=120)
    before = world.dynamo.consumed["UpdateItem", "calls"]

    for _ in range(60):
        clock.advance(1)
        results(world, reservation)

    assert world.dynamo.consumed["UpdateItem", "calls"] - before <= 3


def test_lease__that_is_renewed_meanwhile__stays(world: World, clock: FakeClock, hit: str) -> None:
    reservation = world.invoked(1, lease_s=60)
    clock.advance(61)
    for nth in range(1, 12):

        def read() -> None:
            results(world, reservation)

        with session_of(world.dynamo, lambda real, n=nth, r=read: Meanwhile(real, n, r)) as line:
            world.room.sizing.run()
        read_first = line.happened and world.ledger(reservation).done_ms is None
        if read_first:
            return
        world.room.reservations.unfinish(reservation)
        clock.advance(61)
    pytest.fail("no reading came before the end")


@pytest.mark.parametrize("limits", [{"timeout_s": 60}, {"lease_s": 60}])
@pytest.mark.parametrize("after", [False, True])
def test_dying_run__leaves_the_end_to_the_next(
    world: World, clock: FakeClock, hit: str, limits: dict[str, int], after: bool
) -> None:
    for nth in range(1, 4):
        reservation = world.invoked(1, **limits)
        clock.advance(100)
        dying = session_of(world.dynamo, lambda real, n=nth: KillAt(real, n, after))
        with dying, pytest.raises(Killed):
            world.room.sizing.run()
        clock.advance(100)

        world.room.sizing.run()

        assert world.ledger(reservation).done_ms is not None


# ---- the task ------------------------------------------------------------------------------------


def test_task__is_replaced_by_another_invoke__until_somebody_was_called(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada")
    reservation = world.make(1, payload="first")
    invoke = world.room.reservations.invoke
    invoke(reservation, payload="second")
    invoke(reservation, foreign_id=7, payload="third")
    told = world.poll(ada)
    assert told.task is not None
    assert (told.task.foreign_id, told.task.payload) == (7, "third")

    for again in ({}, {"payload": "third"}, {"foreign_id": 7}):
        invoke(reservation, **again)
    for other in ({"payload": "fourth"}, {"foreign_id": 8, "payload": "third"}):
        with pytest.raises(Conflict) as refused:
            invoke(reservation, **other)
        assert refused.value.code == "called"
    assert world.poll(ada).task == told.task

    # Nor after the call has come to nothing: somebody has seen the task.
    clock.advance(16)
    assert world.poll(ada).released
    with pytest.raises(Conflict):
        invoke(reservation, payload="fourth")


def test_page_that_is_loaded_again__is_told_whether_its_worker_is_at_work_already(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada")
    world.invoked(1)
    world.poll(ada)
    clock.advance(4)
    told = page_state(world.poll(ada))
    assert ("acknowledged" in told, told["ackLeft"]) == (False, told["ackWithin"] - 4_000)
    world.working(ada, ack=True)
    told = page_state(world.poll(ada))
    assert (told["acknowledged"], "ackLeft" in told) == (True, False)


def test_call_that_nobody_could_hear__is_told_to_the_application(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada")
    reservation = world.invoked(1)
    world.poll(ada)
    world.working(ada)
    assert results(world, reservation)["slots"][0]["muted"] is False
    world.working(ada, told=Report(muted=True))
    assert results(world, reservation)["slots"][0]["muted"] is True


@pytest.mark.parametrize("nth", range(1, 8))
def test_task__is_the_same_for_the_page_and_on_record__whenever_it_is_replaced(
    world: World, hit: str, nth: int
) -> None:
    ada = accept(world, hit, "Ada")
    reservation = world.invoked(1, payload="first")
    told: list[str | None] = []

    def poll() -> None:
        task = world.poll(ada).task
        told.append(None if task is None else task.payload)

    with session_of(world.dynamo, lambda real: Meanwhile(real, nth, poll)):
        try:
            world.room.reservations.invoke(reservation, payload="second")
            expected = "second"
        except Conflict:
            expected = "first"
    poll()

    assert {payload for payload in told if payload is not None} == {expected}


def test_task__whose_change_died__calls_again_soon(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada")
    reservation = world.invoked(1, payload="first")
    dying = session_of(world.dynamo, lambda real: KillAt(real, 1, after=True))
    with dying, pytest.raises(Killed):
        world.room.reservations.invoke(reservation, payload="second")
    assert world.poll(ada).task is None

    clock.advance(11)

    assert world.poll(ada).task is not None


# ---- why answers are missing ---------------------------------------------------------------------


def test_missing__says_why__and_adds_up(world: World, clock: FakeClock, hit: str) -> None:
    world.put_proto(assignment_duration=1000)
    reservation = world.make(4)
    assert missing(world, reservation) is None
    world.room.reservations.invoke(reservation)
    assert missing(world, reservation) == [4, 0, 0, 0]

    ada, ben, cleo, dora = (accept(world, hit, n) for n in ("Ada", "Ben", "Cleo", "Dora"))
    for seat in (ada, ben, cleo):
        assert world.poll(seat).task is not None
    assert missing(world, reservation) == [1, 3, 0, 0]
    for seat in (ada, ben):
        world.working(seat, ack=True)
    assert missing(world, reservation) == [1, 1, 2, 0]
    clock.advance(16)
    assert world.poll(cleo).released
    assert missing(world, reservation) == [1, 1, 2, 0]
    tell(world, left(ben, clock.now_ms()))
    assert missing(world, reservation) == [1, 1, 1, 1]
    world.market.hand_in("Ada", ada.assignment, hit, clock.now_ms(), answer="yes")
    world.room.review.run()
    assert missing(world, reservation) == [1, 1, 0, 1]
    assert world.poll(dora).task is not None
    world.working(dora, ack=True)
    assert missing(world, reservation) == [0, 1, 1, 1]

    told = results(world, reservation)
    (gone,) = told["gone"]
    assert (gone["worker"], gone["answers"], gone["gone"]) == ("Ben", None, clock.now_ms())
    clock.advance(2_000)
    assert missing(world, reservation) == [0, 1, 0, 2]


@pytest.mark.parametrize("cancelled", [True, False])
def test_ended_by__says_whether_it_was_cancelled(world: World, hit: str, cancelled: bool) -> None:
    reservation = world.invoked(1)
    world.room.reservations.finish(reservation, cancelled=cancelled)

    wanted = "cancelled" if cancelled else "finished"
    assert results(world, reservation)["endedBy"] == wanted
    # An earlier version kept no word of it.
    Ledgers(reservation).update(actions=[Ledgers.ended.remove()])
    assert results(world, reservation)["endedBy"] == wanted


def test_missing__is_nothing__once_all_is_answered(
    world: World, clock: FakeClock, hit: str
) -> None:
    ada = accept(world, hit, "Ada")
    reservation = world.invoked(1)
    world.poll(ada)
    world.working(ada, ack=True)
    world.market.hand_in("Ada", ada.assignment, hit, clock.now_ms(), answer="yes")
    world.room.review.run()
    told = results(world, reservation)

    assert (list(told["missing"].values()), told["endedBy"]) == ([0, 0, 0, 0], EndedBy.ANSWERED)


def test_waiting_for_results__ends_when_the_reservation_does(
    world: World, clock: FakeClock, hit: str
) -> None:
    reservation = world.invoked(1, timeout_s=5)
    began = world.room.results.read(reservation, None, 0)

    told = world.room.results.read(reservation, began.version, 20)

    assert told.ended_by is EndedBy.TIMEOUT
    assert clock.now_ms() - (world.ledger(reservation).invoked_ms or 0) < 6_000
