"""Operations on HITs that are posted, and on what was paid for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.api import wire
from chalicelib.marketplace.domain.errors import NotSupported
from chalicelib.mturk.prices import format_dollars

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace
    from chalicelib.marketplace.domain.contact import Bonus

Parameters = dict[str, Any]
Answer = dict[str, Any] | None


def create_additional_assignments_for_hit(
    market: Marketplace, account_id: str, given: Parameters
) -> Answer:
    market.changes.add_assignments(
        account_id,
        given["HITId"],
        int(given["NumberOfAdditionalAssignments"]),
        given.get("UniqueRequestToken"),
    )
    return None


def update_hit_review_status(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    market.changes.set_review_status(account_id, given["HITId"], bool(given.get("Revert")))
    return None


def update_hit_type_of_hit(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    market.changes.change_type(account_id, given["HITId"], given["HITTypeId"])
    return None


def list_bonus_payments(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    found = market.bonuses.list(
        account_id,
        given.get("HITId"),
        given.get("AssignmentId"),
        wire.position_of("ListBonusPayments", given),
        wire.page_size(given),
    )
    items = [(position, _bonus(bonus)) for position, bonus in found]
    return wire.page("ListBonusPayments", "BonusPayments", items)


def get_file_upload_url(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    """Refused: the service took no file answers from December 2017 on."""
    market.review.get(account_id, given["AssignmentId"])
    raise NotSupported("FileUploadAnswer, ended by the service in 2017,")


def _bonus(bonus: Bonus) -> dict[str, Any]:
    return {
        "WorkerId": bonus.worker_id,
        "BonusAmount": format_dollars(bonus.cents),
        "AssignmentId": bonus.assignment_id,
        "Reason": bonus.reason,
        "GrantTime": wire.seconds(bonus.at_ms),
    }


OPERATIONS = {
    "CreateAdditionalAssignmentsForHIT": create_additional_assignments_for_hit,
    "GetFileUploadURL": get_file_upload_url,
    "ListBonusPayments": list_bonus_payments,
    "UpdateHITReviewStatus": update_hit_review_status,
    "UpdateHITTypeOfHIT": update_hit_type_of_hit,
}
