"""Review policies: known answers at each submission, plurality at a HIT's end, their reports."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.market import Market, counters, hit_values, post, refused, running_market
from tests.integration.market_crowd import accept, at_once, sign_in
from tests.integration.market_identities import check_identities
from tests.integration.market_policies import KNOWN, PLURALITY, policy
from tests.integration.test_marketplace_crashes import dies


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str) -> Iterator[Market]:
    with running_market(dynamo_endpoint) as running:
        yield running
        check_identities(1_000_000, running.clock.now_ms())


def known(**parameters: Any) -> dict[str, Any]:
    key = {"Question_1": ["yes"], "Question_2": ["B"]}
    return policy(KNOWN, AnswerKey=key, **parameters)


def plurality(**parameters: Any) -> dict[str, Any]:
    values = {"QuestionIds": ["A", "B"], "QuestionAgreementThreshold": 50, **parameters}
    return policy(PLURALITY, **values)


def answer(market: Market, hit_id: str, **fields: str) -> str:
    taken = accept(market, sign_in(market), hit_id)
    market.clock.advance(1)
    give(market, taken, **fields)
    return taken


def give(market: Market, taken: str, **fields: str) -> None:
    market.market.submissions.submit([("assignmentId", taken), *fields.items()])


def states(client: Any, hit_id: str) -> list[str]:
    found = client.list_assignments_for_hit(HITId=hit_id)["Assignments"]
    return [assignment["AssignmentStatus"] for assignment in found]


def test_known_answers__approve_reject_and_ask_one_more(market: Market, client: Any) -> None:
    given = known(
        ApproveIfKnownAnswerScoreIsAtLeast=100,
        ApproveReason="well done",
        RejectIfKnownAnswerScoreIsLessThan=50,
        RejectReason="all wrong",
        ExtendIfKnownAnswerScoreIsLessThan=50,
        ExtendMaximumAssignments=4,
    )
    hit_id = post(client, AssignmentReviewPolicy=given)

    right = answer(market, hit_id, Question_1=" yes ", Question_2="B")
    wrong = answer(market, hit_id, Question_1="Yes")
    answer(market, hit_id, Question_1="yes", Question_2="C")

    assert states(client, hit_id) == ["Approved", "Rejected", "Submitted"]
    feedback = [
        client.get_assignment(AssignmentId=a)["Assignment"]["RequesterFeedback"]
        for a in (right, wrong)
    ]
    assert feedback == ["well done", "all wrong"]
    assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 4
    # as many as it may have
    answer(market, hit_id, Question_1="no")
    assert counters(client, hit_id) == ("Reviewable", 0, 0, 3)
    report = client.list_review_policy_results_for_hit(HITId=hit_id)
    assert report["AssignmentReviewPolicy"] == given
    assert "HITReviewReport" not in report
    results = [
        (r["SubjectId"], r.get("QuestionId"), r["Key"], r["Value"])
        for r in report["AssignmentReviewReport"]["ReviewResults"]
    ]
    assert results[:3] == [
        (right, "Question_1", "KnownAnswerCorrect", "1"),
        (right, "Question_2", "KnownAnswerCorrect", "1"),
        (right, None, "KnownAnswerScore", "100"),
    ]
    assert [r[3] for r in results if r[2] == "KnownAnswerScore"] == ["100", "0", "50", "0"]
    actions = [
        (a["ActionName"], a["Status"], a["Result"])
        for a in report["AssignmentReviewReport"]["ReviewActions"]
    ]
    assert actions[:2] == [
        ("review", "Succeeded", "Reviewed 2 known answers; 2/2 correct"),
        ("approve", "Succeeded", "Approved"),
    ]
    assert [a[0] for a in actions[2:]] == [
        "review",
        "reject",
        "extend",
        "review",
        "review",
        "reject",
    ]


def test_plurality__approves_those_who_agree(market: Market, client: Any) -> None:
    given = plurality(
        ApproveIfWorkerAgreementScoreIsAtLeast=100,
        RejectIfWorkerAgreementScoreIsLessThan=60,
        RejectReason="others say otherwise",
    )
    hit_id = post(client, HITReviewPolicy=given)

    answer(market, hit_id, A="coat", B="blue")
    answer(market, hit_id, A="coat", B="blue")
    assert states(client, hit_id) == ["Submitted", "Submitted"]
    answer(market, hit_id, A="coat", B="green")

    assert states(client, hit_id) == ["Approved", "Approved", "Rejected"]
    report = client.list_review_policy_results_for_hit(HITId=hit_id)["HITReviewReport"]
    of_hit = {
        (r.get("QuestionId"), r["Key"]): r["Value"]
        for r in report["ReviewResults"]
        if r["SubjectType"] == "HIT"
    }
    assert of_hit == {
        (None, "HITAgreementScore"): "100",
        ("A", "PluralityAnswer"): "coat",
        ("A", "PluralityLevel"): "100",
        ("B", "PluralityAnswer"): "blue",
        ("B", "PluralityLevel"): "66",
    }
    agreed = [r["Value"] for r in report["ReviewResults"] if r["Key"] == "AgreedWithPlurality"]
    assert agreed == ["1", "1", "1", "1", "1", "0"]


def test_plurality__asks_more_workers_until_they_agree(market: Market, client: Any) -> None:
    given = plurality(
        QuestionIds=["A"], ExtendIfHITAgreementScoreIsLessThan=100, ExtendMaximumAssignments=4
    )
    hit_id = post(client, HITReviewPolicy=given, MaxAssignments=2)
    for text in ("x", "y"):
        answer(market, hit_id, A=text)
    assert counters(client, hit_id)[0] == "Assignable"
    assert client.list_reviewable_hits()["HITs"] == []

    answer(market, hit_id, A="x")

    assert counters(client, hit_id)[0] == "Reviewable"
    report = client.list_review_policy_results_for_hit(HITId=hit_id, PolicyLevels=["HIT"])
    values = {r["Key"]: r["Value"] for r in report["HITReviewReport"]["ReviewResults"]}
    assert (values["PluralityAnswer"], values["PluralityLevel"]) == ("x", "66")


def test_both_levels__leave_out_bad_work(market: Market, client: Any) -> None:
    hit_id = post(
        client,
        MaxAssignments=2,
        AssignmentReviewPolicy=known(),
        HITReviewPolicy=plurality(
            QuestionIds=["A"],
            DisregardAssignmentIfKnownAnswerScoreIsLessThan=100,
            ApproveIfWorkerAgreementScoreIsAtLeast=100,
        ),
    )
    answer(market, hit_id, A="x", Question_1="yes", Question_2="B")
    answer(market, hit_id, A="y")

    assert states(client, hit_id) == ["Approved", "Submitted"]
    report = client.list_review_policy_results_for_hit(HITId=hit_id, RetrieveActions=False)
    assert "ReviewActions" not in report["HITReviewReport"]
    assert "ReviewResults" in report["AssignmentReviewReport"]


def test_reports__page(market: Market, client: Any) -> None:
    hit_id = post(
        client,
        MaxAssignments=3,
        AssignmentReviewPolicy=known(),
        HITReviewPolicy=plurality(QuestionIds=["A"]),
    )
    for _ in range(3):
        answer(market, hit_id, A="x")

    pages, token = [], {}
    while True:
        page = client.list_review_policy_results_for_hit(HITId=hit_id, MaxResults=2, **token)
        pages.append(page)
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}

    def subjects(level: str, key: str) -> list[str]:
        return [
            result["SubjectId"]
            for page in pages
            for result in page[f"{level}ReviewReport"]["ReviewResults"]
            if result["Key"] == key
        ]

    assert len(pages) == 4
    assert len(set(subjects("Assignment", "KnownAnswerScore"))) == 3
    assert len(set(subjects("HIT", "AgreedWithPlurality"))) == 3
    assert subjects("HIT", "PluralityLevel") == [hit_id]


def test_reports__are_ones_own_and_may_be_empty(market: Market, client: Any) -> None:
    hit_id = post(client)

    assert "AssignmentReviewPolicy" not in client.list_review_policy_results_for_hit(HITId=hit_id)
    for caller, named in ((market.client(), hit_id), (client, "3NONE")):
        error = refused(caller.list_review_policy_results_for_hit, HITId=named)
        assert error["TurkErrorCode"] == "AWS.MechanicalTurk.HITDoesNotExist"


@pytest.mark.parametrize(
    ("level", "given"),
    [
        ("Assignment", policy("Another/2011-09-01")),
        ("Assignment", policy(KNOWN)),
        ("Assignment", known(Unknown=1)),
        ("Assignment", known(RejectIfKnownAnswerScoreIsLessThan=102)),
        ("Assignment", known(RejectIfKnownAnswerScoreIsLessThan="x")),
        ("Assignment", known(ExtendMaximumAssignments=26)),
        ("Assignment", known(ExtendMinimumTimeInSeconds=60)),
        ("HIT", policy(KNOWN)),
        ("HIT", policy(PLURALITY, QuestionIds=["A"])),
        ("HIT", plurality(DisregardAssignmentIfRejected="maybe")),
        ("HIT", plurality(ExtendIfHITAgreementScoreIsLessThan=50)),
    ],
)
def test_policies__are_checked(client: Any, level: str, given: dict[str, Any]) -> None:
    error = refused(client.create_hit, **hit_values(**{f"{level}ReviewPolicy": given}))

    assert error["Error"]["Code"] == "ParameterValidationError"
    assert client.list_hits()["HITs"] == []


@pytest.mark.race
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_policies__dying_at_any_write__decide_and_extend_once(market: Market, after: bool) -> None:
    client = market.client()
    deaths = 0
    for nth in range(1, 12):
        hit_id = post(
            client,
            MaxAssignments=1,
            Title=uuid.uuid4().hex,
            AssignmentReviewPolicy=known(
                RejectIfKnownAnswerScoreIsLessThan=50,
                ExtendIfKnownAnswerScoreIsLessThan=50,
                ExtendMaximumAssignments=5,
                ExtendMinimumTimeInSeconds=7200,
            ),
        )
        taken = accept(market, sign_in(market), hit_id)

        deaths += dies(market, nth, after, lambda t=taken: give(market, t, A="x"))
        at_once(1, lambda n, t=taken: give(market, t, A="x"))
        market.market.tick.run()

        assert states(client, hit_id) == ["Rejected"]
        hit = client.get_hit(HITId=hit_id)["HIT"]
        assert (hit["MaxAssignments"], hit["HITStatus"]) == (2, "Assignable")
        report = client.list_review_policy_results_for_hit(HITId=hit_id)
        actions = report["AssignmentReviewReport"]["ReviewActions"]
        assert [a["ActionName"] for a in actions][:2] == ["review", "reject"]
        check_identities(1_000_000, market.clock.now_ms())
    assert deaths >= 8


@pytest.mark.race
def test_plurality__by_many_at_once__decides_once(market: Market, client: Any) -> None:
    given = plurality(
        QuestionIds=["A"],
        RejectIfWorkerAgreementScoreIsLessThan=100,
        ApproveIfWorkerAgreementScoreIsAtLeast=100,
        ExtendIfHITAgreementScoreIsLessThan=100,
        ExtendMaximumAssignments=9,
    )
    hit_id = post(client, HITReviewPolicy=given, MaxAssignments=2)
    for text in ("x", "y"):
        answer(market, hit_id, A=text)

    at_once(6, lambda n: market.market.tick.run() if n % 2 else client.get_hit(HITId=hit_id))

    assert client.get_hit(HITId=hit_id)["HIT"]["MaxAssignments"] == 3
    answer(market, hit_id, A="x")
    at_once(6, lambda n: market.market.tick.run() if n % 2 else client.get_hit(HITId=hit_id))
    assert states(client, hit_id) == ["Approved", "Rejected", "Approved"]
