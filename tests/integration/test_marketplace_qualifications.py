"""Requests, grants, scores and holders over the protocol."""

from __future__ import annotations

import uuid
from typing import Any

from tests.integration.market import Market, refused
from tests.integration.market_crowd import sign_in
from tests.integration.qualifications import ask, make_type, pending

INVALID = "ParameterValidationError"
CODE = "AWS.MechanicalTurk."


def score(client: Any, type_id: str, worker: Any) -> dict[str, Any]:
    answer = client.get_qualification_score(QualificationTypeId=type_id, WorkerId=worker.worker_id)
    held: dict[str, Any] = answer["Qualification"]
    return held


def test_request__is_pending_until_accepted(market: Market, client: Any) -> None:
    type_id, worker = make_type(client), sign_in(market)
    ask(market, worker, type_id)
    (request,) = pending(client, type_id)
    assert (request["WorkerId"], request["QualificationTypeId"]) == (worker.worker_id, type_id)
    assert abs(request["SubmitTime"].timestamp() - market.clock.now_ms() / 1000) < 60
    assert not {"Test", "Answer"} & set(request)
    market.clock.advance(5)

    client.accept_qualification_request(QualificationRequestId=request["QualificationRequestId"])

    held = score(client, type_id, worker)
    assert (held["IntegerValue"], held["Status"]) == (1, "Granted")
    assert held["GrantTime"] > request["SubmitTime"]
    assert "LocaleValue" not in held
    assert pending(client, type_id) == []


def test_accept__takes_a_value_and_counts_once(market: Market, client: Any) -> None:
    type_id, worker = make_type(client), sign_in(market)
    ask(market, worker, type_id)
    request_id = pending(client, type_id)[0]["QualificationRequestId"]

    client.accept_qualification_request(QualificationRequestId=request_id, IntegerValue=-5)

    assert score(client, type_id, worker)["IntegerValue"] == -5
    for call in (client.accept_qualification_request, client.reject_qualification_request):
        error = refused(call, QualificationRequestId=request_id)
        assert error["TurkErrorCode"] == f"{CODE}InvalidQualificationRequestState"
        assert error["Message"].startswith("This operation can be called with a status of: Pending")
    assert score(client, type_id, worker)["IntegerValue"] == -5


def test_reject__leaves_what_is_held(market: Market, client: Any) -> None:
    type_id, worker = make_type(client), sign_in(market)
    ask(market, worker, type_id)
    (request,) = pending(client, type_id)
    client.associate_qualification_with_worker(
        QualificationTypeId=type_id, WorkerId=worker.worker_id, IntegerValue=3
    )
    assert pending(client, type_id) == [request], "a grant does not touch what is pending"

    client.reject_qualification_request(
        QualificationRequestId=request["QualificationRequestId"], Reason="not now"
    )

    assert pending(client, type_id) == []
    assert score(client, type_id, worker)["IntegerValue"] == 3
    standing = market.market.qualification_requests.overview(worker, "", None).held[0]
    assert standing.request is not None
    assert standing.request.reason == "not now"


def test_accept__of_what_was_given_meanwhile_changes_the_value(market: Market, client: Any) -> None:
    type_id, worker = make_type(client), sign_in(market)
    ask(market, worker, type_id)
    request_id = pending(client, type_id)[0]["QualificationRequestId"]
    client.associate_qualification_with_worker(
        QualificationTypeId=type_id, WorkerId=worker.worker_id, IntegerValue=3
    )

    client.accept_qualification_request(QualificationRequestId=request_id, IntegerValue=4)

    assert score(client, type_id, worker)["IntegerValue"] == 4


