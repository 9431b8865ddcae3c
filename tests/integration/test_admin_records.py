"""Reservations and HITs as the admin console has them: searched, and HITs taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.errors import Conflict, NotFound
from chalicelib.retainer.domain.payments import Kind, Payment, gift_id
from chalicelib.retainer.domain.postings import Posting, PostingStage
from chalicelib.retainer.services import reservation_search
from chalicelib.retainer.services.reservation_search import State
from tests.integration.world import World

Page = Callable[[str | None], tuple[Sequence[Any], str | None]]


def to_its_end(page: Page) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    while True:
        rows, cursor = page(cursor)
        found += rows
        if cursor is None:
            return found


def searched(
    world: World, q: str = "", of: str | None = None, state: State | None = None
) -> list[str]:
    search = world.room.reservation_search
    rows = to_its_end(lambda cursor: search.page(q, of, state, cursor, 2))
    return [str(reservation.foreign_id) for reservation, _ in rows]


@pytest.fixture
def five(world: World) -> dict[str, str]:
    """Five reservations, each in a state of its own; `soup` is the youngest."""
    world.put_proto()
    world.put_proto(hit_type_id="Other", title="Which soup?")
    assert isinstance(world.clock, FakeClock)
    made = {}
    for name in ("done", "cancelled", "running", "reserved", "soup"):
        more = {"hit_type": "Other"} if name == "soup" else {}
        made[name] = world.make(foreign_id=name, **more)
        world.clock.advance(1)
    world.room.reservations.finish(made["done"])
    world.room.reservations.finish(made["cancelled"], cancelled=True)
    world.room.reservations.invoke(made["running"])
    return made


def test_search__by_words_id_protohit_and_state(world: World, five: dict[str, str]) -> None:
    assert searched(world) == ["soup", "reserved", "running", "cancelled", "done"]
    assert searched(world, "RESER") == ["reserved"]
    assert searched(world, "which soup") == ["soup"]
    assert searched(world, five["done"]) == ["done"]
    assert searched(world, of="Other") == ["soup"]
    assert searched(world, state=State.DONE) == ["done"]
    assert searched(world, state=State.CANCELLED) == ["cancelled"]
    assert searched(world, state=State.RUNNING) == ["running"]
    assert set(searched(world, state=State.RESERVED)) == {"reserved", "soup"}
    with pytest.raises(NotFound):
        searched(world, of="Nobody")


def test_search__looks_at_a_bounded_number_and_goes_on_by_its_cursor(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put_proto()
    needle = world.make(foreign_id="needle")
    for number in range(30):
        world.clock.sleep(0.001)
        world.make(foreign_id=number)
    monkeypatch.setattr(reservation_search, "PAGE", 10)
    monkeypatch.setattr(reservation_search, "LOOKED_AT", 10)
    search = world.room.reservation_search

    rows, cursor = search.page("needle", None, None, None, 25)

    assert (rows, cursor is None) == ([], False)
    found = to_its_end(lambda at: search.page("needle", None, None, at, 25))
    assert [reservation.id for reservation, _ in found] == [needle]


def hits_of(world: World, state: str = "", of: str | None = None) -> list[str | None]:
    rows = to_its_end(lambda cursor: world.room.hits.page(of, state, cursor, 2))
    return [posting.hit for posting in rows]


def posting_of(world: World, hit: str) -> Posting:
    found = world.postings.by_hit(hit)
    assert found is not None
    return found


def test_hits__of_all_protohits_by_state__newest_first(world: World) -> None:
    assert isinstance(world.clock, FakeClock)
    world.put_proto()
    world.put_proto(hit_type_id="Other")
    for number in range(6):
        world.post_hit("Other" if number % 2 else "Dashboard", hit=f"H{number}")
        world.clock.advance(1)
    world.postings.set_stage(posting_of(world, "H0"), PostingStage.SETTLED)
    world.postings.set_stage(posting_of(world, "H1"), PostingStage.CLOSED)

    assert hits_of(world) == ["H5", "H4", "H3", "H2", "H1", "H0"]
    assert hits_of(world, "out") == ["H5", "H4", "H3", "H2"]
    assert hits_of(world, "closed") == ["H1"]
    assert hits_of(world, "past") == ["H0"]
    assert hits_of(world, of="Other") == ["H5", "H3", "H1"]


def test_expire__takes_a_hit_back_by_a_sizing_run__and_another_comes_while_one_is_wanted(
    world: World,
) -> None:
    assert isinstance(world.clock, FakeClock)
    world.put_proto()
    world.make(2)
    world.room.sizing.run()
    (out,) = world.postings.live("Dashboard")
    assert out.hit is not None
    world.clock.advance(1)

    world.room.hits.expire(out.hit)
    assert world.starter.started[-1] == (
        "size_pools", {"hitType": "Dashboard", "reason": "expire"},
    )  # fmt: skip
    assert posting_of(world, out.hit).closing
    assert posting_of(world, out.hit).stage is PostingStage.OPEN
    world.room.sizing.run("Dashboard", "expire")

    assert posting_of(world, out.hit).stage is PostingStage.CLOSED
    assert [p.open for p in world.market.postings.values()] == [False, True]
    assert len(hits_of(world, "out")) == 1
    with pytest.raises(Conflict) as refused:
        world.room.hits.expire(out.hit)
    assert refused.value.code == "not_out"
    with pytest.raises(NotFound):
        world.room.hits.expire("H404")


def test_expire__is_made_good_by_a_later_run_where_the_market_was_away(world: World) -> None:
    assert isinstance(world.clock, FakeClock)
    world.put_proto()
    world.make(2)
    world.room.sizing.run()
    (out,) = world.postings.live("Dashboard")
    assert out.hit is not None
    world.room.hits.expire(out.hit)
    world.market.is_away = True
    world.room.sizing.run("Dashboard", "expire")
    assert posting_of(world, out.hit).stage is PostingStage.OPEN

    world.market.is_away = False
    world.clock.advance(60)
    world.room.sizing.run()

    assert posting_of(world, out.hit).stage is PostingStage.CLOSED


def test_expire_all__takes_back_those_of_one_protohit(world: World) -> None:
    world.put_proto(max_assignments=1)
    world.put_proto(hit_type_id="Other", max_assignments=1)
    world.make(3)
    world.make(2, hit_type="Other")
    world.room.sizing.run()
    assert len(hits_of(world, "out")) == 5

    assert world.room.hits.expire_all("Dashboard") == 3
    world.room.reservations.set_stopped("Dashboard", True)
    world.room.sizing.run("Dashboard", "expire")

    assert hits_of(world, "out", "Dashboard") == []
    assert len(hits_of(world, "out", "Other")) == 2
    assert world.room.hits.expire_all("Dashboard") == 0


def test_delete_past__spares_what_is_out_and_what_is_owed_for(world: World) -> None:
    world.put_proto(max_assignments=1)
    world.make(2)
    world.room.sizing.run()
    out, done = world.postings.live("Dashboard")
    assert done.hit is not None
    world.market.close(done.hit)
    world.postings.set_stage(done, PostingStage.SETTLED)
    owed = world.payments.owe(
        Payment(
            id=gift_id("first"),
            kind=Kind.GIFT,
            proto="Dashboard",
            market="sandbox",
            worker="A1",
            assignment="3A1",
            hit=done.hit,
            owed_ms=world.clock.now_ms(),
            quick_cents=5,
        )
    )

    assert world.room.hits.delete_past("Dashboard") == 0
    assert world.payments.complete(owed, world.clock.now_ms())
    assert world.room.hits.delete_past("Dashboard") == 1

    assert world.market.deleted == {done.hit}
    assert out.hit not in world.market.deleted
    assert world.room.hits.delete_past("Dashboard") == 0
    with pytest.raises(NotFound):
        world.room.hits.delete_past("Nothing")
