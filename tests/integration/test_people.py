"""Assignments, workers and payments, as the console lists them."""

from __future__ import annotations

import csv
import io
from contextlib import suppress

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.spreadsheets import table
from chalicelib.retainer.domain.errands import Errand, ErrandKind
from chalicelib.retainer.domain.errors import NotFound
from chalicelib.retainer.domain.payments import Kind, Payment
from chalicelib.retainer.services.payments import Standing, Wanted
from chalicelib.retainer.services.people import Record, StayState
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.studying import answered, arrived, handed_in, posted, took_part
from tests.integration.test_budgets import measured
from tests.integration.world import World


def listed(world: World, proto: str = "Dashboard") -> list[Record]:
    found, more = world.room.people.of_proto(proto, 0, None, 100)
    assert more is None
    return found


def test_assignments__tell_what_became_of_each(world: World, clock: FakeClock) -> None:
    hit = posted(world)
    took_part(world, hit, "A1", colour="green")
    gone = arrived(world, hit, "A2")
    clock.advance(60)
    working = arrived(world, hit, "A3")
    answered(world, working)
    arrived(world, hit, "A4")

    found = {r.stay.worker: r for r in listed(world)}

    states = {w: r.state for w, r in found.items()}
    assert states == {
        "A1": StayState.APPROVED, "A2": StayState.LEFT, "A3": StayState.WORKING,
        "A4": StayState.WAITING,
    }  # fmt: skip
    first = found["A1"]
    assert first.submission is not None
    assert first.submission.answers == {"colour": "green"}
    assert first.claim is not None
    assert first.claim.ack_ms is not None
    assert first.paid_cents == 5
    assert first.reservation is not None
    assert [r.stay.worker for r in world.room.people.of_reservation(first.reservation)] == ["A1"]
    assert {r.stay.worker for r in world.room.people.of_hit(hit, None, 9)[0]} == set(found)
    assert [r.stay.worker for r in world.room.people.of_assignment(gone.assignment)] == ["A2"]
    with pytest.raises(NotFound):
        world.room.people.of_assignment("3UNKNOWN")
    mine, _ = world.room.people.of_worker(gone.worker, None, 9)
    assert [r.stay.assignment for r in mine] == [gone.assignment]


def test_pages__give_every_stay_once__whatever_their_size(world: World) -> None:
    hit = posted(world)
    workers = {f"A{n:02}" for n in range(9)}
    for worker in sorted(workers):
        arrived(world, hit, worker)

    for read in (
        lambda before: world.room.people.of_proto("Dashboard", 0, before, 2),
        lambda before: world.room.people.of_hit(hit, before, 4),
    ):
        seen: list[str] = []
        before = None
        while True:
            page, before = read(before)
            seen += [r.stay.worker for r in page]
            if before is None:
                break
        assert sorted(seen) == sorted(workers)

    names: list[str] = []
    after = None
    while True:
        some, after = world.room.people.roll("A", after, 4)
        names += some
        if after is None:
            break
    assert names == sorted(workers)
    assert world.room.people.roll("A00", None, 4) == (["A00"], None)
    assert world.room.people.roll("B", None, 4) == ([], None)


def test_stay_of_an_arrival_that_died__is_listed_once(world: World) -> None:
    hit = posted(world)
    for nth in range(1, 6):
        worker = f"A{nth}"
        dying = session_of(world.dynamo, lambda real, n=nth: KillAt(real, n, after=False))
        with dying, suppress(Killed):
            arrived(world, hit, worker)
        arrived(world, hit, worker)

        mine, _ = world.room.people.of_worker(worker, None, 9)
        assert [r.state for r in mine] == [StayState.WAITING]
        assert worker in world.room.people.roll("", None, 50)[0]


def test_history__goes_on_when_the_seat_is_long_cleared_away(world: World) -> None:
    hit = posted(world, wait_pay=0.06)
    seat = took_part(world, hit, "A1", colour="green")
    for name_of_table, keys in (("seats", {"proto": "Dashboard", "seat": seat.seat_id}),
                        ("assignments", {"assignment": seat.assignment})):  # fmt: skip
        world.dynamo.client.delete_item(  # type: ignore[attr-defined]
            TableName=world.dynamo.table_prefix + name_of_table,
            Key={name: {"S": value} for name, value in keys.items()},
        )

    (mine,), _ = world.room.people.of_worker("A1", None, 9)
    total = world.room.people.summary("A1")

    assert mine.state is StayState.APPROVED
    assert mine.waited_ms is not None
    assert (total.stays, total.submitted, total.by_proto) == (1, 1, {"Dashboard": 1})
    assert total.paid_cents == 5
    assert total.answered_ms is not None
    with pytest.raises(NotFound):
        world.room.people.summary("NOBODY")


