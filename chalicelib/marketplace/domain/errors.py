"""What can go wrong in the marketplace, one class per outcome that a caller can act on.

MarketplaceError
  RequestRefused            a requester's request; carries the protocol's type and code
    InvalidParameter
    HitMissing, AssignmentMissing
    InvalidHitState, InvalidAssignmentState
    TokenUsed, HitExists, TooManyAssignments, HitHasWork
    InsufficientFunds
    HitTakenDown
    NotSupported
  WorkerRefused             a worker's action; carries a code for the site
    NotSignedIn, SignInClosed, NotFound, NoneLeft, AlreadyDone, TooMany, NotQualified, Blocked,
    Ended, ConsentNeeded, TooManyReports; why a link lets nobody in is in `invitations`
    BadAnswer               a form's answers do not fit it; carries why, by question
  PageRefused               a requester's page is not shown; the sentence is shown to the worker
  SubmissionRefused         a form sent to externalSubmit; the sentence is shown to the worker
  Busy                      the store did not answer; the same may be asked again
  SwitchedOff               configuration has no marketplace
  KeyRefused                an access key that is unknown or revoked
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kit.refusals import Refusal

_CODE = "AWS.MechanicalTurk."
_SUBMISSION_CODES = {404: "not_found", 409: "already_submitted", 410: "ended", 413: "too_large"}


class MarketplaceError(Exception):
    """Any refusal; the message is a sentence for people."""


class RequestRefused(MarketplaceError):
    """A requester's request is refused; nothing was changed."""

    type_name = "RequestError"

    def __init__(self, message: str, turk_code: str | None, obstacle: str = "") -> None:
        """`message` is in the service's words where programs match them; `obstacle` is a sentence
        that says what is in the way, where these do not."""
        super().__init__(message)
        self.message = message
        self.turk_code = turk_code
        self.obstacle = obstacle


class InvalidParameter(RequestRefused):
    """A value is missing or wrong; the service's third kind of error, not in its model."""

    type_name = "ParameterValidationError"

    def __init__(self, message: str) -> None:
        super().__init__(message, None)


class HitMissing(RequestRefused):
    def __init__(self, hit_id: str) -> None:
        super().__init__(f"Hit {hit_id} does not exist.", f"{_CODE}HITDoesNotExist")


class HitTypeMissing(RequestRefused):
    def __init__(self, hit_type_id: str) -> None:
        super().__init__(f"HitType {hit_type_id} does not exist.", f"{_CODE}HITTypeDoesNotExist")


class AssignmentMissing(RequestRefused):
    def __init__(self, assignment_id: str) -> None:
        super().__init__(
            f"Assignment {assignment_id} does not exist.", f"{_CODE}AssignmentDoesNotExist"
        )


class InvalidHitState(RequestRefused):
    def __init__(self, state: str, allowed: str, obstacle: str) -> None:
        # The two spaces are the service's own.
        super().__init__(
            f"This HIT is currently in the state '{state}'.  "
            f"This operation can be called with a status of: {allowed}",
            f"{_CODE}InvalidHITState",
            obstacle,
        )


class InvalidAssignmentState(RequestRefused):
    def __init__(self, allowed: str, obstacle: str) -> None:
        super().__init__(
            f"This operation can be called with a status of: {allowed}",
            f"{_CODE}InvalidAssignmentState",
            obstacle,
        )


class TokenUsed(RequestRefused):
    """An idempotency token came a second time within 24 hours."""

    def __init__(self, token: str) -> None:
        super().__init__(
            f'The idempotency token "{token}" has already been processed.',
            f"{_CODE}IdempotencyTokenAlreadyProcessed",
        )


class HitExists(RequestRefused):
    """A token of CreateHIT came again; the message names the HIT that the first one made."""

    def __init__(self, token: str, hit_id: str) -> None:
        super().__init__(
            f'The idempotency token "{token}" has already been processed. '
            f"The HIT with ID {hit_id} was created with it.",
            f"{_CODE}HitAlreadyExists",
        )
        self.hit_id = hit_id


