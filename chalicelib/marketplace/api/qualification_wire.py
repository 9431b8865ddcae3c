"""Qualifications in the protocol's JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.api.wire import seconds
from chalicelib.marketplace.domain.qualifications import (
    DEFAULT_VALUE,
    QualificationType,
    TypeStatus,
)
from chalicelib.marketplace.domain.system_qualifications import SystemType
from chalicelib.marketplace.services.qualification_types import TypeGiven

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.qualifications import (
        Qualification,
    )
    from chalicelib.marketplace.services.qualification_types import FullType, Listed
    from chalicelib.marketplace.services.qualifications import FullRequest


# The system's own types were never made; every type has the member.
_ALWAYS_THERE = 0


def type_given(parameters: dict[str, Any]) -> TypeGiven:
    return TypeGiven(
        name=parameters.get("Name", ""),
        description=parameters.get("Description"),
        keywords=parameters.get("Keywords"),
        status=parameters.get("QualificationTypeStatus"),
        retry_delay_s=parameters.get("RetryDelayInSeconds"),
        test=parameters.get("Test"),
        answer_key=parameters.get("AnswerKey"),
        test_duration_s=parameters.get("TestDurationInSeconds"),
        auto_granted=parameters.get("AutoGranted"),
        auto_granted_value=parameters.get("AutoGrantedValue"),
    )


def full_type(found: FullType | SystemType) -> dict[str, Any]:
    """A type with its test, and its key for its owner."""
    if isinstance(found, SystemType):
        return listed_type(found)
    shown = listed_type(found.kind)
    if found.test is not None:
        shown["Test"] = found.test
    if found.answer_key is not None:
        shown["AnswerKey"] = found.answer_key
    return shown


def listed_type(kind: Listed) -> dict[str, Any]:
    """A type without its texts: a hundred of them would not fit into an answer."""
    shown: dict[str, Any] = {
        "QualificationTypeId": kind.qualification_type_id,
        "Name": kind.name,
        "Description": kind.description,
    }
    if isinstance(kind, QualificationType):
        shown |= _own_values(kind)
    else:
        status = TypeStatus.ACTIVE.value
        shown |= {
            "CreationTime": _ALWAYS_THERE,
            "QualificationTypeStatus": status,
            "IsRequestable": False,
            "AutoGranted": False,
        }
    return shown


def _own_values(kind: QualificationType) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "CreationTime": seconds(kind.created_ms),
        "QualificationTypeStatus": kind.status.value,
        "IsRequestable": kind.is_requestable,
        "AutoGranted": kind.auto_granted,
    }
    if kind.keywords is not None:
        shown["Keywords"] = kind.keywords
    if kind.retry_delay_s is not None:
        shown["RetryDelayInSeconds"] = kind.retry_delay_s
    if kind.test_duration_s is not None:
        shown["TestDurationInSeconds"] = kind.test_duration_s
    if kind.auto_granted:
        value = kind.auto_granted_value
        shown["AutoGrantedValue"] = DEFAULT_VALUE if value is None else value
    return shown


def held(found: Qualification) -> dict[str, Any]:
    return {
        "QualificationTypeId": found.qualification_type_id,
        "WorkerId": found.worker_id,
        "GrantTime": seconds(found.grant_ms),
        "IntegerValue": found.value,
        "Status": found.status.value,
    }


def request(full: FullRequest) -> dict[str, Any]:
    found, test, answer = full
    shown: dict[str, Any] = {
        "QualificationRequestId": found.request_id,
        "QualificationTypeId": found.qualification_type_id,
        "WorkerId": found.worker_id,
    }
    if found.submit_ms is not None:
        shown["SubmitTime"] = seconds(found.submit_ms)
    if test is not None:
        shown["Test"] = test
    if answer is not None:
        shown["Answer"] = answer
    return shown
