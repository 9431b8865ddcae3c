"""What workers are told when a requester has decided something, once and only if it is so."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.marketplace.store.contact_tables import MessageRow
from tests.integration.market import Market, post
from tests.integration.market_crowd import accept, at_once, sign_in, submit
from tests.integration.qualifications import ask, make_type, pending
from tests.integration.test_marketplace_crashes import WRITES, dies

ENDS = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
CHECKED_POLICY = {
    "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
    "Parameters": [
        {"Key": "AnswerKey", "MapEntries": [{"Key": "a", "Values": ["right"]}]},
        {"Key": "RejectIfKnownAnswerScoreIsLessThan", "Values": ["100"]},
        {"Key": "RejectReason", "Values": ["The known answer was wrong."]},
    ],
}


@pytest.fixture
def client(market: Market) -> Any:
    return market.client(market.credentials("Lab"))


def told(market: Market, worker: Any) -> list[tuple[str, str]]:
    """Subjects and texts, the oldest first."""
    found = market.market.contact.inbox(worker, None, 100)
    return [(m.subject, m.text) for _, m in reversed(found)]


def grant(client: Any, type_id: str, worker: Any, **more: Any) -> None:
    client.associate_qualification_with_worker(
        QualificationTypeId=type_id, WorkerId=worker.worker_id, **more
    )


def test_grant__is_told_unless_the_requester_says_otherwise(market: Market, client: Any) -> None:
    type_id = make_type(client, Name="Reads Dutch")
    worker, other = sign_in(market), sign_in(market)

    grant(client, type_id, worker, IntegerValue=7)
    grant(client, type_id, other, SendNotification=False)

    ((subject, text),) = told(market, worker)
    assert subject == "You now hold “Reads Dutch”"
    assert text == "Lab has given you the qualification “Reads Dutch”. Your score is 7."
    ((_, message),) = market.market.contact.inbox(worker, None, 10)
    assert message.qualification_type_id == type_id
    assert told(market, other) == []


def test_grant__again_is_told_only_if_it_is_news(market: Market, client: Any) -> None:
    type_id, worker = make_type(client, Name="Reads Danish"), sign_in(market)

    for value in (1, 1, 5, 5):
        market.clock.advance(1)
        grant(client, type_id, worker, IntegerValue=value)
    grant(client, type_id, worker, IntegerValue=9, SendNotification=False)

    assert [subject for subject, _ in told(market, worker)] == [
        "You now hold “Reads Danish”",
        "Your score for “Reads Danish” has changed",
    ]
    assert told(market, worker)[1][1].endswith("from 1 to 5.")


def test_revocation__is_told_with_its_reason__and_a_new_grant_too(
    market: Market, client: Any
) -> None:
    type_id, worker = make_type(client, Name="Reads Czech"), sign_in(market)
    named = {"QualificationTypeId": type_id, "WorkerId": worker.worker_id}
    grant(client, type_id, worker, SendNotification=False)

    client.disassociate_qualification_from_worker(**named, Reason="Too many slips.")
    market.clock.advance(1)
    grant(client, type_id, worker)
    market.clock.advance(1)
    client.disassociate_qualification_from_worker(**named)

    (first, text), (second, _), (third, plain) = told(market, worker)
    assert first == third == "You no longer hold “Reads Czech”"
    assert text.endswith("\n\nLab writes: Too many slips.")
    assert "writes" not in plain
    assert second == "You now hold “Reads Czech”"


def test_decisions_on_requests__are_told_with_the_reason(market: Market, client: Any) -> None:
    type_id = make_type(client, Name="Reads Greek")
    granted, refused, without = sign_in(market), sign_in(market), sign_in(market)
    for worker in (granted, refused, without):
        ask(market, worker, type_id)
    found = {r["WorkerId"]: r["QualificationRequestId"] for r in pending(client, type_id)}

    client.accept_qualification_request(
        QualificationRequestId=found[granted.worker_id], IntegerValue=80
    )
    client.reject_qualification_request(
        QualificationRequestId=found[refused.worker_id], Reason="Native speakers only, sorry."
    )
    client.reject_qualification_request(QualificationRequestId=found[without.worker_id])

    ((subject, text),) = told(market, granted)
    assert subject == "You now hold “Reads Greek”"
    assert "granted your request" in text
    assert text.endswith("Your score is 80.")
    ((subject, text),) = told(market, refused)
    assert subject == "Your request for “Reads Greek” was not granted"
    assert text.endswith("\n\nLab writes: Native speakers only, sorry.")
    ((_, text),) = told(market, without)
    assert "writes" not in text


def test_what_workers_do_themselves__is_not_told(market: Market, client: Any) -> None:
    worker = sign_in(market)

    ask(market, worker, make_type(client, AutoGranted=True))

    assert told(market, worker) == []


def test_deletion_of_a_type__is_told_to_who_asked_for_it(market: Market, client: Any) -> None:
    type_id = make_type(client, Name="Reads Latin")
    asked, holds = sign_in(market), sign_in(market)
    ask(market, asked, type_id)
    grant(client, type_id, holds, SendNotification=False)

    for _ in range(2):
        client.delete_qualification_type(QualificationTypeId=type_id)

    assert [subject for subject, _ in told(market, asked)] == ["“Reads Latin” is no longer offered"]
    assert told(market, holds) == []


def test_bonus_and_rejection__are_told_with_the_requesters_words(
    market: Market, client: Any
) -> None:
    worker = sign_in(market)
    work = submit(market, accept(market, worker, post(client, Title="Describe pictures")))

    client.reject_assignment(AssignmentId=work, RequesterFeedback="All in capitals.")
    market.clock.advance(1)
    client.approve_assignment(
        AssignmentId=work, RequesterFeedback="Mended, thank you.", OverrideRejection=True
    )
    market.clock.advance(1)
    client.send_bonus(
        WorkerId=worker.worker_id, AssignmentId=work, BonusAmount="1.5", Reason="Very thorough"
    )

    assert told(market, worker) == [
        (
            "Not approved: Describe pictures",
            "Lab has rejected what you submitted for “Describe pictures”."
            "\n\nLab writes: All in capitals.",
        ),
        (
            "Approved after all: Describe pictures",
            "Lab has taken back the rejection of your work on “Describe pictures” and approved "
            "it. You have earned $0.05.\n\nLab writes: Mended, thank you.",
        ),
        (
            "A bonus of $1.50",
            "Lab has paid you a bonus of $1.50 for “Describe pictures”."
            "\n\nLab writes: Very thorough",
        ),
    ]


def test_rejection_by_a_policy__is_told_too(market: Market, client: Any) -> None:
    worker = sign_in(market)
    hit_id = post(client, Title="Check facts", AssignmentReviewPolicy=CHECKED_POLICY)

    submit(market, accept(market, worker, hit_id), "wrong")

    ((subject, text),) = told(market, worker)
    assert subject == "Not approved: Check facts"
    assert text.endswith("Lab writes: The known answer was wrong.")


def test_repeated_bonus__is_told_once(market: Market, client: Any) -> None:
    worker = sign_in(market)
    work = submit(market, accept(market, worker, post(client)))
    paid = {"WorkerId": worker.worker_id, "AssignmentId": work, "BonusAmount": "0.10"}

    at_once(4, lambda n: client.send_bonus(**paid, Reason="x", UniqueRequestToken="t"))

    assert len(told(market, worker)) == 1


@pytest.mark.race
@ENDS
def test_decision__dying_or_many_at_once__is_told_once(market: Market, after: bool) -> None:
    account = market.credentials()
    client, owner = market.client(account), market.market.qualifications
    me = account.account_id
    for nth in WRITES[:3]:
        type_id, worker = make_type(client), sign_in(market)
        ask(market, worker, type_id)
        request_id = pending(client, type_id)[0]["QualificationRequestId"]
        dies(market, nth, after, lambda r=request_id: owner.reject(me, r, "no"))
        at_once(4, lambda n, r=request_id: owner.reject(me, r, "no"))
        dies(market, nth, after, lambda t=type_id, w=worker: owner.grant(me, t, w.worker_id, 3))
        owner.grant(me, type_id, worker.worker_id, 3)

        assert MessageRow.count(worker.worker_id, consistent_read=True) == 2
