"""ProtoHITs as the admin console has them: searched, checked, changed, put away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api import admin_wire
from chalicelib.retainer.domain.errors import Conflict
from chalicelib.retainer.domain.ports import ProtoHitStore
from chalicelib.retainer.domain.postings import PostingStage
from chalicelib.retainer.domain.protohits import ProtoHit
from chalicelib.retainer.services.protohits import ProtoHits
from chalicelib.retainer.store.protohits import DynamoProtoHits
from tests.integration.test_api import PROTO
from tests.integration.world import PROTO as SPEC
from tests.integration.world import World

DAY_S = 86_400


@pytest.fixture
def room(world: World) -> ProtoHits:
    world.put_proto()
    return world.room.protohits


def ids(room: ProtoHits, search: str = "", state: str = "", market: str = "") -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        page, cursor = room.page(search, state, market, cursor, 2)
        found += [p.hit_type_id for p in page]
        if cursor is None:
            return found


def test_page__finds_by_words_state_and_market__to_its_end(world: World, room: ProtoHits) -> None:
    for n in range(5):
        world.put_proto(hit_type_id=f"Soup {n}", title="Which SOUP?", keywords="hot")
    world.put_proto(hit_type_id="Real", sandbox=False)
    world.room.reservations.set_stopped("Soup 3", True)

    assert ids(room) == ["Dashboard", "Real", *(f"Soup {n}" for n in range(5))]
    assert ids(room, "soup") == [f"Soup {n}" for n in range(5)]
    assert ids(room, "HOT", "stopped") == ["Soup 3"]
    assert ids(room, market="production") == ["Real"]


def test_check__tells_all_that_is_wrong_by_field__and_saves_nothing(room: ProtoHits) -> None:
    checked = room.check({
        "hit_type_id": "!", "title": "", "reward": "0.001", "max_wait": 880,
        "serviceLevel": 2, "frame_height": "tall", "page": {"accent": "red"}, "extra": 1,
    })  # fmt: skip

    assert {e.field for e in checked.wrong} == {
        "hit_type_id", "title", "description", "url", "reward", "max_wait", "serviceLevel",
        "frame_height", "page.accent", "extra",
    }  # fmt: skip
    assert checked.cost is None
    assert ids(room) == ["Dashboard"]


def test_check__reckons_what_it_costs(room: ProtoHits) -> None:
    # The fake market takes a cent for an assignment of five cents, and a fifth of a bonus.
    spec = {
        **SPEC, "hit_type_id": "New", "max_wait": 300, "wait_pay": 0.02, "quick_bonus": 0.03,
        "standing": True, "readyFor": 2,
    }  # fmt: skip
    checked = room.check(spec)
    cost = checked.cost

    assert (checked.wrong, checked.taken) == ([], False)
    assert cost is not None
    fee = cost.fee
    # Five minutes at two cents a minute on top of the reward; twelve such waits an hour.
    assert cost.stay_ms == 300_000
    assert cost.worker_hour == 12 * (5 + 10)
    assert cost.vain >= 5 + fee + 10
    assert cost.place_hour == 12 * cost.vain
    assert cost.called >= 5 + fee + 3
    assert cost.workers > 0
    assert cost.rest_hour == cost.workers * cost.place_hour
    assert "model" in cost.why
    still = room.check({**spec, "standing": False}).cost
    assert still is not None
    assert (still.workers, still.rest_hour) == (0, 0)


def test_check__knows_a_taken_id_and_a_market_that_is_not_configured(room: ProtoHits) -> None:
    assert room.check(SPEC).taken
    (wrong,) = room.check({**SPEC, "hit_type_id": "New", "sandbox": False}).wrong
    assert (wrong.field, wrong.code) == ("sandbox", "unknown_market")


def test_new__does_not_replace_one_that_is_there(world: World, room: ProtoHits) -> None:
    put = world.room.reservations.put_proto

    with pytest.raises(Conflict) as refused:
        put({**SPEC, "title": "Another"}, new=True)

    assert (refused.value.code, refused.value.field) == ("exists", "hit_type_id")
    assert world.room.reservations.proto("Dashboard").title == SPEC["title"]
    assert put({**SPEC, "hit_type_id": "Other"}, new=True).hit_type_id == "Other"


class Interrupted:
    """A store in which something else happens just before each change of a ProtoHIT."""

    def __init__(self, store: ProtoHitStore, meanwhile: Callable[[], object]) -> None:
        self._store = store
        self._meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def change(self, proto: ProtoHit, *, market: bool, start: bool) -> ProtoHit:
        self._meanwhile()
        return self._store.change(proto, market=market, start=start)


def test_edit__leaves_a_stop_and_a_switch_of_the_same_moment_alone(world: World) -> None:
    world.put_proto()
    store = DynamoProtoHits()

    def stop_and_switch() -> None:
        store.set_stopped("Dashboard", True)
        store.set_sandbox("Dashboard", False)

    world.room.reservations._protos = Interrupted(store, stop_and_switch)
    world.put_proto(title="Edited")

    now = store.find("Dashboard")
    assert now is not None
    assert (now.title, now.stopped, now.sandbox) == ("Edited", True, False)


def test_archive__is_refused_while_anything_is_under_way__and_says_what(
    world: World, room: ProtoHits
) -> None:
    hit = world.post_hit(seats=2)
    reservation = world.make()

    with pytest.raises(Conflict) as refused:
        room.archive("Dashboard")
    assert refused.value.code == "in_use"
    assert "posting is not stopped" in refused.value.message
    assert "1 HIT not reviewed to the end" in refused.value.message
    assert "1 reservation not done" in refused.value.message

    world.room.reservations.set_stopped("Dashboard", True)
    world.room.reservations.finish(reservation)
    with pytest.raises(Conflict):
        room.archive("Dashboard")
    posting = world.postings.by_hit(hit)
    assert posting is not None
    world.postings.set_stage(posting, PostingStage.SETTLED)
    room.archive("Dashboard")
    assert ids(room) == []
    assert ids(room, state="archived") == ["Dashboard"]
    room.archive("Dashboard")  # asked again, it is done


def test_archived__takes_no_reservations_and_is_not_listed__until_it_is_restored(
    world: World, room: ProtoHits
) -> None:
    reservations = world.room.reservations
    old = world.make()
    reservations.finish(old)
    reservations.set_stopped("Dashboard", True)
    room.archive("Dashboard")

    with pytest.raises(Conflict, match="archived"):
        world.make()
    with pytest.raises(Conflict, match="archived"):
        reservations.set_stopped("Dashboard", False)
    reservations.set_stopped(None, False)  # starting all does not start what is put away
    assert reservations.proto("Dashboard").stopped
    assert reservations.protos() == []
    # What was made of it is still on record, and its costs are still told.
    assert [r.id for r, _ in reservations.page(None, None, 25)[0]] == [old]
    assert world.room.costs.report("Dashboard", "", "").rows == ()

    room.restore("Dashboard")
    assert [p.stopped for p in reservations.protos()] == [True]
    reservations.set_stopped("Dashboard", False)
    assert world.make()


def test_puttask__brings_an_archived_one_back_into_service(world: World, room: ProtoHits) -> None:
    world.room.reservations.set_stopped("Dashboard", True)
    room.archive("Dashboard")

    world.put_proto()

    (back,) = world.room.reservations.protos()
    assert (back.archived_ms, back.stopped) == (None, False)


def test_runs__leave_alone_what_was_archived_two_days_ago(world: World, room: ProtoHits) -> None:
    assert isinstance(world.clock, FakeClock)
    world.room.reservations.set_stopped("Dashboard", True)
    room.archive("Dashboard")
    # Its last day's money counts for the caps on the account.
    assert len(world.room.sizing.run()) == 1
    world.clock.advance(2 * DAY_S + 1)

    assert world.room.sizing.run() == []


def test_look__has_every_field__what_is_out__and_what_it_costs(room: ProtoHits) -> None:
    shown = admin_wire.looked(room.look("Dashboard"))

    assert shown["market"] == "sandbox"
    assert shown["out"] == {"hit": None, "hits": 0, "free": 0, "taken": 0, "committed": "0.00"}
    assert shown["cost"]["called"]
    assert set(PROTO) <= set(shown["spec"])
