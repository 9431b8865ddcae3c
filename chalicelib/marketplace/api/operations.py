"""The operations: each takes the account and its checked parameters, and gives the answer's JSON.

An operation of the model that is not in `OPERATIONS` is answered as not available.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.api import (
    change_operations,
    contact_operations,
    notification_operations,
    policy_operations,
    wire,
)
from chalicelib.marketplace.api.qualification_operations import QUALIFICATION_OPERATIONS
from chalicelib.marketplace.domain.assignments import VISIBLE, AssignmentStatus
from chalicelib.marketplace.domain.errors import InvalidParameter, NotSupported
from chalicelib.marketplace.domain.hits import HitStatus
from chalicelib.mturk.prices import format_dollars

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace

Parameters = dict[str, Any]
Answer = dict[str, Any] | None
Operation = Callable[["Marketplace", str, Parameters], Answer]

_LAYOUT = ("HITLayoutId", "HITLayoutParameters")


def create_hit(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    _check_question(given)
    values = wire.hit_values(given)
    full = market.postings.create(account_id, wire.type_values(given), values)
    return {"HIT": wire.hit(full, market.clock.now_ms())}


def create_hit_with_hit_type(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    _check_question(given)
    values = wire.hit_values(given)
    full = market.postings.create_with_type(account_id, given["HITTypeId"], values)
    return {"HIT": wire.hit(full, market.clock.now_ms())}


def create_hit_type(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    hit_type = market.postings.create_type(account_id, wire.type_values(given))
    return {"HITTypeId": hit_type.hit_type_id}


def get_hit(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    full = market.postings.get(account_id, given["HITId"])
    return {"HIT": wire.hit(full, market.clock.now_ms())}


def list_hits(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    before = wire.position_of("ListHITs", given)
    found = market.postings.list_all(account_id, before, wire.page_size(given))
    now_ms = market.clock.now_ms()
    return wire.page("ListHITs", "HITs", [(p, wire.hit(full, now_ms)) for p, full in found])


def list_reviewable_hits(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    found, end = market.postings.list_reviewable(
        account_id,
        given.get("HITTypeId"),
        HitStatus(given.get("Status", "Reviewable")),
        wire.position_of("ListReviewableHITs", given),
        wire.page_size(given),
    )
    now_ms = market.clock.now_ms()
    items = [(p, wire.hit(full, now_ms)) for p, full in found]
    return wire.page("ListReviewableHITs", "HITs", items, end)


def list_assignments_for_hit(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    statuses = {AssignmentStatus(s) for s in given.get("AssignmentStatuses") or VISIBLE}
    found, end = market.review.list_for_hit(
        account_id,
        given["HITId"],
        statuses,
        wire.position_of("ListAssignmentsForHIT", given),
        wire.page_size(given),
    )
    items = [(p, wire.assignment(submission)) for p, submission in found]
    return wire.page("ListAssignmentsForHIT", "Assignments", items, end)


def get_assignment(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    submission, hit = market.review.get(account_id, given["AssignmentId"])
    full = market.postings.full(hit)
    return {
        "Assignment": wire.assignment(submission),
        "HIT": wire.hit(full, market.clock.now_ms()),
    }


def approve_assignment(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    market.review.approve(
        account_id,
        given["AssignmentId"],
        given.get("RequesterFeedback"),
        bool(given.get("OverrideRejection")),
    )
    return None


def reject_assignment(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    market.review.reject(account_id, given["AssignmentId"], given["RequesterFeedback"])
    return None


def send_bonus(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    market.review.send_bonus(
        account_id,
        given["WorkerId"],
        given["AssignmentId"],
        given["BonusAmount"],
        given["Reason"],
        given.get("UniqueRequestToken"),
    )
    return None


def update_expiration_for_hit(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    expire_ms = round(given["ExpireAt"] * 1000)
    market.postings.update_expiration(account_id, given["HITId"], expire_ms)
    return None


def delete_hit(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    market.postings.delete(account_id, given["HITId"])
    return None


def get_account_balance(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    requester = market.accounts.requester(account_id)
    return {
        "AvailableBalance": format_dollars(requester.available_cents),
        "OnHoldBalance": format_dollars(requester.held_cents),
    }


OPERATIONS: Mapping[str, Operation] = {
    **change_operations.OPERATIONS,
    **contact_operations.OPERATIONS,
    **notification_operations.OPERATIONS,
    **policy_operations.OPERATIONS,
    "ApproveAssignment": approve_assignment,
    "CreateHIT": create_hit,
    "CreateHITType": create_hit_type,
    "CreateHITWithHITType": create_hit_with_hit_type,
    "DeleteHIT": delete_hit,
    "GetAccountBalance": get_account_balance,
    "GetAssignment": get_assignment,
    "GetHIT": get_hit,
    "ListAssignmentsForHIT": list_assignments_for_hit,
    "ListHITs": list_hits,
    "ListReviewableHITs": list_reviewable_hits,
    "RejectAssignment": reject_assignment,
    "SendBonus": send_bonus,
    "UpdateExpirationForHIT": update_expiration_for_hit,
    **QUALIFICATION_OPERATIONS,
}


def _check_question(given: Parameters) -> None:
    for name in _LAYOUT:
        if given.get(name) is not None:
            # The service's layouts were made on its requester web site, never by an operation.
            raise NotSupported(f"{name} (layouts have no operation that makes them; give Question)")
    if given.get("Question") is None:
        raise InvalidParameter(
            "Your request is missing required parameters. Required parameters include Question."
        )
