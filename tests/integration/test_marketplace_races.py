"""Many at once, on the real engine: nothing is given twice, nothing is lost."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from chalicelib.marketplace.domain.errors import (
    Ended,
    NoneLeft,
    SubmissionRefused,
    TooMany,
)
from tests.integration.faults import Gates, session_of
from tests.integration.market import Market, counters, hit_values, post
from tests.integration.market_crowd import accept, at_once, sign_in, submit
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.race


@pytest.fixture
def market(checked_market: Market) -> Market:
    return checked_market


def test_accept__of_a_hundred_gives_the_last_ten_slots_once(market: Market) -> None:
    client = market.client()
    hit_id = client.create_hit(**hit_values(MaxAssignments=15))["HIT"]["HITId"]
    for _ in range(3):
        submit(market, accept(market, sign_in(market), hit_id))
    for _ in range(2):
        accept(market, sign_in(market), hit_id)
    workers = [sign_in(market) for _ in range(100)]

    results = at_once(100, lambda n: accept(market, workers[n], hit_id))

    ids = [r for r in results if isinstance(r, str)]
    assert len(set(ids)) == len(ids) == 10
    assert Counter(r for r in results if not isinstance(r, str)) == {NoneLeft: 90}
    assert counters(client, hit_id) == ("Unassignable", 12, 0, 0)
    assert set(at_once(10, lambda n: submit(market, ids[n]))) == set(ids)
    assert counters(client, hit_id) == ("Unassignable", 2, 0, 0)


def test_accept_any__of_a_hundred_gives_ten_hits_to_ten(market: Market) -> None:
    client = market.client()
    made = {post(client, Title="one", MaxAssignments=1) for _ in range(10)}
    workers = [sign_in(market) for _ in range(100)]
    hit_type = market.market.listing.type_of(
        client.get_hit(HITId=next(iter(made)))["HIT"]["HITTypeId"]
    )

    def accept_any(number: int) -> object:
        job = market.market.work.accept_any(workers[number], hit_type)
        return job.assignment.hit_id

    results = at_once(100, accept_any)

    assert {r for r in results if isinstance(r, str)} == made
    assert Counter(r for r in results if not isinstance(r, str)) == {NoneLeft: 90}


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

    # The same form again is success, and so is giving back again.
    assert set(results) in ({taken, Ended}, {"returned", SubmissionRefused})


@pytest.mark.parametrize("by", ["expiry", "requester"])
def test_accept__that_is_late_takes_no_slot_whose_money_went_back(market: Market, by: str) -> None:
    client = market.client()
    hit_id = post(client, LifetimeInSeconds=60)
    worker = sign_in(market)
    outcome: list[object] = []

    def late() -> None:
        try:
            outcome.append(accept(market, worker, hit_id))
        except NoneLeft:
            outcome.append(NoneLeft)

    with session_of(market.dynamo, Gates) as gates:
        gates.hold("late", 4)  # the id, the queue and the record are written, the slot is not
        thread = threading.Thread(target=late, name="late")
        thread.start()
        assert gates.reached("late", 4)
        if by == "expiry":
            market.clock.advance(61)
            market.market.tick.run()
        else:
            client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        gates.let_go("late", 4)
        thread.join(PATIENCE_S)

    assert outcome == [NoneLeft]
    assert counters(client, hit_id) == ("Reviewable", 0, 0, 0)
    assert client.get_account_balance()["OnHoldBalance"] == "0.00"
    # opened again, there is room and money for it
    later = market.clock.now_ms() / 1000 + 600
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=later)
    assert submit(market, accept(market, worker, hit_id))
