"""The AWS CLI: every command as a process of its own, pointed here by AWS_ENDPOINT_URL_MTURK."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name

from chalicelib.mturk import answers, model
from tests.clients.processes import AwsCli, requester_env
from tests.integration.destinations import Destinations
from tests.integration.market import QUESTION, Market
from tests.integration.market_crowd import accept, sign_in, submit
from tests.integration.qualifications import KEY, TEST, ask

# 255 is what version 1 ends with when a service refuses; version 2 ends with 254.
REFUSED = (254, 255)
PHOTOS = [
    "--title=Tag a photo",
    "--description=Say what is on it",
    "--keywords=photo,tags",
    "--reward=0.05",
    "--assignment-duration-in-seconds=600",
]


@pytest.fixture(scope="module")
def aws(market: Market, tmp_path_factory: pytest.TempPathFactory) -> AwsCli:
    home = tmp_path_factory.mktemp("home")
    (home / "question.xml").write_text(QUESTION)
    (home / "test.xml").write_text(TEST)
    (home / "key.xml").write_text(KEY)
    return AwsCli(requester_env(market.url, market.credentials("Photo lab"), home))


def file(aws: AwsCli, name: str) -> str:
    return f"file://{aws.env['HOME']}/{name}"


def post(aws: AwsCli, title: str, *more: str) -> dict[str, Any]:
    """Post a HIT with its own title, and so of its own type."""
    hit: dict[str, Any] = aws(
        "create-hit",
        *PHOTOS[1:],
        f"--title={title}",
        "--lifetime-in-seconds=3600",
        f"--question={file(aws, 'question.xml')}",
        *more,
    )["HIT"]
    return hit


def test_hits__posted_typed_found_extended_expired_deleted(aws: AwsCli) -> None:
    balance = aws("get-account-balance")
    assert balance == {"AvailableBalance": "10000.00", "OnHoldBalance": "0.00"}
    hit_type = aws("create-hit-type", *PHOTOS)["HITTypeId"]
    given = ["--hit-type-id", hit_type, "--lifetime-in-seconds", "3600"]
    hit = aws("create-hit-with-hit-type", *given, "--question", QUESTION)["HIT"]
    assert (hit["HITTypeId"], hit["Title"]) == (hit_type, "Tag a photo")
    other = post(aws, "Tag another photo", "--max-assignments", "2")
    assert other["HITTypeId"] != hit_type
    hit_id = other["HITId"]

    # The CLI reads all pages by itself, and can be told to stop.
    assert [h["HITId"] for h in aws("list-hits")["HITs"]] == [hit_id, hit["HITId"]]
    some = aws("list-hits", "--page-size", "1", "--max-items", "1")
    assert [h["HITId"] for h in some["HITs"]] == [hit_id]
    rest = aws("list-hits", "--page-size", "1", "--starting-token", some["NextToken"])
    assert [h["HITId"] for h in rest["HITs"]] == [hit["HITId"]]

    aws("update-hit-type-of-hit", "--hit-id", hit_id, "--hit-type-id", hit_type)
    more = ["--hit-id", hit_id, "--number-of-additional-assignments", "3"]
    assert aws("create-additional-assignments-for-hit", *more) in (None, {})
    now = aws("get-hit", "--hit-id", hit_id)["HIT"]
    assert (now["HITTypeId"], now["MaxAssignments"]) == (hit_type, 5)
    assert now["Question"] == QUESTION

    aws("update-expiration-for-hit", "--hit-id", hit_id, "--expire-at", "0")
    aws("update-hit-review-status", "--hit-id", hit_id)
    status = ["--status", "Reviewing", "--hit-type-id", hit_type]
    found = aws("list-reviewable-hits", *status)["HITs"]
    assert [(h["HITId"], h["HITStatus"]) for h in found] == [(hit_id, "Reviewing")]
    aws("delete-hit", "--hit-id", hit_id)
    assert [h["HITId"] for h in aws("list-hits")["HITs"]] == [hit["HITId"]]


def test_work__reviewed_paid_and_overruled(aws: AwsCli, market: Market) -> None:
    policy = json.dumps(
        {
            "PolicyName": "ScoreMyKnownAnswers/2011-09-01",
            "Parameters": [
                {"Key": "AnswerKey", "MapEntries": [{"Key": "a", "Values": ["cat"]}]},
                {"Key": "RejectIfKnownAnswerScoreIsLessThan", "Values": ["0"]},
            ],
        }
    )
    hit = post(aws, "Tag a cat", "--max-assignments=2", f"--assignment-review-policy={policy}")
    hit_id = hit["HITId"]
    ada, bob = sign_in(market), sign_in(market)
    good, bad = (submit(market, accept(market, w, hit_id), "cat") for w in (ada, bob))

    listed = aws("list-assignments-for-hit", "--hit-id", hit_id)["Assignments"]
    assert {(a["AssignmentId"], a["WorkerId"]) for a in listed} == {
        (good, ada.worker_id),
        (bad, bob.worker_id),
    }
    assert answers.parse(listed[0]["Answer"]) == {"a": "cat"}
    aws("approve-assignment", "--assignment-id", good, "--requester-feedback", "Thank you")
    aws("reject-assignment", "--assignment-id", bad, "--requester-feedback", "Not a cat")
    got = aws("get-assignment", "--assignment-id", bad)
    assert got["Assignment"]["RequesterFeedback"] == "Not a cat"
    assert got["HIT"]["NumberOfAssignmentsCompleted"] == 2
    aws("approve-assignment", "--assignment-id", bad, "--override-rejection")
    of_approved = ["--hit-id", hit_id, "--assignment-statuses", "Approved"]
    assert len(aws("list-assignments-for-hit", *of_approved)["Assignments"]) == 2

    bonus = ["--worker-id", ada.worker_id, "--assignment-id", good, "--bonus-amount", "0.25"]
    aws("send-bonus", *bonus, "--reason", "Quick", "--unique-request-token", "b1")
    [paid] = aws("list-bonus-payments", "--hit-id", hit_id)["BonusPayments"]
    assert (paid["WorkerId"], paid["BonusAmount"]) == (ada.worker_id, "0.25")
    again = aws.fails("send-bonus", *bonus, "--reason", "Quick", "--unique-request-token", "b1")
    assert again[0] in REFUSED
    assert 'The idempotency token "b1" has already been processed.' in again[1]
    review = aws("list-review-policy-results-for-hit", "--hit-id", hit_id)
    results = review["AssignmentReviewReport"]["ReviewResults"]
    assert {r["Value"] for r in results if r["Key"] == "KnownAnswerScore"} == {"100"}
    status, said = aws.fails(
        "get-file-upload-url", "--assignment-id", good, "--question-identifier", "a"
    )
    assert status in REFUSED
    assert "GetFileUploadURL operation: FileUploadAnswer" in said


def test_workers__written_to_blocked_and_let_in_again(aws: AwsCli, market: Market) -> None:
    hit_id = post(aws, "Tag a dog")["HITId"]
    ada, stranger = sign_in(market), sign_in(market)
    done = submit(market, accept(market, ada, hit_id))
    aws("approve-assignment", "--assignment-id", done)

    ids = [ada.worker_id, stranger.worker_id]
    text = ["--subject", "New photos", "--message-text", "There are more."]
    told = aws("notify-workers", *text, "--worker-ids", *ids)
    [failed] = told["NotifyWorkersFailureStatuses"]
    assert (failed["WorkerId"], failed["NotifyWorkersFailureCode"]) == (
        stranger.worker_id,
        "HardFailure",
    )
    assert [m.subject for _, m in market.market.contact.inbox(ada, None, 10)] == ["New photos"]

    aws("create-worker-block", "--worker-id", ada.worker_id, "--reason", "A test")
    assert aws("list-worker-blocks")["WorkerBlocks"] == [
        {"WorkerId": ada.worker_id, "Reason": "A test"}
    ]
    aws("delete-worker-block", "--worker-id", ada.worker_id)
    assert aws("list-worker-blocks")["WorkerBlocks"] == []


def test_qualifications__from_type_to_score(aws: AwsCli, market: Market) -> None:
    made = aws(
        "create-qualification-type",
        "--name=Knows photos",
        "--description=Has passed the test",
        "--qualification-type-status=Active",
        f"--test={file(aws, 'test.xml')}",
        "--test-duration-in-seconds=600",
    )["QualificationType"]
    assert (made["Test"], made["IsRequestable"]) == (TEST, True)
    type_id = made["QualificationTypeId"]
    of_type = ["--qualification-type-id", type_id]
    # Not in the CLI's short form, which makes no numbers of the integers in a list.
    wanted = {"QualificationTypeId": type_id, "Comparator": "GreaterThan", "IntegerValues": [50]}
    hit = post(aws, "Who knows", "--qualification-requirements", json.dumps([wanted]))
    needing = aws("list-hits-for-qualification-type", *of_type)["HITs"]
    assert [h["HITId"] for h in needing] == [hit["HITId"]]

    ada, bob = sign_in(market), sign_in(market)
    for worker in (ada, bob):
        ask(market, worker, type_id)
        taken = [("q1", "D"), ("q2", "apples")]
        market.market.qualification_requests.hand_in(worker, type_id, taken)
    asked = aws("list-qualification-requests", *of_type)["QualificationRequests"]
    requests = {r["WorkerId"]: r["QualificationRequestId"] for r in asked}
    assert answers.parse(asked[0]["Answer"]) == {"move": ["D"], "fruit": ["apples"]}
    granted = ["--qualification-request-id", requests[ada.worker_id], "--integer-value", "90"]
    aws("accept-qualification-request", *granted)
    refused = ["--qualification-request-id", requests[bob.worker_id], "--reason", "Too late"]
    aws("reject-qualification-request", *refused)
    score = aws("get-qualification-score", *of_type, "--worker-id", ada.worker_id)
    assert score["Qualification"]["IntegerValue"] == 90

    value = ["--worker-id", bob.worker_id, "--integer-value", "70", "--no-send-notification"]
    aws("associate-qualification-with-worker", *of_type, *value)
    held = aws("list-workers-with-qualification-type", *of_type)["Qualifications"]
    assert {q["WorkerId"]: q["IntegerValue"] for q in held} == {
        ada.worker_id: 90,
        bob.worker_id: 70,
    }
    leaving = ["--worker-id", bob.worker_id, "--reason", "Done"]
    aws("disassociate-qualification-from-worker", *of_type, *leaving)
    _, said = aws.fails("get-qualification-score", *of_type, "--worker-id", bob.worker_id)
    assert "This operation can be called with a status of: Granted" in said

    changed = aws(
        "update-qualification-type",
        *of_type,
        "--description=Passes the newer test",
        f"--test={file(aws, 'test.xml')}",
        f"--answer-key={file(aws, 'key.xml')}",
        "--test-duration-in-seconds=300",
    )["QualificationType"]
    got = aws("get-qualification-type", *of_type)["QualificationType"]
    assert got == changed
    assert (got["AnswerKey"], got["TestDurationInSeconds"]) == (KEY, 300)
    # The operation's Query has no option of its own: the CLI's --query is about its output.
    search = {"Query": "newer", "MustBeRequestable": True, "MustBeOwnedByCaller": True}
    mine = ["--cli-input-json", json.dumps(search)]
    listed = aws("list-qualification-types", *mine)["QualificationTypes"]
    assert [t["QualificationTypeId"] for t in listed] == [type_id]
    aws("delete-qualification-type", *of_type)
    assert aws("list-qualification-types", *mine)["QualificationTypes"] == []


def test_notifications__to_a_queue(aws: AwsCli, market: Market, destinations: Destinations) -> None:
    hit_type = aws("create-hit-type", *PHOTOS)["HITTypeId"]
    queue = destinations.queue("cli")
    where = f"Destination={queue},Transport=SQS,Version=2014-08-15,EventTypes=AssignmentSubmitted"
    aws("send-test-event-notification", "--notification", where, "--test-event-type", "Ping")
    [ping] = destinations.received(queue)
    assert [event["EventType"] for event in ping["Events"]] == ["Ping"]

    of_type = ["--hit-type-id", hit_type]
    aws("update-notification-settings", *of_type, "--notification", where, "--active")
    given = [*of_type, "--lifetime-in-seconds", "3600", "--question", QUESTION]
    hit_id = aws("create-hit-with-hit-type", *given)["HIT"]["HITId"]
    submit(market, accept(market, sign_in(market), hit_id))
    market.market.notifications.deliver()
    [told] = destinations.received(queue)
    assert [(e["EventType"], e["HITId"]) for e in told["Events"]] == [
        ("AssignmentSubmitted", hit_id)
    ]


def test_failures__end_with_a_status_and_a_sentence(aws: AwsCli) -> None:
    status, said = aws.fails("get-hit", "--hit-id", "3NOSUCHHIT")
    assert status in REFUSED
    prefix = "An error occurred (RequestError) when calling the GetHIT operation: "
    assert re.fullmatch(rf"{re.escape(prefix)}Hit 3NOSUCHHIT does not exist\. \(\d+\)", said)

    status, said = aws.fails("create-worker-block", "--worker-id", "B1", "--reason", "x")
    assert status in REFUSED
    assert "(ParameterValidationError)" in said
    assert 'The value "B1" is not valid for the parameter WorkerId.' in said

    spoiled = AwsCli({**aws.env, "AWS_SECRET_ACCESS_KEY": "another"})
    status, said = spoiled.fails("list-hits")
    assert status in REFUSED
    assert "(InvalidSignatureException)" in said


def test_every_command__is_among_these() -> None:
    called = set(re.findall(r'aws(?:\.fails)?\(\s*"([a-z-]+)"', Path(__file__).read_text()))

    assert called == {xform_name(name, "-") for name in model.operation_names()}
