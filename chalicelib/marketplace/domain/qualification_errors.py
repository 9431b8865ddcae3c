"""What can go wrong with qualifications; parts of the tree in `errors`.

RequestRefused
  QualificationTypeMissing, QualificationTypeExists, NotOwner, InvalidTypeState
  QualificationMissing, InvalidQualificationState
  QualificationRequestMissing, InvalidQualificationRequestState
WorkerRefused
  NotRequestable, QualificationHeld, RetakeRefused, RetryTooSoon, NoOpenTest, BadTestAnswer
"""

from __future__ import annotations

from typing import Any

from chalicelib.marketplace.domain.errors import BadAnswer, RequestRefused, WorkerRefused

_CODE = "AWS.MechanicalTurk."


class QualificationTypeMissing(RequestRefused):
    def __init__(self, qualification_type_id: str) -> None:
        super().__init__(
            f"QualificationType {qualification_type_id} does not exist.",
            f"{_CODE}QualificationTypeDoesNotExist",
        )


class QualificationTypeExists(RequestRefused):
    def __init__(self) -> None:
        super().__init__(
            "You have already created a QualificationType with this name. A QualificationType's "
            "name must be unique among all of the QualificationTypes created by the same user.",
            f"{_CODE}QualificationTypeAlreadyExists",
        )


class NotOwner(RequestRefused):
    """The type is another requester's or the system's own."""

    def __init__(self, qualification_type_id: str) -> None:
        super().__init__(
            f"You are not the owner of QualificationType {qualification_type_id}.",
            f"{_CODE}PermissionDeniedException",
        )


class InvalidTypeState(RequestRefused):
    def __init__(self, qualification_type_id: str) -> None:
        # The two spaces are the service's own, in its sentence about HITs.
        super().__init__(
            f"QualificationType {qualification_type_id} is currently in the state 'Inactive'.  "
            "This operation can be called with a status of: Active",
            f"{_CODE}InvalidQualificationTypeState",
            "UpdateQualificationType makes it active again.",
        )


class QualificationMissing(RequestRefused):
    def __init__(self) -> None:
        super().__init__(
            "You requested a Qualification that does not exist.",
            f"{_CODE}QualificationDoesNotExist",
        )


class InvalidQualificationState(RequestRefused):
    def __init__(self) -> None:
        super().__init__(
            "This operation can be called with a status of: Granted",
            f"{_CODE}InvalidQualificationState",
            "The worker's Qualification was revoked.",
        )


class QualificationRequestMissing(RequestRefused):
    def __init__(self, request_id: str) -> None:
        super().__init__(
            f"QualificationRequest {request_id[:64]} does not exist.",
            f"{_CODE}QualificationRequestDoesNotExist",
        )


class InvalidQualificationRequestState(RequestRefused):
    def __init__(self) -> None:
        super().__init__(
            "This operation can be called with a status of: Pending",
            f"{_CODE}InvalidQualificationRequestState",
            "The request was decided or withdrawn already.",
        )


class NotRequestable(WorkerRefused):
    status = 409
    code = "not_requestable"


class QualificationHeld(WorkerRefused):
    status = 409
    code = "already_held"


class RetakeRefused(WorkerRefused):
    """One request for this type is all that a worker gets."""

    status = 409
    code = "no_retake"


class RetryTooSoon(WorkerRefused):
    """`again_ms` is when the worker may ask again."""

    status = 409
    code = "retry_later"

    def __init__(self, message: str, again_ms: int) -> None:
        super().__init__(message)
        self.again_ms = again_ms

    def more(self) -> dict[str, Any]:
        return {"again": self.again_ms}


class NoOpenTest(WorkerRefused):
    """No test is open: it was not requested, was handed in, or its time is over."""

    status = 409
    code = "no_open_test"


class BadTestAnswer(BadAnswer):
    """What was handed in does not fit the test, which stays open."""