def test_held_work__is_listed_as_submitted_before_it_is_decided(world: World) -> None:
    hit = posted(world, review="hold")
    took_part(world, hit, "A1", colour="green")

    (mine,), _ = world.room.people.of_worker("A1", None, 9)

    assert mine.state is StayState.SUBMITTED
    assert mine.owed_cents == 5


def test_messages_blocks_and_bonuses__stand_in_the_history_of_each_worker(
    world: World, clock: FakeClock
) -> None:
    hit = posted(world)
    seat = took_part(world, hit, "A1")
    errands = world.room.errands
    errands.ask(ErrandKind.MESSAGE, "sandbox", ["A1", "A2"], "Thanks", "It was a pleasure.")
    clock.advance(1)
    for _ in range(2):
        errands.reward("sandbox", "A1", seat.assignment, 50, "Very good.", "once")
    errands.run()
    world.room.review.pay()

    asked, more = world.room.people.asked_about("A1", None, 9)

    assert more is None
    assert [type(one) for one in asked] == [Payment, Errand]
    assert [one.state for one in asked] == ["paid", "done"]
    assert len(world.room.people.asked_about("A2", None, 9)[0]) == 1
    assert world.room.people.asked_about("A1", None, 1)[1] is not None


def test_payments__are_found_by_state_kind_and_worker__in_pages(
    world: World, clock: FakeClock
) -> None:
    hit = posted(world, wait_pay=0.06)
    for n in range(3):
        seat = arrived(world, hit, f"A{n}")
        for _ in range(4):
            clock.advance(15)
            world.poll(seat)
        handed_in(world, seat)
    world.market.is_broke = True
    world.room.review.run()
    payments = world.room.payments

    def all_of(**wanted: object) -> list[Payment]:
        found: list[Payment] = []
        before = None
        while True:
            page, before = payments.page(Wanted(**wanted), before, 2)  # type: ignore[arg-type]
            found += page
            if before is None:
                return found

    assert len(all_of()) == 6
    assert {p.kind for p in all_of(standing=Standing.PAID)} == {Kind.WORK}
    stuck = all_of(standing=Standing.STUCK)
    assert sorted(p.worker for p in stuck) == ["A0", "A1", "A2"]
    assert all("out of funds" in p.why for p in stuck)
    assert len(all_of(worker="A1")) == len(all_of(proto="Dashboard", worker="A1")) == 2
    with pytest.raises(NotFound):
        payments.page(Wanted("Nobody"), None, 2)


def test_arrival__costs_one_write_more_for_the_history_than_for_the_seat(world: World) -> None:
    hit = posted(world)
    arrived(world, hit, "A1", "3FIRST")

    with measured(world.dynamo) as first_ever:
        arrived(world, hit, "A2", "3SECOND")
    world.clock.advance(600)  # type: ignore[attr-defined]
    with measured(world.dynamo) as again:
        arrived(world, hit, "A1", "3THIRD")

    # Assignment, seat, pool's row; the stay with its index; whose turn it is of the worker's seats,
    # which takes what is on record of the worker; a worker's very first: two more.
    assert (again.writes, again.write_units) == (5, first_ever.write_units - 2)
    assert first_ever.writes == 6


def test_page_of_assignments__reads_the_same_however_many_there_are(world: World) -> None:
    costs = []
    hit = posted(world)
    for n in range(9):
        arrived(world, hit, f"A{n}")
        if n in {3, 8}:
            with measured(world.dynamo) as cost:
                world.room.people.of_proto("Dashboard", 0, None, 3)
            costs.append((cost.reads, cost.read_units))

    assert costs[0] == costs[1]


def test_csv__begins_with_what_excel_reads_as_utf_8() -> None:
    assert table(["Größe"], []).encode() == "\ufeffGröße\r\n".encode()


def test_csv__is_no_formula() -> None:
    hostile = ["=1+1", "+1 x", "-2+3", "@SUM(A1)", "\t=1", " =1", "\r=1", "-5", "+49", 'a "b", c']
    hostile += ["＝1+1", "＋1 x", "－2", "＠SUM(A1)", "\u200b=1", "\u3000＝1"]
    (back,) = csv.reader(io.StringIO(table([], [hostile], with_heads=False), newline=""))

    assert back == [
        "'=1+1", "'+1 x", "'-2+3", "'@SUM(A1)", "'\t=1", "' =1", "'\r=1", "-5", "+49", 'a "b", c',
        "'＝1+1", "'＋1 x", "'－2", "'＠SUM(A1)", "'\u200b=1", "'\u3000＝1",
    ]  # fmt: skip
