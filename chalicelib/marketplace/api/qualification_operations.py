"""The operations on qualification types, requests and grants; parts of `operations.OPERATIONS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.api import qualification_wire, wire
from chalicelib.marketplace.domain.qualifications import HeldStatus

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace

Parameters = dict[str, Any]
Answer = dict[str, Any] | None
Operation = Callable[["Marketplace", str, Parameters], Answer]


def create_qualification_type(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    values = qualification_wire.type_given(given)
    full = market.qualification_types.create(account_id, values)
    return {"QualificationType": qualification_wire.full_type(full)}


def update_qualification_type(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    values = qualification_wire.type_given(given)
    type_id = given["QualificationTypeId"]
    full = market.qualification_types.update(account_id, type_id, values)
    return {"QualificationType": qualification_wire.full_type(full)}


def delete_qualification_type(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    market.qualification_types.delete(account_id, given["QualificationTypeId"])
    return None


def get_qualification_type(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    full = market.qualification_types.get(account_id, given["QualificationTypeId"])
    return {"QualificationType": qualification_wire.full_type(full)}


def list_qualification_types(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    found, end = market.qualification_types.list(
        account_id if given.get("MustBeOwnedByCaller") else None,
        given.get("Query", ""),
        given["MustBeRequestable"],
        wire.position_of("ListQualificationTypes", given),
        wire.page_size(given),
        caller=account_id,
    )
    items = [(at, qualification_wire.listed_type(kind)) for at, kind in found]
    return wire.page("ListQualificationTypes", "QualificationTypes", items, end)


def list_hits_for_qualification_type(
    market: Marketplace, account_id: str, given: Parameters
) -> Answer:
    found, end = market.qualifications.hits(
        account_id,
        given["QualificationTypeId"],
        wire.position_of("ListHITsForQualificationType", given),
        wire.page_size(given),
    )
    now_ms = market.clock.now_ms()
    items = [(at, wire.hit(full, now_ms)) for at, full in found]
    return wire.page("ListHITsForQualificationType", "HITs", items, end)


def list_qualification_requests(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    found = market.qualifications.requests(
        account_id,
        given.get("QualificationTypeId"),
        wire.position_of("ListQualificationRequests", given),
        wire.page_size(given),
    )
    items = [(at, qualification_wire.request(full)) for at, full in found]
    return wire.page("ListQualificationRequests", "QualificationRequests", items)


def accept_qualification_request(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    request_id, value = given["QualificationRequestId"], given.get("IntegerValue")
    market.qualifications.accept(account_id, request_id, value)
    return None


def reject_qualification_request(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    request_id, reason = given["QualificationRequestId"], given.get("Reason")
    market.qualifications.reject(account_id, request_id, reason)
    return None


def associate_qualification(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    market.qualifications.grant(
        account_id,
        given["QualificationTypeId"],
        given["WorkerId"],
        given.get("IntegerValue"),
        notify=given.get("SendNotification", True),
    )
    return None


def disassociate_qualification(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    market.qualifications.revoke(
        account_id, given["QualificationTypeId"], given["WorkerId"], given.get("Reason")
    )
    return None


def get_qualification_score(market: Marketplace, account_id: str, given: Parameters) -> Answer:
    type_id, worker_id = given["QualificationTypeId"], given["WorkerId"]
    found = market.qualifications.score(account_id, type_id, worker_id)
    return {"Qualification": qualification_wire.held(found)}


def list_workers_with_qualification_type(
    market: Marketplace, account_id: str, given: Parameters
) -> Answer:
    found = market.qualifications.holders(
        account_id,
        given["QualificationTypeId"],
        HeldStatus(given.get("Status", "Granted")),
        wire.position_of("ListWorkersWithQualificationType", given),
        wire.page_size(given),
    )
    items = [(at, qualification_wire.held(held)) for at, held in found]
    return wire.page("ListWorkersWithQualificationType", "Qualifications", items)


QUALIFICATION_OPERATIONS: Mapping[str, Operation] = {
    "AcceptQualificationRequest": accept_qualification_request,
    "AssociateQualificationWithWorker": associate_qualification,
    "CreateQualificationType": create_qualification_type,
    "DeleteQualificationType": delete_qualification_type,
    "DisassociateQualificationFromWorker": disassociate_qualification,
    "GetQualificationScore": get_qualification_score,
    "GetQualificationType": get_qualification_type,
    "ListHITsForQualificationType": list_hits_for_qualification_type,
    "ListQualificationRequests": list_qualification_requests,
    "ListQualificationTypes": list_qualification_types,
    "ListWorkersWithQualificationType": list_workers_with_qualification_type,
    "RejectQualificationRequest": reject_qualification_request,
    "UpdateQualificationType": update_qualification_type,
}
