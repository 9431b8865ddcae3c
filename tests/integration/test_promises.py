"""What a page promises and what is paid is what the HIT that was taken promised, whatever the
ProtoHIT says by then."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api.worker_routes import page_of_hit, page_state
from chalicelib.retainer.domain.payments import Kind
from chalicelib.retainer.store.submissions import DynamoSubmissions
from tests.integration.paying import all_payments
from tests.integration.studying import arrived, handed_in, posted
from tests.integration.world import PROTO, World

OLD: dict[str, Any] = {
    "reward": 0.05, "max_wait": 300, "assignment_duration": 600, "wait_pay": 0.06,
    "quick_bonus": 0.03, "quick_within": 2, "check_every": 120,
}  # fmt: skip
NEW: dict[str, Any] = {
    "reward": 0.50, "max_wait": 60, "assignment_duration": 3600, "wait_pay": 0.60,
    "quick_bonus": 0.30, "quick_within": 60, "check_every": 60,
}  # fmt: skip


@pytest.mark.parametrize("came", ["before the change", "after it"])
def test_promises__are_those_of_the_hit_that_was_taken(
    world: World, clock: FakeClock, came: str
) -> None:
    hit = posted(world, **OLD)
    before = page_of_hit(world.room.pages.of_hit(hit))
    seat = arrived(world, hit, "A1") if came == "before the change" else None
    world.put_proto(**NEW)
    world.room.sizing.run()
    seat = seat or arrived(world, hit, "A1")
    clock.advance(30)
    state = page_state(world.poll(seat))

    assert page_of_hit(world.room.pages.of_hit(hit)) == before
    assert (before["reward"], before["waitMax"], before["checkEvery"]) == ("0.05", 300_000, 120_000)
    assert (state["reward"], state["waitMax"]) == ("0.05", 300_000)
    assert (state["pay"]["rate"], state["pay"]["most"]) == ("0.06", "0.30")
    assert state["check"]["dueIn"] == 90_000
    assert seat.due_ms == seat.arrived_ms + 600_000
    handed_in(world, seat, retainer="waited")
    world.room.review.run()
    paid = {p.kind: p.cents for p in all_payments()}
    assert paid == {Kind.WORK: 5, Kind.BONUS: 3}


def test_held_work__is_approved_when_its_own_hit_said(world: World, clock: FakeClock) -> None:
    hit = posted(world, **OLD, review="hold", auto_approval_delay=3600)
    seat = arrived(world, hit, "A1")
    world.put_proto(**NEW, review="hold", auto_approval_delay=7200)
    handed_in(world, seat, answer="yes")
    submitted_ms = clock.now_ms()
    world.room.review.run()

    held = DynamoSubmissions().held(seat.assignment)
    assert held is not None
    assert held.approves_ms - submitted_ms == 3_600_000


def test_hit_that_was_planned_before_a_change__is_posted_as_it_is_on_record(
    world: World,
) -> None:
    """The process died between the two; the next run posts it."""
    world.put_proto(**OLD)
    world.room.sizing.run()
    proto = world.room.reservations.proto("Dashboard")
    asked: list[tuple[int, int]] = []
    world.market.on_open = lambda given: asked.append((given.reward_cents, given.max_wait))
    poster = world.room.sizing._sizer._poster  # the one that sizing runs have
    planned = poster.plan(proto, 1)
    world.put_proto(**NEW)
    poster.complete(planned, world.room.reservations.proto("Dashboard"))

    assert asked == [(5, 300)]


def test_hits_of_the_version_before__promise_what_is_known_of_them(world: World) -> None:
    """Their record has the reward and the pay, but no durations: those are today's."""
    world.put_proto(**{**PROTO, **OLD})
    hit = world.post_hit()
    world.put_proto(**NEW)

    page = page_of_hit(world.room.pages.of_hit(hit))
    assert page["waitMax"] == 60_000
