"""The list of reservations as the dashboard reads it: what is open, by pages, with every slot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api import wire
from local.stack import Ports, Stack, StackOptions, running_stack
from tests.integration.paying import open_pool
from tests.integration.test_api import PROTO, Api
from tests.integration.test_budgets import measured
from tests.integration.world import World


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(StackOptions(ports=Ports(), speed=0)) as running:
        yield running


@pytest.fixture
def api(stack: Stack) -> Api:
    return Api(stack.api)


def slots(world: World, reservation: str) -> list[dict[str, Any]]:
    ledger = world.ledger(reservation)
    return wire.slots(ledger, world.room.results.slots_of(ledger), world.clock.now_ms())


def pages(world: World, hit_type: str | None, limit: int) -> list[list[str]]:
    found: list[list[str]] = []
    cursor = None
    while True:
        page, cursor = world.room.reservations.open_page(hit_type, cursor, limit)
        found.append([str(r.foreign_id) for r, _ in page])
        if cursor is None:
            return found


def test_slot__goes_from_claimed_to_paid(world: World, clock: FakeClock) -> None:
    hit = open_pool(world)
    reservation = world.invoked(1)
    seat = world.seat("A1", hit=hit)
    states = []

    def note() -> None:
        states.append([s["state"] for s in slots(world, reservation)])

    world.poll(seat)
    note()
    world.working(seat)
    note()
    world.working(seat, ack=True)
    note()
    world.market.hand_in("A1", seat.assignment, hit, clock.now_ms(), a="x")
    world.put_proto(review="hold")
    world.room.review.run()
    note()
    world.room.decisions.decide(seat.assignment, "approve", "")
    world.room.review.run()
    note()

    assert states == [["claimed"], ["shown"], ["acknowledged"], ["submitted"], ["paid"]]
    (slot,) = slots(world, reservation)
    assert "answers" not in slot


def test_claim_that_nobody_answers__is_late__then_released_and_counted(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    reservation = world.invoked(1)
    world.poll(world.seat("A1"))
    clock.advance(6)
    assert [s["state"] for s in slots(world, reservation)] == ["late"]

    world.poll(world.seat("A2"))

    assert [s["worker"] for s in slots(world, reservation)] == ["A2"]
    assert world.ledger(reservation).released == 1


def test_open_pages__have_what_runs_first__then_what_is_due_soonest__and_nothing_done(
    world: World, clock: FakeClock
) -> None:
    for name in ("Dashboard", "Other"):
        world.put_proto(hit_type_id=name)
    for n, delay in enumerate((900, 600)):
        world.make(1, foreign_id=f"later {n}", delay_s=delay)
    world.make(1, foreign_id="elsewhere", hit_type="Other")
    for n in range(3):
        clock.advance(1)
        world.invoked(1, foreign_id=f"running {n}")
    world.room.reservations.finish(world.invoked(1, foreign_id="over"))

    everything = ["running 2", "running 1", "running 0", "later 1", "later 0", "elsewhere"]
    assert pages(world, None, 10) == [everything]
    assert [x for page in pages(world, None, 2) for x in page] == everything
    assert pages(world, "Dashboard", 3) == [everything[:3], everything[3:5]]


def test_open_page__goes_on_from_a_reservation_that_was_finished_meanwhile(
    world: World, clock: FakeClock
) -> None:
    world.put_proto()
    for n in range(3):
        clock.advance(1)
        world.invoked(1, foreign_id=n)
    page, cursor = world.room.reservations.open_page("Dashboard", None, 1)
    world.room.reservations.finish(page[0][0].id)

    following, _ = world.room.reservations.open_page("Dashboard", cursor, 5)

    assert [r.foreign_id for r, _ in following] == [1, 0]


@pytest.mark.parametrize("made", [10, 60])
def test_open_page__costs_by_its_own_length__not_by_what_is_on_record(
    world: World, made: int
) -> None:
    world.put_proto()
    for n in range(made):
        reservation = world.invoked(1, foreign_id=n)
        if n % 2:
            world.room.reservations.finish(reservation)

    with measured(world.dynamo) as cost:
        page, _ = world.room.reservations.open_page("Dashboard", None, 5)

    assert len(page) == 5
    assert cost.writes == 0
    assert cost.read_units <= 6


def test_list__gives_open_ones_with_their_slots__over_http(api: Api) -> None:
    api.form("puttask", json=json.dumps(PROTO))
    for n in range(3):
        made = api.form(
            "reservation/make", hitType="Dashboard", foreignID=n, delay=60, numAssignments=2
        )
    api.form("reservation/finish", id=made.text)

    first = api.get("retainer/reservation/list?hitType=Dashboard&open=true&slots=true&limit=1")
    cursor = first.headers["x-next-cursor"]
    rest = api.get(f"retainer/reservation/list?hitType=Dashboard&open=true&cursor={cursor}")

    assert [r["foreignID"] for r in first.json + rest.json] == [0, 1]
    (row,) = first.json
    assert (row["slots"], row["called"], row["released"]) == ([], 2, 0)
    assert "slots" not in rest.json[0]


def test_status__over_http(api: Api) -> None:
    api.form("puttask", json=json.dumps({**PROTO, "hit_type_id": "Watched"}))

    found = api.get("retainer/status?hitType=Watched&full=true").json
    assert found["focus"]["hitType"] == "Watched"
    assert found["focus"]["sizing"] is None
    assert found["ahead"]["next"]["why"].startswith("0 wanted")
    assert found["money"]["owed"]["total"] == "0.00"
    assert "sandbox" in found["markets"]
    # The run that `make` has started may come in between.
    for _ in range(20):
        again = api.get(f"retainer/status?hitType=Watched&full=true&since={found['version']}").json
        if again.get("unchanged"):
            break
        found = again
    assert again.keys() == {"version", "now", "unchanged"}
    assert api.get("retainer/status?hitType=None").code == "unknown_hit_type"