def test_requests__of_others_do_not_exist(market: Market, client: Any) -> None:
    type_id, worker = make_type(client), sign_in(market)
    ask(market, worker, type_id)
    request_id = pending(client, type_id)[0]["QualificationRequestId"]
    other = market.client()

    for named in (request_id, "3UNKNOWN", "lower case, ä"):
        for name in ("accept_qualification_request", "reject_qualification_request"):
            error = refused(getattr(other, name), QualificationRequestId=named)
            assert error["TurkErrorCode"] == f"{CODE}QualificationRequestDoesNotExist"
            says = f"QualificationRequest {named} does not exist. ("
            assert error["Message"].startswith(says)
    assert other.list_qualification_requests()["NumResults"] == 0
    assert len(pending(client, type_id)) == 1
    error = refused(
        client.reject_qualification_request, QualificationRequestId=request_id, Reason="x" * 1025
    )
    assert error["Error"]["Code"] == INVALID


def test_list_requests__pages_in_the_order_of_submission(market: Market) -> None:
    client = market.client()
    types = [make_type(client) for _ in range(2)]
    asked = []
    for n in range(7):
        worker = sign_in(market)
        ask(market, worker, types[n % 2])
        asked.append((types[n % 2], worker.worker_id))
        market.clock.advance(1)

    def found(**options: Any) -> list[list[tuple[str, str]]]:
        pages = client.get_paginator("list_qualification_requests").paginate(
            **options, PaginationConfig={"PageSize": 3}
        )
        return [
            [(r["QualificationTypeId"], r["WorkerId"]) for r in page["QualificationRequests"]]
            for page in pages
        ]

    assert found() == [asked[:3], asked[3:6], asked[6:], []]
    assert found(QualificationTypeId=types[0]) == [asked[0:6:2], asked[6:], []]


def test_associate__gives_1_unless_told_and_overwrites(market: Market, client: Any) -> None:
    type_id, worker = make_type(client), sign_in(market)
    named = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}

    client.associate_qualification_with_worker(**named)
    assert score(client, type_id, worker)["IntegerValue"] == 1
    client.associate_qualification_with_worker(**named, IntegerValue=0, SendNotification=False)

    assert score(client, type_id, worker)["IntegerValue"] == 0
    holders = client.list_workers_with_qualification_type(QualificationTypeId=type_id)
    assert holders["NumResults"] == 1


def test_associate__refuses_strangers_and_types_of_others(market: Market, client: Any) -> None:
    type_id, worker = make_type(client), sign_in(market)
    call = client.associate_qualification_with_worker

    error = refused(call, QualificationTypeId=type_id, WorkerId="A143STRANGER")
    assert error["Error"]["Code"] == INVALID
    says = 'The value "A143STRANGER" is not valid for the parameter WorkerId. ('
    assert error["Message"].startswith(says)
    assert "TurkErrorCode" not in error
    theirs = make_type(market.client())
    for named, code in (
        (theirs, "PermissionDeniedException"),
        ("00000000000000000040", "PermissionDeniedException"),
        ("3UNKNOWN", "QualificationTypeDoesNotExist"),
    ):
        error = refused(call, QualificationTypeId=named, WorkerId=worker.worker_id)
        assert error["TurkErrorCode"] == f"{CODE}{code}"


def test_disassociate__revokes_and_a_new_grant_has_a_new_time(market: Market, client: Any) -> None:
    type_id, worker = make_type(client), sign_in(market)
    named = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}
    client.associate_qualification_with_worker(**named, IntegerValue=9)
    first = score(client, type_id, worker)["GrantTime"]

    client.disassociate_qualification_from_worker(**named, Reason="too many mistakes")

    revoked = "This operation can be called with a status of: Granted ("
    for call in (client.get_qualification_score, client.disassociate_qualification_from_worker):
        error = refused(call, **named)
        assert error["TurkErrorCode"] == f"{CODE}InvalidQualificationState"
        assert error["Message"].startswith(revoked)
    standing = market.market.qualification_requests.overview(worker, "", None).held[0]
    assert standing.held is not None
    assert (standing.held.status, standing.held.reason) == ("Revoked", "too many mistakes")
    market.clock.advance(10)
    client.associate_qualification_with_worker(**named, IntegerValue=2)
    again = score(client, type_id, worker)
    assert again["IntegerValue"] == 2
    assert (again["GrantTime"] - first).total_seconds() >= 10


