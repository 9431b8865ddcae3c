"""Throttled, conflicting and lost writes: events and money stay what happened, once each."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest

from chalicelib.marketplace.store.event_tables import OutboxRow
from chalicelib.marketplace.store.tables import AssignmentRow
from tests.integration.faults import Faults, FaultySession, session_of
from tests.integration.market import Market, hit_values, refused
from tests.integration.market_crowd import accept, at_once, sign_in, submit
from tests.integration.test_marketplace_crashes import dies
from tests.integration.test_marketplace_notifications import post_of, told_type

pytestmark = pytest.mark.race


@pytest.fixture
def market(checked_market: Market) -> Market:
    return checked_market


def waiting() -> Counter[str]:
    return Counter(row.event_type for row in OutboxRow.scan(consistent_read=True))


def test_events__under_faults__are_what_happened(market: Market) -> None:
    client = market.client()
    hit_type = told_type(client, f"https://queue.example/{uuid.uuid4().hex}")
    hit_id = post_of(client, hit_type, MaxAssignments=9)
    workers = [sign_in(market) for _ in range(9)]
    faults = Faults(throttle=0.05, conflict=0.05, lost_answer=0.05)

    def work(number: int) -> str:
        taken = accept(market, workers[number], hit_id)
        if number % 3 == 0:
            market.market.work.give_back(workers[number], taken)
            return "returned"
        submit(market, taken)
        client.approve_assignment(AssignmentId=taken)
        return "approved"

    with session_of(market.dynamo, lambda real: FaultySession(real, faults, 7)) as session:
        for number in range(9):
            at_once(1, lambda _, n=number: work(n))
    assert sum(session.injected.values()) > 3

    client.list_assignments_for_hit(HITId=hit_id)
    states = Counter(row.status for row in AssignmentRow.scan(consistent_read=True))
    told = waiting()
    assert told["AssignmentApproved"] == states["Approved"]
    assert told["AssignmentReturned"] == states["Returned"]
    assert told["AssignmentSubmitted"] == states["Approved"] + states["Submitted"]
    assert told["HITCreated"] == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_ends__dying_at_any_write__are_told_once(market: Market, after: bool) -> None:
    client = market.client()
    hit_type = told_type(
        client,
        f"https://queue.example/{uuid.uuid4().hex}",
        AssignmentDurationInSeconds=60,
    )
    for nth in range(1, 9):
        hit_id = post_of(client, hit_type, LifetimeInSeconds=60)
        accept(market, sign_in(market), hit_id)
        for row in OutboxRow.scan(consistent_read=True):
            row.delete()
        market.clock.advance(61)

        # The sending is another test's: here only what is noted counts.
        dies(market, nth, after, market.market.tick.settle_all)
        market.market.tick.settle_all()

        assert waiting() == {"AssignmentAbandoned": 1, "HITExpired": 1, "HITReviewable": 1}


def test_tokens__of_extensions_live_for_a_day(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values(LifetimeInSeconds=200_000))["HIT"]["HITId"]
    values = {
        "HITId": hit_id,
        "NumberOfAdditionalAssignments": 1,
        "UniqueRequestToken": "one",
    }

    client.create_additional_assignments_for_hit(**values)
    market.clock.advance(86_399)
    assert (
        "already been processed"
        in refused(client.create_additional_assignments_for_hit, **values)["Message"]
    )
    market.clock.advance(2)
    client.create_additional_assignments_for_hit(**values)

    assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 5


def test_override__needs_funds_and_finds_those_of_ended_hits(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values(Reward="1000.00", MaxAssignments=1))["HIT"]["HITId"]
    taken = submit(market, accept(market, sign_in(market), hit_id))
    client.reject_assignment(AssignmentId=taken, RequesterFeedback="no")
    # 9,600 of 10,000 are held by eight more
    other = hit_values(Title="other", Reward="1000.00", MaxAssignments=8, LifetimeInSeconds=60)
    client.create_hit(**other)

    error = refused(client.approve_assignment, AssignmentId=taken, OverrideRejection=True)
    assert error["TurkErrorCode"] == "AWS.MechanicalTurk.InsufficientFunds"
    market.clock.advance(61)
    client.approve_assignment(AssignmentId=taken, OverrideRejection=True)

    found = client.get_assignment(AssignmentId=taken)["Assignment"]
    assert found["AssignmentStatus"] == "Approved"


def test_tick_and_worker__at_the_deadline(market: Market) -> None:
    client = market.client()
    values = hit_values(MaxAssignments=1, AssignmentDurationInSeconds=30)
    made = [client.create_hit(**values)["HIT"]["HITId"] for _ in range(4)]
    worker = sign_in(market)
    taken = [accept(market, worker, hit_id) for hit_id in made]
    market.clock.advance(29.8)

    def race(number: int) -> object:
        if number == 6:
            market.clock.advance(0.4)
            return None
        return market.market.tick.run() if number > 3 else submit(market, taken[number])

    at_once(7, race)
    market.clock.advance(1)
    market.market.tick.run()

    states = Counter(row.status for row in AssignmentRow.scan(consistent_read=True))
    assert states["Submitted"] + states["Abandoned"] == 4
