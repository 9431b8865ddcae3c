"""Qualifications under races, and callers that die before or after any of their writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.marketplace.api import wire
from chalicelib.marketplace.domain.qualification_errors import NoOpenTest, QualificationHeld
from chalicelib.marketplace.domain.qualifications import Asking
from chalicelib.marketplace.services.qualification_requests import Standing
from chalicelib.marketplace.services.qualification_types import TypeGiven
from chalicelib.marketplace.store.qualification_tables import (
    QualificationRequestRow,
    QualificationRow,
    QualificationTypeRow,
    TypeNameRow,
)
from chalicelib.marketplace.store.tables import AnswerRow
from chalicelib.mturk import answers
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.market import Market, hit_values, post, running_market
from tests.integration.market_crowd import at_once, sign_in
from tests.integration.qualifications import KEY, KEYED, TEST, ask, make_type, needing, pending

pytestmark = pytest.mark.race
MANY = 8
WRITES = range(1, 7)
ENDS = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])


@pytest.fixture
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint) as running:
        yield running
        check_grants()


def check_grants() -> None:
    """Assert that a granted request has its qualification, and that names have one type."""
    held = {(row.qualification_type_id, row.worker_id) for row in QualificationRow.scan()}
    for row in QualificationRequestRow.scan():
        key = (row.qualification_type_id, row.worker_id)
        assert row.state != "Granted" or key in held
        assert (row.pending_ms is not None) == (row.state == "Pending")
    owned = {
        (row.account_id, row.name): row.qualification_type_id
        for row in QualificationTypeRow.scan()
        if not row.deleted
    }
    named = {
        (row.account_id, row.name): row.qualification_type_id
        for row in TypeNameRow.scan()
        if row.qualification_type_id is not None
    }
    assert owned == named


def dies(market: Market, nth: int, after: bool, call: Callable[[], object]) -> bool:
    """Call, and die at the n-th write; False if there were fewer."""
    try:
        with session_of(market.dynamo, lambda real: KillAt(real, nth, after)):
            call()
    except Killed:
        return True
    return False


def test_requests_at_once__are_one(market: Market) -> None:
    client = market.client()
    type_id, worker = make_type(client), sign_in(market)

    results = at_once(MANY, lambda n: ask(market, worker, type_id))

    found = [r for r in results if isinstance(r, Standing) and r.request is not None]
    assert len(found) == MANY
    assert len({standing.request.request_id for standing in found if standing.request}) == 1
    assert len(pending(client, type_id)) == 1


def test_requests_at_once__of_an_automatic_type_grant_once(market: Market) -> None:
    client = market.client()
    type_id, worker = make_type(client, AutoGranted=True), sign_in(market)

    results = at_once(MANY, lambda n: ask(market, worker, type_id))

    granted = [r for r in results if isinstance(r, Standing)]
    assert len(granted) == 1
    assert [r for r in results if r is not granted[0]] == [QualificationHeld] * (MANY - 1)


def test_tests_opened_at_once__have_one_deadline(market: Market) -> None:
    type_id, worker = make_type(market.client(), **KEYED), sign_in(market)

    results = at_once(MANY, lambda n: ask(market, worker, type_id))

    deadlines = {r.request.deadline_ms for r in results if isinstance(r, Standing) and r.request}
    assert len(deadlines) == 1


def test_tests_handed_in_at_once__count_once(market: Market) -> None:
    client = market.client()
    type_id, worker = make_type(client, **KEYED), sign_in(market)
    ask(market, worker, type_id)
    requests = market.market.qualification_requests
    fruit = ["apples", "pears"]

    results = at_once(
        MANY,
        lambda n: requests.hand_in(worker, type_id, [("q1", "D"), ("q2", fruit[n % 2])]),
    )

    assert sum(isinstance(r, Standing) for r in results) == 1
    assert results.count(NoOpenTest) == MANY - 1
    row = QualificationRequestRow.get(type_id, worker.worker_id)
    kept = answers.parse(AnswerRow.get(row.answer).text)
    held = client.get_qualification_score(QualificationTypeId=type_id, WorkerId=worker.worker_id)
    expected = {"apples": 100, "pears": 33}[kept["fruit"][0]]
    assert held["Qualification"]["IntegerValue"] == expected


def test_decisions_at_once__count_once(market: Market) -> None:
    account = market.credentials()
    client = market.client(account)
    type_id, worker = make_type(client), sign_in(market)
    ask(market, worker, type_id)
    request_id = pending(client, type_id)[0]["QualificationRequestId"]

    def decide(n: int) -> str:
        if n % 2:
            client.reject_qualification_request(QualificationRequestId=request_id)
            return "rejected"
        client.accept_qualification_request(QualificationRequestId=request_id, IntegerValue=n)
        return "accepted"

    results = Counter(str(r) for r in at_once(MANY, decide))

    assert results["InvalidQualificationRequestState"] == MANY - 1
    holders = client.list_workers_with_qualification_type(QualificationTypeId=type_id)
    assert holders["NumResults"] == results["accepted"]
    assert results["accepted"] + results["rejected"] == 1


def test_grants_at_once__leave_one(market: Market) -> None:
    client = market.client()
    type_id, worker = make_type(client), sign_in(market)
    named = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}

    at_once(MANY, lambda n: client.associate_qualification_with_worker(**named, IntegerValue=n))

    holders = client.list_workers_with_qualification_type(QualificationTypeId=type_id)
    assert holders["NumResults"] == 1
    held = client.get_qualification_score(**named)["Qualification"]
    assert held["IntegerValue"] in range(MANY)


def test_types_of_one_name_at_once__are_one(market: Market) -> None:
    client = market.client()

    results = at_once(MANY, lambda n: make_type(client, Name="French"))

    assert results.count("QualificationTypeAlreadyExists") == MANY - 1
    owned = {"MustBeRequestable": True, "MustBeOwnedByCaller": True}
    assert client.list_qualification_types(**owned)["NumResults"] == 1


def test_updates_at_once__are_all_there(market: Market) -> None:
    client = market.client()
    type_id = make_type(client)
    changes: list[dict[str, Any]] = [
        {"Description": "new"},
        {"RetryDelayInSeconds": 5},
        {"AutoGrantedValue": 4},
        {"AutoGranted": True},
        {"QualificationTypeStatus": "Inactive"},
    ]

    at_once(
        len(changes),
        lambda n: client.update_qualification_type(QualificationTypeId=type_id, **changes[n]),
    )

    kind = client.get_qualification_type(QualificationTypeId=type_id)["QualificationType"]
    assert {**kind, **{k: v for change in changes for k, v in change.items()}} == kind


def test_request_and_deletion_at_once__leave_nothing_pending(market: Market) -> None:
    client = market.client()
    for _ in range(4):
        type_id = make_type(client)
        workers = [sign_in(market) for _ in range(MANY)]

        def run(n: int, t: str = type_id, w: list[Any] = workers) -> object:
            if n == 0:
                return client.delete_qualification_type(QualificationTypeId=t)
            return ask(market, w[n], t)

        at_once(MANY, run)

        assert client.list_qualification_requests()["NumResults"] == 0


@ENDS
def test_request__dying_at_any_write__is_made_by_the_next(market: Market, after: bool) -> None:
    client = market.client()
    kinds = (({}, "pending"), ({"AutoGranted": True}, "held"), (KEYED, "open"))
    for changes, state in kinds:
        deaths = 0
        for nth in WRITES:
            type_id, worker = make_type(client, **changes), sign_in(market)

            deaths += dies(market, nth, after, lambda t=type_id, w=worker: ask(market, w, t))

            results = at_once(1, lambda n, t=type_id, w=worker: ask(market, w, t))
            assert results == [QualificationHeld] or (
                isinstance(results[0], Standing) and results[0].asking is Asking(state)
            )
            assert len(pending(client, type_id)) == (state == "pending")
            check_grants()
        # The id, and the record with its grant.
        assert deaths == 2


@ENDS
def test_hand_in__dying_at_any_write__counts_once(market: Market, after: bool) -> None:
    client = market.client()
    requests = market.market.qualification_requests
    deaths = 0
    for nth in WRITES:
        type_id, worker = make_type(client, **KEYED), sign_in(market)
        ask(market, worker, type_id)
        right = [("q1", "D"), ("q2", "apples")]
        wrong = [("q1", "C"), ("q2", "pears")]

        died = dies(
            market, nth, after, lambda t=type_id, w=worker, f=right: requests.hand_in(w, t, f)
        )

        at_once(1, lambda n, t=type_id, w=worker, f=wrong: requests.hand_in(w, t, f))
        named = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}
        value = client.get_qualification_score(**named)["Qualification"]["IntegerValue"]
        committed = not died or (after and nth == 2)
        assert value == (100 if committed else 0)
        check_grants()
        deaths += died
    # The answer, and the record with its grant.
    assert deaths == 2


@ENDS
def test_owners_calls__dying_at_any_write__are_done_by_the_next(
    market: Market, after: bool
) -> None:
    account = market.credentials()
    client = market.client(account)
    owner, kinds = market.market.qualifications, market.market.qualification_types
    me = account.account_id
    for nth in WRITES:
        given = TypeGiven(
            name=f"t{nth}", description="d", test=TEST, answer_key=KEY, test_duration_s=60
        )
        dies(market, nth, after, lambda g=given: kinds.create(me, g))
        at_once(1, lambda n, g=given: kinds.create(me, g))
        type_id = make_type(client)
        workers = [sign_in(market) for _ in range(3)]
        for worker in workers:
            ask(market, worker, type_id)
        one, two, _ = [r["QualificationRequestId"] for r in pending(client, type_id)]
        calls: list[Callable[[], object]] = [
            lambda r=one: owner.accept(me, r, 5),
            lambda r=two: owner.reject(me, r, "no"),
            lambda t=type_id: kinds.update(me, t, TypeGiven(description="new")),
            lambda t=type_id, w=workers[2]: owner.grant(me, t, w.worker_id, 2),
            lambda t=type_id, w=workers[2]: owner.revoke(me, t, w.worker_id, None),
            lambda t=type_id: kinds.delete(me, t),
        ]
        for call in calls:
            dies(market, nth, after, call)
            at_once(1, lambda n, c=call: c())
            check_grants()
        assert client.list_qualification_requests()["NumResults"] == 0
        held = QualificationRow.query(type_id)
        assert sorted((q.status, q.value) for q in held) == [("Granted", 5), ("Revoked", 2)]
    owned = {"MustBeRequestable": False, "MustBeOwnedByCaller": True}
    listed = client.list_qualification_types(**owned)["QualificationTypes"]
    assert [kind["Name"] for kind in listed] == [f"t{nth}" for nth in WRITES]


@ENDS
def test_deletion__dying_at_any_write__leaves_nothing_to_decide(
    market: Market, after: bool
) -> None:
    account = market.credentials()
    client = market.client(account)
    kinds = market.market.qualification_types
    for nth in range(1, 5):
        type_id = make_type(client)
        for _ in range(3):
            ask(market, sign_in(market), type_id)

        died = dies(market, nth, after, lambda t=type_id: kinds.delete(account.account_id, t))

        assert died
        # nobody deletes it again; what is left is seen as what it is
        left = client.list_qualification_requests()["NumResults"]
        assert left == (3 if nth == 1 and not after else 0)
        if left:
            kinds.delete(account.account_id, type_id)


@ENDS
def test_create_hit__dying_at_any_write__never_hides_a_hit(market: Market, after: bool) -> None:
    client = market.client()
    for nth in range(1, 5):
        types = [make_type(client), make_type(client)]
        died = False
        with session_of(market.dynamo, lambda real, n=nth: KillAt(real, n, after)):
            try:
                market.market.postings.create_type(_account_of(types[0]), _type_values(types))
            except Killed:
                died = True
        assert died == (nth <= 3)

        hit_id = post(client, Title="fixed", **needing(*types))

        for type_id in types:
            listed = client.list_hits_for_qualification_type(QualificationTypeId=type_id)
            assert [hit["HITId"] for hit in listed["HITs"]] == [hit_id]


def _account_of(type_id: str) -> str:
    return str(QualificationTypeRow.get(type_id).account_id)


def _type_values(types: list[str]) -> Any:
    return wire.type_values(hit_values(Title="fixed", **needing(*types)))
