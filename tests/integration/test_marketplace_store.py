"""Conditions of single writes that races seldom meet: each played step by step."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from chalicelib.kit.clock import SystemClock
from chalicelib.marketplace.api import pages
from chalicelib.marketplace.domain.assignments import Assignment, AssignmentStatus
from chalicelib.marketplace.domain.hits import Hit, Pending, Taking
from chalicelib.marketplace.domain.ports import Refused
from chalicelib.marketplace.services.listing import Listing
from chalicelib.marketplace.services.work_times import WorkTimes
from chalicelib.marketplace.store.assignments import DynamoAssignments
from chalicelib.marketplace.store.hits import DynamoHits
from chalicelib.marketplace.store.slots import DynamoSlots
from chalicelib.marketplace.store.work_times import DynamoWorkTimes
from tests.integration.market import Market, hit_values


@pytest.fixture
def hit(market: Market) -> Hit:
    created = market.client().create_hit(**hit_values())["HIT"]
    found = DynamoHits().find_hit(created["HITId"])
    assert found is not None
    return found


def wish(hit: Hit, slot: Pending, now_ms: int) -> Assignment:
    return Assignment(
        slot.assignment_id,
        hit.hit_id,
        "AWORKER",
        hit.account_id,
        hit.hit_type_id,
        AssignmentStatus.ACCEPTED,
        now_ms,
        slot.deadline_ms,
    )


def test_take_slot__leaves_a_slot_that_the_worker_holds(market: Market, hit: Hit) -> None:
    slots, now_ms = DynamoSlots(), market.clock.now_ms()
    first = Pending("3FIRST", now_ms + 60_000)

    def take(slot: Pending) -> Taking:
        return slots.take_slot(wish(hit, slot, now_ms), now_ms)

    assert take(first) is Taking.TAKEN
    assert take(first) is Taking.HELD
    assert take(Pending("3SECOND", now_ms)) is Taking.NONE_LEFT

    slots.drop_slot(hit.hit_id, "AWORKER", "3SECOND")
    after = DynamoHits().find_hit(hit.hit_id)
    assert after is not None
    assert after.pending == {"AWORKER": first}


def test_fill_slot__counts_once(market: Market, hit: Hit) -> None:
    slots, now_ms = DynamoSlots(), market.clock.now_ms()
    slots.take_slot(wish(hit, Pending("3FIRST", now_ms), now_ms), now_ms)

    for _ in range(3):
        slots.fill_slot(hit.hit_id, "AWORKER", "3FIRST", now_ms, now_ms)

    after = DynamoHits().find_hit(hit.hit_id)
    assert after is not None
    assert (after.room, after.pending) == (2, {})


def test_hit__is_left_alone__when_it_changed_since_it_was_read(market: Market, hit: Hit) -> None:
    now_ms = market.clock.now_ms()
    slot = Pending("3FIRST", now_ms + 60_000)
    DynamoSlots().take_slot(wish(hit, slot, now_ms), now_ms)
    hits = DynamoHits()

    assert not hits.delete_hit(hit, now_ms)
    assert not hits.release_slots(hit, 0, settled=True)
    with pytest.raises(Refused, match="hit"):
        hits.change_expiry(hit, now_ms, 0, None)
    hits.set_first_due(hit, 1)

    after = hits.find_hit(hit.hit_id)
    assert after == replace(hit, pending={"AWORKER": slot}, version=hit.version + 1)


def test_submit__is_refused_after_the_deadline_by_the_write_itself(
    market: Market, hit: Hit
) -> None:
    worker = market.market.sessions.sign_in(uuid.uuid4().hex)[1]
    taken = market.market.work.accept(worker, hit.hit_id).assignment
    late = replace(
        taken,
        submit_ms=taken.deadline_ms + 1,
        auto_approval_ms=taken.deadline_ms + 2,
        answer_key="late",
    )

    assert not DynamoAssignments().submit(late)
    in_time = replace(late, submit_ms=taken.deadline_ms, answer_key="in time")
    assert DynamoAssignments().submit(in_time)
    # a lost answer to this very write is a success, another attempt is not
    assert DynamoAssignments().submit(in_time)
    assert not DynamoAssignments().submit(late)


def test_thanks_page__holds_its_script_together() -> None:
    body, _ = pages.thanks("</script><script>alert(1)</script>", "https://x/</script>")

    assert body.count("</script") == 1


def test_preview__does_not_depend_on_how_long_it_takes(market: Market, hit: Hit) -> None:
    class Slow(SystemClock):
        """Every look at it is a second later than the last."""

        ahead_ms = 0

        def now_ms(self) -> int:
            self.ahead_ms += 1000
            return market.clock.now_ms() + self.ahead_ms

    there = market.market
    times = WorkTimes(DynamoWorkTimes(), Slow())
    listing = Listing(there.stores, there.qualifying, there.questions, Slow(), times)
    worker = market.market.sessions.sign_in("slow")[1]

    assert listing.preview(worker, hit.hit_type_id).group.hit.hit_id
