"""Callers that die before or after any of their writes: the next call repairs what they left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.marketplace.api import wire
from chalicelib.marketplace.domain.errors import SubmissionRefused
from chalicelib.marketplace.store.tables import LedgerRow
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.market import INITIAL_CENTS, Market, hit_values
from tests.integration.market_crowd import accept, at_once, sign_in, submit
from tests.integration.market_identities import check_identities

pytestmark = pytest.mark.race


@pytest.fixture
def market(checked_market: Market) -> Market:
    return checked_market


WRITES = range(1, 7)


def dies(market: Market, nth: int, after: bool, call: Callable[[], object]) -> bool:
    """Call, and die at the n-th write; False if there were fewer."""
    try:
        with session_of(market.dynamo, lambda real: KillAt(real, nth, after)):
            call()
    except Killed:
        return True
    return False


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_accept__dying_at_any_write__is_taken_up_again(market: Market, after: bool) -> None:
    client = market.client()
    deaths = 0
    for nth in WRITES:
        hit_id = client.create_hit(**hit_values(MaxAssignments=1))["HIT"]["HITId"]
        worker = sign_in(market)

        deaths += dies(market, nth, after, lambda w=worker, h=hit_id: accept(market, w, h))

        # the same worker gets it, and it is in the queue once
        worker = market.market.sessions.sign_in(worker.name)[1]
        taken = accept(market, worker, hit_id)
        worker = market.market.sessions.sign_in(worker.name)[1]
        queue = market.market.work.queue(worker)
        assert [job.assignment.assignment_id for job in queue] == [taken]
        assert submit(market, taken)
        check_identities(INITIAL_CENTS, market.clock.now_ms())
    # The rate, the id, the queue, the record, the slot.
    assert deaths == 5


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_accept__dying_at_any_write__takes_no_slot_from_others_for_good(
    market: Market, after: bool
) -> None:
    client = market.client()
    for nth in WRITES:
        values = hit_values(MaxAssignments=1, AssignmentDurationInSeconds=60)
        hit_id = client.create_hit(**values)["HIT"]["HITId"]
        dies(market, nth, after, lambda h=hit_id: accept(market, sign_in(market), h))
        market.clock.advance(61)

        assert submit(market, accept(market, sign_in(market), hit_id))

        assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Reviewable"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("repair", ["again", "review", "queue", "deadline"])
def test_submit__dying_at_any_write__is_completed_by_the_next_call(
    market: Market, after: bool, repair: str
) -> None:
    client = market.client()
    deaths = 0
    for nth in WRITES:
        hit_id = client.create_hit(**hit_values(MaxAssignments=1))["HIT"]["HITId"]
        worker = sign_in(market)
        taken = accept(market, worker, hit_id)

        deaths += dies(market, nth, after, lambda t=taken: submit(market, t, "first"))

        listed = client.list_assignments_for_hit(HITId=hit_id)["NumResults"]
        if repair == "again" or not listed:
            results = at_once(1, lambda n, t=taken: submit(market, t, "second"))
            assert results == [SubmissionRefused if listed else taken]
        elif repair == "review":
            client.approve_assignment(AssignmentId=taken)
        elif repair == "queue":
            assert market.market.work.queue(market.market.sessions.sign_in(worker.name)[1]) == []
        else:
            market.clock.advance(601)
            assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Reviewable"
        assert client.list_assignments_for_hit(HITId=hit_id)["NumResults"] == 1
        assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Reviewable"
        check_identities(INITIAL_CENTS, market.clock.now_ms())
    # The answer, the record, the worker's totals, the slot, and how long it took.
    assert deaths == 5


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_return__dying_at_any_write__is_completed_by_the_next_call(
    market: Market, after: bool
) -> None:
    client = market.client()
    for nth in WRITES:
        hit_id = client.create_hit(**hit_values(MaxAssignments=1))["HIT"]["HITId"]
        worker = sign_in(market)
        taken = accept(market, worker, hit_id)

        dies(market, nth, after, lambda w=worker, t=taken: market.market.work.give_back(w, t))

        market.market.work.give_back(worker, taken)
        assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Assignable"
        check_identities(INITIAL_CENTS, market.clock.now_ms())


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_requesters_calls__dying_at_any_write__move_money_once(market: Market, after: bool) -> None:
    account = market.credentials()
    client = market.client(account)
    postings, review = market.market.postings, market.market.review
    for nth in WRITES:
        token = f"t{nth}"
        values = hit_values(UniqueRequestToken=token, MaxAssignments=2)

        # Not through the endpoint: there the death would be the server thread's.
        def create(given: dict[str, Any] = values) -> str:
            made = postings.create(
                account.account_id, wire.type_values(given), wire.hit_values(given)
            )
            return made.hit.hit_id

        dies(market, nth, after, create)
        at_once(1, lambda n, c=create: c())
        newest = client.list_hits(MaxResults=100)["HITs"]
        assert len(newest) == nth
        hit_id = newest[0]["HITId"]
        worker = sign_in(market)
        taken = [submit(market, accept(market, w, hit_id)) for w in (worker, sign_in(market))]
        calls: list[Callable[[], object]] = [
            lambda t=taken: review.approve(account.account_id, t[0], None, False),
            lambda t=taken: review.reject(account.account_id, t[1], "no"),
            lambda t=taken: review.approve(account.account_id, t[1], None, True),
            lambda t=taken, w=worker, k=token: review.send_bonus(
                account.account_id, w.worker_id, t[0], "0.10", "thanks", k
            ),
        ]
        for call in calls:
            dies(market, nth, after, call)
            at_once(1, lambda n, c=call: c())
            check_identities(INITIAL_CENTS, market.clock.now_ms())
        statuses = {
            a["AssignmentStatus"]
            for a in client.list_assignments_for_hit(HITId=hit_id)["Assignments"]
        }
        assert statuses == {"Approved"}
    bonuses = [row for row in LedgerRow.scan() if row.kind == "bonus"]
    assert len(bonuses) == len(WRITES)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_expire_and_delete__dying_at_any_write__give_the_money_back_once(
    market: Market, after: bool
) -> None:
    account = market.credentials()
    client = market.client(account)
    postings = market.market.postings
    for nth in WRITES:
        hit_id = client.create_hit(**hit_values())["HIT"]["HITId"]
        dies(
            market,
            nth,
            after,
            lambda h=hit_id: postings.update_expiration(account.account_id, h, 0),
        )
        client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        dies(market, nth, after, lambda h=hit_id: postings.delete(account.account_id, h))
        at_once(1, lambda n, h=hit_id: postings.delete(account.account_id, h))
        check_identities(INITIAL_CENTS, market.clock.now_ms())
        assert client.get_account_balance()["AvailableBalance"] == "10000.00"
        assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Disposed"
