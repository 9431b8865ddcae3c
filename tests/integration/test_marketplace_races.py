"""Many at once, and callers that die between any two writes, on the real engine."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.marketplace.api import wire
from chalicelib.marketplace.domain.errors import (
    Ended,
    MarketplaceError,
    NoneLeft,
    SubmissionRefused,
    TooMany,
)
from chalicelib.marketplace.store.tables import LedgerRow
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.market import Market, hit_values, running_market
from tests.integration.market_identities import check_identities

pytestmark = pytest.mark.race
INITIAL = 1_000_000


@pytest.fixture
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint) as running:
        yield running
        check_identities(INITIAL, running.clock.now_ms())


def at_once(count: int, call: Callable[[int], object]) -> list[object]:
    """Call from many threads at the same moment; what each returned, or the error's class."""
    barrier = threading.Barrier(count)
    results: list[object] = [None] * count

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = call(number)
        except MarketplaceError as error:
            results[number] = type(error)
        except ClientError as error:
            results[number] = error.response["TurkErrorCode"].rpartition(".")[2]

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def sign_in(market: Market, name: str = "") -> Any:
    return market.market.sessions.sign_in(name or uuid.uuid4().hex)[1]


def accept(market: Market, worker: Any, hit_id: str) -> str:
    return market.market.work.accept(worker, hit_id).assignment.assignment_id


def submit(market: Market, assignment_id: str, text: str = "1") -> str:
    fields = [("assignmentId", assignment_id), ("a", text)]
    return market.market.submissions.submit(fields).assignment_id


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
        check_identities(INITIAL, market.clock.now_ms())
    # The id, the queue, the record, the slot.
    assert deaths == 4


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
        check_identities(INITIAL, market.clock.now_ms())
    # The answer, the record, the worker's totals, and the slot, first tried as not the last.
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
        check_identities(INITIAL, market.clock.now_ms())


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
            check_identities(INITIAL, market.clock.now_ms())
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
        check_identities(INITIAL, market.clock.now_ms())
        assert client.get_account_balance()["AvailableBalance"] == "10000.00"
        assert client.get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Disposed"
