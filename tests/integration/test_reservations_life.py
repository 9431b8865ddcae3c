"""What an application does with reservations, and what it reads, on the real engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api import wire
from chalicelib.retainer.domain import ids
from chalicelib.retainer.domain.errors import BadInput, Conflict, NotFound
from chalicelib.retainer.domain.pacing import TARGET_MS
from chalicelib.retainer.domain.seats import Closed, Seat
from chalicelib.retainer.services.results import Results
from chalicelib.retainer.store.reservations import DynamoReservations
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.studying import arrived
from tests.integration.world import World


def listed(world: World, hit_type: str | None = None) -> list[str]:
    found, _ = world.room.reservations.page(hit_type, None, 25)
    return [r.id for r, _ in found]


def results(world: World, reservation: str, since: str | None = None, wait: float = 0) -> Results:
    return world.room.results.read(reservation, since, wait)


def test_key__makes_one_reservation__however_often_it_is_used(world: World) -> None:
    world.put_proto()

    first = world.make(2, key="mine")

    assert world.make(2, key="mine") == first
    assert world.make(2, key="other") != first
    with pytest.raises(Conflict) as refused:
        world.make(3, key="mine")
    assert refused.value.code == "key_reused"


def test_reservations_of_one_millisecond__have_numbers_of_their_own(world: World) -> None:
    world.put_proto()

    made = [world.make(1, foreign_id=n) for n in range(40)]

    assert len(set(made)) == 40
    found, _ = world.room.reservations.page(None, None, 100)
    assert {r.id: r.foreign_id for r, _ in found} == dict(zip(made, range(40), strict=True))


def test_reservation_with_an_id_of_before__goes_on_beside_those_with_numbers(
    world: World,
) -> None:
    """Listed behind them by its cursor, exported by its day, called for, found, ended."""
    world.put_proto()
    first = world.make(1)
    reservations, old = DynamoReservations(), ids.new_id(world.clock.now_ms())
    kept = reservations.get(first)
    assert kept is not None
    reservations.create(replace(kept, id=old))
    world.ledgers.create(replace(world.ledger(first), id=old))
    assert isinstance(world.clock, FakeClock)
    world.clock.advance(1)

    world.room.reservations.invoke(old)
    assert world.poll(world.seat("A1")).task is not None
    new = world.invoked(1)
    assert world.poll(world.seat("A2")).task is not None

    assert listed(world) == [new, first, old]
    (row,), _ = world.room.reservations.page(None, first, 25)
    assert row[0].id == old
    assert [r.id for r, _ in world.room.reservation_search.page(old, None, None, None, 9)[0]] == [
        old
    ]
    assert set(results(world, old).ledger.claims) == {"A1"}
    world.room.reservations.finish(old)
    assert results(world, old).ledger.done_ms is not None


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 5))
def test_make__is_completed_by_asking_again__whichever_write_it_dies_at(
    world: World, nth: int, after: bool
) -> None:
    world.put_proto()

    with session_of(world.dynamo, lambda real: KillAt(real, nth, after)), pytest.raises(Killed):
        world.make(1, key="mine")
    reservation = world.make(1, key="mine")
    world.room.reservations.invoke(reservation)

    assert listed(world) == [reservation]
    assert world.poll(world.seat("A1")).task is not None


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", range(1, 3))
def test_invoke__is_completed_by_asking_again__whichever_write_it_dies_at(
    world: World, nth: int, after: bool
) -> None:
    world.put_proto()
    reservation = world.make(1)

    with session_of(world.dynamo, lambda real: KillAt(real, nth, after)), pytest.raises(Killed):
        world.room.reservations.invoke(reservation)
    world.room.reservations.invoke(reservation)

    assert world.poll(world.seat("A1")).task is not None


def test_invoke__may_name_another_foreign_id(world: World) -> None:
    world.put_proto()
    reservation = world.make(1, foreign_id=1)
    world.room.reservations.invoke(reservation, "second")

    task = world.poll(world.seat("A1")).task

    assert task is not None
    assert task.foreign_id == "second"


def test_invoke__is_refused__once_done(world: World) -> None:
    world.put_proto()
    reservation = world.make(1)
    world.room.reservations.finish(reservation)

    with pytest.raises(Conflict):
        world.room.reservations.invoke(reservation)


def test_invoke_of_a_done_reservation__changes_nothing(world: World) -> None:
    world.put_proto()
    reservation = world.make(1, foreign_id=1)
    world.room.reservations.finish(reservation)

    with pytest.raises(Conflict):
        world.room.reservations.invoke(reservation, "second", "another payload")

    (row, _), *_ = world.room.reservations.page(None, None, 1)[0]
    assert (row.foreign_id, row.payload) == (1, None)


def test_results__tell_how_many_were_asked_for__spares_apart(world: World) -> None:
    world.put_proto()
    told = wire.results(results(world, world.invoked(3, spare=2)), now_ms=0)

    assert (told["numAssignments"], told["spare"]) == (3, 2)


def test_unknown_things__are_not_found(world: World) -> None:
    world.put_proto()
    for call in (
        lambda: world.make(1, hit_type="nothing"),
        lambda: world.room.reservations.invoke("0" * 30),
        lambda: world.room.reservations.finish("9" * 15),
        lambda: world.room.reservations.set_sandbox("nothing", True),
        lambda: results(world, "0" * 30),
        lambda: world.room.pools.state("nothing"),
    ):
        with pytest.raises(NotFound):
            call()


def test_more_than_a_hundred_slots__are_refused_with_a_sentence(world: World) -> None:
    world.put_proto()

    with pytest.raises(BadInput, match="several reservations"):
        world.make(100, spare=1)


def test_finish_all__ends_those_of_one_type_or_all(world: World) -> None:
    world.put_proto()
    world.put_proto(hit_type_id="Other")
    mine, other = world.make(1), world.make(1, hit_type="Other")
    world.room.reservations.invoke(mine)

    assert world.room.reservations.finish_all("Other") == 1
    assert world.ledger(other).done_ms is not None
    assert world.ledger(mine).done_ms is None
    assert world.room.reservations.finish_all(None) == 1
    assert world.room.reservations.finish_all(None) == 0


def test_list__is_newest_first_and_pages_by_cursor(world: World, clock: FakeClock) -> None:
    world.put_proto()
    made = []
    for n in range(7):
        made.append(world.make(1, foreign_id=n))
        clock.advance(0.001)

    seen: list[str] = []
    cursor = None
    while True:
        found, cursor = world.room.reservations.page(None, cursor, 3)
        seen += [r.id for r, _ in found]
        if cursor is None:
            break

    assert seen == made[::-1]
    assert listed(world, "Dashboard") == made[::-1]


def test_few_workers__have_a_sizing_run_started(world: World) -> None:
    world.put_proto()
    reservation = world.make(2)
    detail = {"hitType": "Dashboard", "reason": "make", "reservation": reservation}
    assert world.starter.started == [("size_pools", detail)]
    world.starter.started.clear()

    world.room.reservations.invoke(reservation)
    world.room.reservations.finish(reservation, cancelled=True)

    reasons = [reason["reason"] for _, reason in world.starter.started]
    assert reasons == ["invoke", "cancel"]


def test_reservation_for_later__does_not_recruit_yet(world: World) -> None:
    world.put_proto()
    world.make(2, delay_s=3600)

    assert world.starter.started == []


def test_results__tell_of_each_step_and_wait_for_the_next(world: World, clock: FakeClock) -> None:
    world.put_proto()
    seat = world.seat("A1")
    reservation = world.invoked(1)
    empty = results(world, reservation)
    assert empty.slots == ()

    before = clock.now_ms()
    assert results(world, reservation, empty.version, wait=3).version == empty.version
    assert clock.now_ms() - before == 3000

    world.poll(seat)
    claimed = results(world, reservation, empty.version, wait=20)
    assert [s.worker for s in claimed.slots] == ["A1"]
    assert claimed.slots[0].shown is None

    world.working(seat, ack=True)
    answered = results(world, reservation, claimed.version, wait=20)
    assert answered.slots[0].acknowledged == clock.now_ms()


def test_results__have_the_review_started__while_workers_answer(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    seat = world.seat("A1")
    reservation = world.invoked(1)
    world.poll(seat)
    world.working(seat, ack=True)
    world.starter.started.clear()

    seen = results(world, reservation)
    results(world, reservation, seen.version, wait=5)

    assert world.starter.started == [("review", {"hit": "3HIT"})] * 3


def test_pace__is_quicker_while_more_may_be_invoked(world: World) -> None:
    world.put_proto(readyFor=1)
    seats = [world.seat(f"A{n}") for n in range(10)]
    world.room.sizing.run()
    one = world.poll(seats[0]).pace
    reservation = world.make(5)
    five = world.poll(seats[0]).pace
    world.room.reservations.invoke(reservation)
    again = world.poll(world.seat("A99")).pace

    assert one is not None
    assert one.every_ms == round(TARGET_MS / 0.2588655)
    assert five is not None
    assert five.every_ms == round(TARGET_MS / 0.6964628)
    assert again is None or again.every_ms == one.every_ms


def test_pace__stays_as_it_was__however_often_the_same_workers_are_called(
    world: World, clock: FakeClock
) -> None:
    world.put_proto(readyFor=5)
    hit = world.post_hit(seats=100)

    def arrive(turn: int, count: int) -> list[Seat]:
        return [arrived(world, hit, f"A{n}", f"3{turn}A{n}") for n in range(count)]

    at_work = arrive(0, 10)[:5]
    before = world.ledgers.get_pool("Dashboard")
    for turn in range(1, 4):
        world.invoked(5)
        assert world.starter.started == []
        for seat in at_work:
            assert world.poll(seat).task is not None
            world.seats.close(seat, Closed.RETURNED, clock.now_ms())
        at_work = arrive(turn, 5)

    assert before is not None
    assert before.waiting == 10
    after = world.ledgers.get_pool("Dashboard")
    assert after is not None
    assert after.waiting == 10


def test_page__is_told_to_get_ready__before_work_falls_due(world: World, clock: FakeClock) -> None:
    world.put_proto()
    seat = world.seat("A1")
    world.make(1, delay_s=60)

    first = world.poll(seat).pace
    clock.advance(52)
    second = world.poll(seat).pace

    assert first is not None
    assert first.due_in_ms is None
    assert second is not None
    assert second.due_in_ms == 8_000


def test_replaced_protohit__stays_on_its_market__unless_told_otherwise(world: World) -> None:
    world.put_proto()
    world.room.reservations.set_sandbox("Dashboard", False)

    world.put_proto(title="Another title")
    assert not world.room.reservations.proto("Dashboard").sandbox
    world.put_proto(sandbox=True)
    assert world.room.reservations.proto("Dashboard").sandbox


def test_page_that_is_sending_its_form__has_the_review_started_once(
    world: World, clock: FakeClock
) -> None:
    world.room.results.submitting("3HIT", "3A")
    world.room.results.submitting("3HIT", "3A")
    world.room.results.submitting("3HIT", "3B")

    assert [reason["assignment"] for _, reason in world.starter.started] == ["3A", "3B"]