class InsufficientFunds(RequestRefused):
    def __init__(self) -> None:
        super().__init__(
            "This Requester has insufficient funds in their account to complete this transaction.",
            f"{_CODE}InsufficientFunds",
        )


class TooManyAssignments(RequestRefused):
    """From ten assignments on the fee is another one, and a HIT keeps the fee it began with."""

    def __init__(self) -> None:
        super().__init__(
            "A HIT created with fewer than 10 assignments cannot be given 10 or more.",
            f"{_CODE}InvalidMaximumAssignmentsIncrease",
        )


class HitHasWork(RequestRefused):
    def __init__(self, hit_id: str) -> None:
        super().__init__(
            f"Hit {hit_id} has assignments that were accepted or submitted; "
            "its HIT type can only be changed before that.",
            f"{_CODE}InvalidHITState",
        )


class HitTakenDown(RequestRefused):
    """Who runs the marketplace has ended this HIT for good."""

    def __init__(self, hit_id: str) -> None:
        super().__init__(
            f"Hit {hit_id} was taken down by the marketplace and cannot be opened again.",
            f"{_CODE}InvalidHITState",
        )


class NotSupported(RequestRefused):
    """Part of the protocol that this marketplace does not offer."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is not available on this marketplace.", f"{_CODE}OperationNotSupported"
        )


class WorkerRefused(MarketplaceError, Refusal):
    """A worker's action is refused; `code` is for the site, the message for the worker."""

    code = "refused"


class NotSignedIn(WorkerRefused):
    status = 401
    code = "not_signed_in"


class SignInClosed(WorkerRefused):
    status = 403
    code = "sign_in_closed"


class BadRequest(WorkerRefused):
    code = "bad_request"


class NotFound(WorkerRefused):
    status = 404
    code = "not_found"


class NoneLeft(WorkerRefused):
    status = 409
    code = "none_left"


class AlreadyDone(WorkerRefused):
    status = 409
    code = "already_done"


class TooMany(WorkerRefused):
    status = 409
    code = "too_many"


class TooFast(WorkerRefused):
    """More in a short time than a person can do."""

    status = 429
    code = "too_fast"


class NotQualified(WorkerRefused):
    status = 403
    code = "not_qualified"


class Blocked(WorkerRefused):
    """The requester does not let this worker do their HITs."""

    status = 403
    code = "blocked"


class Ended(WorkerRefused):
    """The assignment is not being worked on any more."""

    status = 409
    code = "ended"


class ConsentNeeded(WorkerRefused):
    """The requester wants this version of a text to be agreed to first."""

    status = 409
    code = "consent_needed"

    def __init__(self, message: str, version: int) -> None:
        super().__init__(message)
        self.version = version

    def more(self) -> dict[str, Any]:
        return {"version": self.version}


class TooManyReports(WorkerRefused):
    status = 429
    code = "too_many_reports"


class BadAnswer(WorkerRefused):
    """What was filled in does not fit the form, which may be sent again; `errors` has why."""

    status = 422
    code = "bad_answer"

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__("Some answers are missing or cannot be taken as they are.")
        self.errors = errors

    def more(self) -> dict[str, Any]:
        return {"errors": self.errors}


class PageRefused(MarketplaceError):
    """A requester's page is not shown; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class SubmissionRefused(MarketplaceError, Refusal):
    """A submitted form counts for nothing; `status` is HTTP's, `code` for the site."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message, _SUBMISSION_CODES.get(status, "bad_request"))
        self.status = status


class Busy(MarketplaceError, Refusal):
    """The store did not answer."""

    status = 503
    code = "unavailable"
    retry_after_s = 5


class SwitchedOff(MarketplaceError, Refusal):
    """Configuration has no marketplace here."""

    status = 404
    code = "no_marketplace"

    def __init__(self) -> None:
        super().__init__("There is no marketplace here; it is switched off.")


class KeyRefused(MarketplaceError):
    """An access key is unknown or was revoked."""