def test_score__of_what_was_never_granted_does_not_exist(market: Market, client: Any) -> None:
    type_id, worker = make_type(client), sign_in(market)
    theirs = make_type(market.client())
    says = "You requested a Qualification that does not exist. ("

    for named in (type_id, theirs, "3UNKNOWN", "00000000000000000040"):
        for call in (client.get_qualification_score, client.disassociate_qualification_from_worker):
            error = refused(call, QualificationTypeId=named, WorkerId=worker.worker_id)
            assert error["TurkErrorCode"] == f"{CODE}QualificationDoesNotExist"
            assert error["Message"].startswith(says)


def test_score__is_for_the_types_owner_only(market: Market, client: Any) -> None:
    type_id, worker = make_type(client), sign_in(market)
    named = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}
    client.associate_qualification_with_worker(**named)

    error = refused(market.client().get_qualification_score, **named)

    assert error["TurkErrorCode"] == f"{CODE}QualificationDoesNotExist"


def test_holders__are_listed_by_status_in_pages(market: Market, client: Any) -> None:
    type_id = make_type(client)
    workers = [sign_in(market) for _ in range(7)]
    for n, worker in enumerate(workers):
        named = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}
        client.associate_qualification_with_worker(**named, IntegerValue=n)
        market.clock.advance(1)
    for worker in workers[:2]:
        client.disassociate_qualification_from_worker(
            QualificationTypeId=type_id, WorkerId=worker.worker_id
        )

    def found(**options: Any) -> list[list[tuple[str, int, str]]]:
        pages = client.get_paginator("list_workers_with_qualification_type").paginate(
            QualificationTypeId=type_id, **options, PaginationConfig={"PageSize": 2}
        )
        return [
            [(q["WorkerId"], q["IntegerValue"], q["Status"]) for q in page["Qualifications"]]
            for page in pages
        ]

    ids = [worker.worker_id for worker in workers]
    granted = [(ids[n], n, "Granted") for n in range(2, 7)]
    revoked = [(ids[n], n, "Revoked") for n in range(2)]
    assert found() == found(Status="Granted") == [granted[:2], granted[2:4], granted[4:], []]
    assert found(Status="Revoked") == [revoked, []]


def test_delete_type__rejects_what_is_pending_and_leaves_what_is_held(
    market: Market, client: Any
) -> None:
    type_id, holder = make_type(client), sign_in(market)
    askers = [sign_in(market) for _ in range(3)]
    named = {"QualificationTypeId": type_id, "WorkerId": holder.worker_id}
    client.associate_qualification_with_worker(**named, IntegerValue=8)
    for worker in askers:
        ask(market, worker, type_id)
    request_id = pending(client, type_id)[0]["QualificationRequestId"]

    client.delete_qualification_type(QualificationTypeId=type_id)

    assert client.list_qualification_requests()["NumResults"] == 0
    error = refused(client.accept_qualification_request, QualificationRequestId=request_id)
    assert error["TurkErrorCode"] == f"{CODE}InvalidQualificationRequestState"
    assert score(client, type_id, holder)["IntegerValue"] == 8
    error = refused(client.associate_qualification_with_worker, **named)
    assert error["TurkErrorCode"] == f"{CODE}QualificationTypeDoesNotExist"
    client.disassociate_qualification_from_worker(**named)


def test_automatic_type__grants_at_once(market: Market, client: Any) -> None:
    plain = make_type(client, AutoGranted=True)
    valued = make_type(client, AutoGranted=True, AutoGrantedValue=40)
    worker = sign_in(market)

    for type_id, value in ((plain, 1), (valued, 40)):
        ask(market, worker, type_id)
        assert score(client, type_id, worker)["IntegerValue"] == value
        assert pending(client, type_id) == []


def test_names__of_workers_and_types_are_checked_by_the_model(client: Any) -> None:
    error = refused(
        client.get_qualification_score, QualificationTypeId="3a", WorkerId=uuid.uuid4().hex
    )

    assert error["Error"]["Code"] == INVALID
