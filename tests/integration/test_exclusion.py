"""People who took part in one ProtoHIT are kept out of another: at the market, at the door, and
before a call; they can hand in all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.mturk.qualifications import absent_requirement
from chalicelib.retainer.api.worker_routes import page_state
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.protohits import parse
from chalicelib.retainer.domain.reservations import Policy
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.services.people import StayState
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.studying import answered, arrived, handed_in, posted, took_part
from tests.integration.world import PROTO, World


@pytest.fixture
def hits(world: World) -> tuple[str, str]:
    """Two studies out: *First*, and *Second*, which keeps the people of the first one out."""
    return posted(world, "First"), posted(world, "Second", exclude=["First"])


def is_called(world: World, seat: Seat) -> bool:
    world.invoked(1, hit_type=seat.proto)
    return world.poll(seat).task is not None


def test_whoever_handed_in__waits_for_nothing__and_is_paid_the_reward(
    world: World, hits: tuple[str, str]
) -> None:
    first, second = hits
    took_part(world, first, "A1")

    seat = arrived(world, second, "A1")
    state = page_state(world.poll(seat))

    assert seat.excluded
    assert (state["excluded"], state["waitOver"], state["start"]) == (True, True, False)
    assert not is_called(world, seat)
    handed_in(world, seat)
    world.room.review.run()
    (record, _), _ = world.room.people.of_worker("A1", None, 9)
    assert (record.stay.proto, record.state, record.paid_cents) == ("Second", StayState.APPROVED, 5)


def test_others__are_called_as_ever(world: World, hits: tuple[str, str]) -> None:
    took_part(world, hits[0], "A1")

    assert is_called(world, arrived(world, hits[1], "A2"))


def test_an_answered_call__counts_at_once__handed_in_or_not(
    world: World, clock: FakeClock, hits: tuple[str, str]
) -> None:
    first, second = hits
    seat = arrived(world, first, "A1")
    answered(world, seat)

    assert arrived(world, second, "A1").excluded

    # And it goes on to count when the seat is gone: a run has recorded it.
    clock.advance(3600)
    world.room.parts.run()
    forget(world, seat)
    assert arrived(world, second, "A1", "3LATER").excluded


def forget(world: World, seat: Seat) -> None:
    client: Any = world.dynamo.client
    key = {"proto": {"S": seat.proto}, "seat": {"S": seat.seat_id}}
    client.delete_item(TableName=f"{world.dynamo.table_prefix}seats", Key=key)


def test_waiting_in_vain__or_a_call_that_was_not_answered__is_no_part(
    world: World, clock: FakeClock, hits: tuple[str, str]
) -> None:
    first, second = hits
    vain = arrived(world, first, "A1")
    handed_in(world, vain)
    called = arrived(world, first, "A2")
    assert is_called(world, called)
    world.working(called)
    clock.advance(60)
    world.room.review.run()
    clock.advance(3600)
    world.room.parts.run()

    assert not arrived(world, second, "A1").excluded
    assert not arrived(world, second, "A2").excluded


def test_surplus_of_an_over_recruited_call__is_no_part(world: World, hits: tuple[str, str]) -> None:
    first, second = hits
    quick, slow = arrived(world, first, "A1"), arrived(world, first, "A2")
    world.invoked(1, hit_type="First", policy=Policy.FIRST)
    for seat in (quick, slow):
        assert world.poll(seat).task is not None
        world.working(seat)
    world.working(quick, ack=True)
    world.poll(slow)

    assert arrived(world, second, "A1").excluded
    assert not arrived(world, second, "A2").excluded


def test_protohit_may_count_everybody_who_arrives(world: World) -> None:
    first = posted(world, "First", took_part="arrived")
    second = posted(world, "Second", exclude="First")
    arrived(world, first, "A1")

    assert arrived(world, second, "A1").excluded


def test_once_each__is_excluding_oneself__and_a_reload_is_no_second_time(
    world: World, clock: FakeClock
) -> None:
    hit = posted(world, "First", exclude=["First"])
    seat = arrived(world, hit, "A1")
    reservation = answered(world, seat)

    assert arrived(world, hit, "A1").reservation == reservation
    handed_in(world, seat)
    world.room.review.run()
    assert arrived(world, hit, "A1", "3AGAIN").excluded


def test_taking_part_elsewhere__ends_the_page_that_stands_behind(
    world: World, clock: FakeClock
) -> None:
    """Both HITs are accepted before either calls: the second one does not call any more."""
    first = posted(world, "First")
    second = posted(world, "Second", exclude=["First"], wait_pay=0.60)
    there, here = arrived(world, first, "A1"), arrived(world, second, "A1")
    assert not here.excluded
    answered(world, there)
    clock.advance(20)
    assert not is_called(world, here)
    handed_in(world, there)
    world.room.review.run()

    assert not is_called(world, here)
    state = page_state(world.poll(world.now_of(here)))
    assert (state["excluded"], state["waitOver"]) == (True, True)


def test_the_market_is_told__once__and_by_a_later_run_if_one_dies(
    world: World, hits: tuple[str, str]
) -> None:
    took_part(world, hits[0], "A1")
    took_part(world, hits[1], "A2")
    world.market.is_away = True
    assert world.room.parts.run() == 0
    world.market.is_away = False
    with (
        session_of(world.dynamo, lambda real: KillAt(real, 1, after=False)),
        pytest.raises(Killed),
    ):
        world.room.parts.run()

    assert world.room.parts.run() == 1
    assert world.room.parts.run() == 0
    # Nobody is kept out of anything because of the second study.
    assert world.market.took_part == {("A1", "First")}


def test_those_who_took_part_before_it_was_excluded__are_kept_out_as_well(world: World) -> None:
    first = posted(world, "First")
    took_part(world, first, "A1")
    world.room.parts.run()
    assert world.market.took_part == set()

    posted(world, "Second", exclude=["First"])
    world.room.parts.run()

    assert world.market.took_part == {("A1", "First")}


def test_shared_pool__sends_nobody_to_work_that_keeps_others_out(world: World) -> None:
    for name, more in (("Zero", {}), ("First", {}), ("Second", {"exclude": ["Zero"]})):
        world.put_proto(hit_type_id=name, pool="ours", **more)
    wants = {n: world.room.reservations.proto(n).conditions for n in ("First", "Second")}

    assert wants["Second"].covers(wants["First"])
    assert not wants["First"].covers(wants["Second"])
    assert type(wants["Second"]).of_text(wants["Second"].to_text()) == wants["Second"]


@pytest.mark.parametrize(
    ("exclude", "code"),
    [
        (["Nobody"], "unknown_hit_type"), ([1], "wrong_type"), ({"a": 1}, "wrong_type"),
        (["?"], "malformed_id"), ([f"P{n}" for n in range(9)], "out_of_range"),
    ],
)  # fmt: skip
def test_exclusions__are_checked(world: World, exclude: Any, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        world.put_proto(exclude=exclude)

    assert refused.value.code == code


def test_exclusions__survive_being_stored() -> None:
    proto = parse({**PROTO, "exclude": "B, A", "took_part": "arrived", "keep_days": 30})

    assert proto.exclude == ("A", "B")
    assert type(proto).from_dict(proto.to_dict()) == proto
    assert replace(proto, exclude=()).conditions.excludes == ()
    assert absent_requirement("3TYPE")["ActionsGuarded"] == "DiscoverPreviewAndAccept"
