"""Review over the protocol: what is shown, approved, rejected, overridden, paid; and what costs."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from chalicelib.marketplace.store.tables import LedgerRow
from tests.integration.market import Market, hit_values, refused


def accepted(market: Market, client: Any, **changes: Any) -> tuple[str, str, str]:
    """Post a HIT and accept it: the ids of HIT, worker and assignment."""
    hit_id = client.create_hit(**hit_values(**changes))["HIT"]["HITId"]
    worker, assignment_id = take(market, hit_id)
    return hit_id, worker, assignment_id


def take(market: Market, hit_id: str) -> tuple[str, str]:
    worker = market.market.sessions.sign_in(uuid.uuid4().hex)[1]
    return worker.worker_id, market.market.work.accept(worker, hit_id).assignment.assignment_id


def submit(market: Market, assignment_id: str) -> None:
    market.market.submissions.submit([("assignmentId", assignment_id), ("q", "1")])


def state_of(client: Any, assignment_id: str) -> str:
    found = client.get_assignment(AssignmentId=assignment_id)["Assignment"]
    return str(found["AssignmentStatus"])


def test_accepted_work__is_not_shown_nor_reviewable(market: Market, client: Any) -> None:
    hit_id, worker, assignment_id = accepted(market, client)

    assert client.list_assignments_for_hit(HITId=hit_id)["Assignments"] == []
    for error in (
        refused(client.get_assignment, AssignmentId=assignment_id),
        refused(
            client.send_bonus,
            WorkerId=worker,
            AssignmentId=assignment_id,
            BonusAmount="1",
            Reason="r",
        ),
        refused(client.get_assignment, AssignmentId="3UNKNOWN"),
    ):
        assert error["TurkErrorCode"] == "AWS.MechanicalTurk.AssignmentDoesNotExist"
        assert "does not exist. (" in error["Message"]
    for error in (
        refused(client.approve_assignment, AssignmentId=assignment_id),
        refused(client.reject_assignment, AssignmentId=assignment_id, RequesterFeedback="x"),
    ):
        assert error["TurkErrorCode"] == "AWS.MechanicalTurk.InvalidAssignmentState"
        assert error["Message"].startswith("This operation can be called with a status of: null (")
        assert error["Message"].endswith("The worker has accepted it and not submitted it yet.")


def test_another_requesters_work__does_not_exist(market: Market, client: Any) -> None:
    _, worker, assignment_id = accepted(market, client)
    submit(market, assignment_id)
    other = market.client()

    for call, extra in (
        ("get_assignment", {}),
        ("approve_assignment", {}),
        ("reject_assignment", {"RequesterFeedback": "x"}),
        ("send_bonus", {"WorkerId": worker, "BonusAmount": "1", "Reason": "r"}),
    ):
        error = refused(getattr(other, call), AssignmentId=assignment_id, **extra)
        assert error["TurkErrorCode"] == "AWS.MechanicalTurk.AssignmentDoesNotExist"
    assert state_of(client, assignment_id) == "Submitted"


def test_review__once_and_then_an_error(market: Market, client: Any) -> None:
    hit_id, _, assignment_id = accepted(market, client)
    submit(market, assignment_id)

    client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="empty")

    found = client.get_assignment(AssignmentId=assignment_id)["Assignment"]
    assert found["RequesterFeedback"] == "empty"
    assert "RejectionTime" in found
    assert "ApprovalTime" not in found
    for call, extra in (
        (client.approve_assignment, {}),
        (client.reject_assignment, {"RequesterFeedback": "x"}),
    ):
        error = refused(call, AssignmentId=assignment_id, **extra)
        assert error["Message"].startswith(
            "This operation can be called with a status of: Submitted ("
        )
        assert "It is rejected already; ApproveAssignment with Override" in error["Message"]
    # the slot is not opened again, and the money of it came back
    hit = client.get_hit(HITId=hit_id)["HIT"]
    assert (hit["NumberOfAssignmentsAvailable"], hit["NumberOfAssignmentsCompleted"]) == (2, 1)
    assert client.get_account_balance()["AvailableBalance"] == "9999.88"


def test_override__pays_what_was_rejected_within_30_days(market: Market, client: Any) -> None:
    _, _, first = accepted(market, client)
    _, _, second = accepted(market, client, Title="another")
    for assignment_id in (first, second):
        submit(market, assignment_id)
        client.reject_assignment(AssignmentId=assignment_id, RequesterFeedback="no")

    client.approve_assignment(AssignmentId=first, OverrideRejection=True, RequesterFeedback="sorry")

    found = client.get_assignment(AssignmentId=first)["Assignment"]
    assert (found["AssignmentStatus"], found["RequesterFeedback"]) == ("Approved", "sorry")
    assert {"ApprovalTime", "RejectionTime"} <= set(found)
    market.clock.advance(30 * 86_400 + 1)
    error = refused(client.approve_assignment, AssignmentId=second, OverrideRejection=True)
    assert error["TurkErrorCode"] == "AWS.MechanicalTurk.InvalidAssignmentState"


def test_auto_approval__happens_by_itself(market: Market, client: Any) -> None:
    hit_id, _, assignment_id = accepted(market, client, AutoApprovalDelayInSeconds=60)
    submit(market, assignment_id)
    assert client.get_hit(HITId=hit_id)["HIT"]["NumberOfAssignmentsCompleted"] == 0

    market.clock.advance(60)

    assert client.get_hit(HITId=hit_id)["HIT"]["NumberOfAssignmentsCompleted"] == 1
    found = client.get_assignment(AssignmentId=assignment_id)["Assignment"]
    assert found["AssignmentStatus"] == "Approved"
    assert found["ApprovalTime"] == found["AutoApprovalTime"]
    error = refused(client.reject_assignment, AssignmentId=assignment_id, RequesterFeedback="late")
    assert error["TurkErrorCode"] == "AWS.MechanicalTurk.InvalidAssignmentState"


def test_auto_approval__of_zero_seconds_is_at_once(market: Market, client: Any) -> None:
    _, _, assignment_id = accepted(market, client, AutoApprovalDelayInSeconds=0)

    submit(market, assignment_id)

    rows = [row for row in LedgerRow.scan() if row.assignment_id == assignment_id]
    assert [(row.kind, row.amount_cents, row.fee_cents) for row in rows] == [("reward", 5, 1)]


def test_list_assignments__filters_and_pages_in_the_order_of_submission(
    market: Market, client: Any
) -> None:
    hit_id, _, first = accepted(market, client, MaxAssignments=7)
    made = [first, *(take(market, hit_id)[1] for _ in range(6))]
    for assignment_id in made[:6]:
        market.clock.advance(1)
        submit(market, assignment_id)
    client.approve_assignment(AssignmentId=made[1])
    client.reject_assignment(AssignmentId=made[2], RequesterFeedback="no")

    pages = client.get_paginator("list_assignments_for_hit").paginate(
        HITId=hit_id, PaginationConfig={"PageSize": 4}
    )
    listed = [[a["AssignmentId"] for a in page["Assignments"]] for page in pages]
    assert listed == [made[:4], made[4:6], []]

    def only(*statuses: str) -> list[str]:
        found = client.list_assignments_for_hit(
            HITId=hit_id, AssignmentStatuses=list(statuses), MaxResults=2
        )
        return [a["AssignmentId"] for a in found["Assignments"]]

    assert only("Approved") == [made[1]]
    assert only("Submitted") == [made[0], made[3]]
    assert only("Approved", "Rejected") == [made[1], made[2]]


def test_bonus__needs_the_right_worker_an_amount_and_funds(market: Market, client: Any) -> None:
    hit_id, worker, assignment_id = accepted(market, client)
    submit(market, assignment_id)
    other, _ = take(market, hit_id)
    good = {
        "WorkerId": worker,
        "AssignmentId": assignment_id,
        "BonusAmount": "0.10",
        "Reason": "thanks",
    }

    for changes, code in (
        ({"WorkerId": other}, "ParameterValidationError"),
        ({"BonusAmount": "0.00"}, "ParameterValidationError"),
        ({"BonusAmount": "0.001"}, "ParameterValidationError"),
        ({"Reason": ""}, "ParameterValidationError"),
        ({"BonusAmount": "9000.00"}, "RequestError"),
    ):
        assert refused(client.send_bonus, **{**good, **changes})["Error"]["Code"] == code
    client.send_bonus(**good)
    client.send_bonus(**good, UniqueRequestToken="one")
    again = refused(client.send_bonus, **good, UniqueRequestToken="one")
    assert 'The idempotency token "one" has already been processed. (' in again["Message"]
    market.clock.advance(86_400)
    client.send_bonus(**good, UniqueRequestToken="one")
    # three bonuses of 0.10 + 0.02, and a hold of 3 x 0.06 of which the HIT's end freed two
    client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
    balance = client.get_account_balance()
    assert (balance["AvailableBalance"], balance["OnHoldBalance"]) == ("9999.58", "0.06")


@pytest.mark.parametrize("feedback", ["x" * 1025, "a\x01b"])
def test_feedback__has_limits(market: Market, client: Any, feedback: str) -> None:
    _, _, assignment_id = accepted(market, client)
    submit(market, assignment_id)

    error = refused(
        client.approve_assignment, AssignmentId=assignment_id, RequesterFeedback=feedback
    )

    assert error["Error"]["Code"] == "ParameterValidationError"
    assert state_of(client, assignment_id) == "Submitted"


def test_cost__does_not_grow_with_what_is_on_record(market: Market) -> None:
    # GIVEN a requester with few HITs, and the same later with many
    client = market.client()
    worker = market.market.sessions.sign_in(uuid.uuid4().hex)[1]
    title = uuid.uuid4().hex

    def units() -> dict[str, float]:
        made = client.create_hit(**hit_values(Title=title, MaxAssignments=9))["HIT"]["HITId"]
        spent = {}
        for name, call in (
            ("list", lambda: client.list_hits(MaxResults=5)),
            ("browse", lambda: market.market.listing.browse(worker, title, "newest", None)),
            ("accept", lambda: market.market.work.accept(worker, made)),
            ("balance", client.get_account_balance),
            ("reviewable", client.list_reviewable_hits),
        ):
            before = sum(v for (_, kind), v in market.dynamo.consumed.items() if kind == "units")
            call()
            after = sum(v for (_, kind), v in market.dynamo.consumed.items() if kind == "units")
            spent[name] = after - before
        return spent

    for _ in range(30):
        client.create_hit(**hit_values(Title=title))
    few = units()
    for _ in range(120):
        client.create_hit(**hit_values(Title=title))

    many = units()

    assert all(many[name] <= few[name] + 1 for name in few), (few, many)
