"""Many at once, on the real engine: nothing is given twice, nothing is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from chalicelib.marketplace.domain.errors import (
    Ended,
    NoneLeft,
    SubmissionRefused,
    TooMany,
)
from chalicelib.marketplace.store.tables import LedgerRow
from tests.integration.market import Market, hit_values, running_market
from tests.integration.market_crowd import accept, at_once, sign_in, submit
from tests.integration.market_identities import check_identities

pytestmark = pytest.mark.race
INITIAL = 1_000_000


@pytest.fixture
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint) as running:
        yield running
        check_identities(INITIAL, running.clock.now_ms())


def test_accept__gives_the_last_slots_once(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values(MaxAssignments=9))["HIT"]["HITId"]
    workers = [sign_in(market) for _ in range(40)]

    results = at_once(40, lambda n: accept(market, workers[n], hit_id))

    ids = [r for r in results if isinstance(r, str)]
    assert len(set(ids)) == len(ids) == 9
    assert Counter(r for r in results if not isinstance(r, str)) == {NoneLeft: 31}
    assert client.get_hit(HITId=hit_id)["HIT"]["NumberOfAssignmentsPending"] == 9


def test_accept__of_one_worker_many_times_is_one_assignment(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values(MaxAssignments=9))["HIT"]["HITId"]
    worker = sign_in(market)

    results = at_once(12, lambda n: accept(market, worker, hit_id))

    assert len(set(results)) == 1
    assert client.get_hit(HITId=hit_id)["HIT"]["NumberOfAssignmentsPending"] == 1
    assert submit(market, str(results[0]))


def test_accept__of_one_worker_stops_at_25(market: Market) -> None:
    client = market.client()
    made = [client.create_hit(**hit_values(Title=f"t{n}"))["HIT"]["HITId"] for n in range(32)]
    worker = sign_in(market)

    results = at_once(32, lambda n: accept(market, worker, made[n]))

    assert Counter(r for r in results if not isinstance(r, str)) == {TooMany: 7}


def test_accept_return_submit__in_disorder_never_exceeds_the_slots(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values(MaxAssignments=8))["HIT"]["HITId"]
    workers = [sign_in(market) for _ in range(24)]

    def work(number: int) -> str:
        taken = accept(market, workers[number], hit_id)
        if number % 3 == 0:
            market.market.work.give_back(workers[number], taken)
            return "returned"
        return submit(market, taken)

    at_once(24, work)

    listed = client.list_assignments_for_hit(HITId=hit_id, MaxResults=100)["NumResults"]
    hit = client.get_hit(HITId=hit_id)["HIT"]
    assert listed <= 8
    assert hit["NumberOfAssignmentsAvailable"] + hit["NumberOfAssignmentsPending"] == 8 - listed


def test_submit__twice_at_once_counts_once(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values())["HIT"]["HITId"]
    taken = accept(market, sign_in(market), hit_id)

    results = at_once(8, lambda n: submit(market, taken, str(n)))

    winner = results.index(taken)
    assert Counter(results) == {taken: 1, SubmissionRefused: 7}
    (found,) = client.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    assert f"<FreeText>{winner}</FreeText>" in found["Answer"]


def test_submit__against_the_deadline(market: Market) -> None:
    client = market.client()
    hits = [
        client.create_hit(
            **hit_values(Title=f"t{n}", MaxAssignments=1, AssignmentDurationInSeconds=30)
        )["HIT"]["HITId"]
        for n in range(12)
    ]
    first = sign_in(market)
    taken = [accept(market, first, hit_id) for hit_id in hits]
    others = [sign_in(market) for _ in hits]

    def race(number: int) -> object:
        if number == 24:
            market.clock.advance(30.2)
            return None
        if number < 12:
            return submit(market, taken[number])
        return accept(market, others[number - 12], hits[number - 12])

    results = at_once(25, race)

    for n in range(12):
        given = [r for r in (results[n], results[n + 12]) if isinstance(r, str)]
        assert len(given) <= 1


def test_submit__against_return(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values())["HIT"]["HITId"]
    worker = sign_in(market)
    taken = accept(market, worker, hit_id)

    results = at_once(
        8,
        lambda n: (
            submit(market, taken)
            if n % 2
            else market.market.work.give_back(worker, taken) or "returned"
        ),
    )

    outcomes = set(results)
    assert outcomes in ({taken, SubmissionRefused, Ended}, {"returned", SubmissionRefused})


def test_approve_and_reject__at_once_decide_once(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values(AutoApprovalDelayInSeconds=3600))["HIT"]["HITId"]
    taken = submit(market, accept(market, sign_in(market), hit_id))

    results = at_once(
        8,
        lambda n: (
            (
                client.approve_assignment(AssignmentId=taken)
                if n % 2
                else client.reject_assignment(AssignmentId=taken, RequesterFeedback="no")
            )
            and "done"
        ),
    )

    assert Counter(results) == {"done": 1, "InvalidAssignmentState": 7}


def test_approve__against_automatic_approval(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values(AutoApprovalDelayInSeconds=60))["HIT"]["HITId"]
    taken = submit(market, accept(market, sign_in(market), hit_id))
    market.clock.advance(60)

    at_once(
        8,
        lambda n: (
            client.approve_assignment(AssignmentId=taken) if n % 2 else client.get_hit(HITId=hit_id)
        ),
    )

    found = client.get_assignment(AssignmentId=taken)["Assignment"]
    assert found["AssignmentStatus"] == "Approved"
    assert found["ApprovalTime"] == found["AutoApprovalTime"]


def test_bonus__with_one_token_is_paid_once(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values())["HIT"]["HITId"]
    worker = sign_in(market)
    taken = submit(market, accept(market, worker, hit_id))

    results = at_once(
        8,
        lambda n: (
            client.send_bonus(
                WorkerId=worker.worker_id,
                AssignmentId=taken,
                BonusAmount="1.00",
                Reason="thanks",
                UniqueRequestToken="one",
            )
            and "paid"
        ),
    )

    assert Counter(results) == {"paid": 1, "IdempotencyTokenAlreadyProcessed": 7}
    kinds = Counter(row.kind for row in LedgerRow.scan())
    assert kinds == {"deposit": 1, "bonus": 1}


def test_create_hit__with_one_token_is_one_hit(market: Market) -> None:
    client = market.client()

    results = at_once(
        8, lambda n: client.create_hit(**hit_values(UniqueRequestToken="one"))["HIT"]["HITId"]
    )

    assert results.count("HitAlreadyExists") == 7
    assert client.list_hits()["NumResults"] == 1


def test_create_hit__never_holds_more_than_there_is(market: Market) -> None:
    client = market.client()

    results = at_once(
        8,
        lambda n: client.create_hit(**hit_values(Title=f"t{n}", Reward="1000.00"))["HIT"]["HITId"],
    )

    # each holds 3 x 1,200 of 10,000
    assert results.count("InsufficientFunds") == 6
