"""The protocol's JSON: domain values as the service shows them, parameters read from it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.domain import ids, requirements
from chalicelib.marketplace.domain.assignments import AssignmentStatus
from chalicelib.marketplace.domain.errors import InvalidParameter
from chalicelib.marketplace.services.postings import HitValues, TypeValues
from chalicelib.mturk.prices import format_dollars

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.services.postings import FullHit
    from chalicelib.marketplace.services.review import Submission

DEFAULT_PAGE = 10
# A Lambda function's answer has at most 6 MB, and is JSON in JSON: quotes count twice.
_MAX_PAGE = 2_900_000


def seconds(ms: int) -> int:
    """Times on the wire are whole seconds since the epoch, as the service's were."""
    return ms // 1000


def hit(full: FullHit, now_ms: int) -> dict[str, Any]:
    """A HIT with everything that clients index without asking."""
    found, hit_type = full.hit, full.hit_type
    shown: dict[str, Any] = {
        "HITId": found.hit_id,
        "HITTypeId": found.hit_type_id,
        "HITGroupId": ids.group_id_of(found.hit_type_id),
        "CreationTime": seconds(found.created_ms),
        "Title": hit_type.title,
        "Description": hit_type.description,
        "Question": full.question,
        "HITStatus": found.status(now_ms).value,
        "MaxAssignments": found.max_assignments,
        "Reward": format_dollars(found.reward_cents),
        "AutoApprovalDelayInSeconds": hit_type.auto_approval_s,
        "Expiration": seconds(found.expires_ms),
        "AssignmentDurationInSeconds": hit_type.duration_s,
        "QualificationRequirements": [requirements.filled_in(r) for r in hit_type.requirements],
        "HITReviewStatus": "NotReviewed",
        "NumberOfAssignmentsPending": found.pending_count(now_ms),
        "NumberOfAssignmentsAvailable": found.available(now_ms),
        "NumberOfAssignmentsCompleted": found.completed,
    }
    if hit_type.keywords is not None:
        shown["Keywords"] = hit_type.keywords
    if found.annotation is not None:
        shown["RequesterAnnotation"] = found.annotation
    return shown


def assignment(submission: Submission) -> dict[str, Any]:
    """An assignment; a time that has not come is left out, and an answer that is gone."""
    found = submission.assignment
    shown: dict[str, Any] = {
        "AssignmentId": found.assignment_id,
        "WorkerId": found.worker_id,
        "HITId": found.hit_id,
        "AssignmentStatus": found.status.value,
        "AcceptTime": seconds(found.accept_ms),
        "Deadline": seconds(found.deadline_ms),
    }
    if submission.answer:
        shown["Answer"] = submission.answer
    if found.submit_ms is not None:
        shown["SubmitTime"] = seconds(found.submit_ms)
    if found.auto_approval_ms is not None:
        shown["AutoApprovalTime"] = seconds(found.auto_approval_ms)
    if found.status is AssignmentStatus.APPROVED and found.reviewed_ms is not None:
        shown["ApprovalTime"] = seconds(found.reviewed_ms)
    if found.rejected_ms is not None:
        shown["RejectionTime"] = seconds(found.rejected_ms)
    if found.feedback is not None:
        shown["RequesterFeedback"] = found.feedback
    return shown


def type_values(parameters: dict[str, Any]) -> TypeValues:
    return TypeValues(
        title=parameters["Title"],
        description=parameters["Description"],
        keywords=parameters.get("Keywords"),
        reward=parameters["Reward"],
        duration_s=parameters["AssignmentDurationInSeconds"],
        auto_approval_s=parameters.get("AutoApprovalDelayInSeconds"),
        requirements=parameters.get("QualificationRequirements") or [],
    )


def hit_values(parameters: dict[str, Any]) -> HitValues:
    return HitValues(
        question=parameters["Question"],
        lifetime_s=parameters["LifetimeInSeconds"],
        max_assignments=parameters.get("MaxAssignments", 1),
        annotation=parameters.get("RequesterAnnotation"),
        token=parameters.get("UniqueRequestToken"),
        assignment_policy=parameters.get("AssignmentReviewPolicy"),
        hit_policy=parameters.get("HITReviewPolicy"),
    )


def page_size(parameters: dict[str, Any]) -> int:
    return int(parameters.get("MaxResults", DEFAULT_PAGE))


def next_token(operation: str, position: Position) -> str:
    """A token that says where the page ended; good for this operation only."""
    raw = json.dumps([operation, *position], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def position_of(operation: str, parameters: dict[str, Any]) -> Position | None:
    """Read a token; None if there is none. Whose list it is does not depend on it."""
    token = parameters.get("NextToken")
    if token is None:
        return None
    try:
        raw = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        name, at_ms, key = raw
    except (ValueError, TypeError):
        name = None
    if (
        name != operation
        or type(at_ms) is not int  # true is an int to isinstance
        or not isinstance(key, str)
        or not key.isalnum()
        or not 0 <= at_ms < 2**53
    ):
        raise InvalidParameter('The value given is not valid for the parameter "NextToken".')
    return at_ms, key


def page(
    operation: str,
    name: str,
    items: list[tuple[Position, dict[str, Any]]],
    end: Position | None = None,
) -> dict[str, Any]:
    """A page of a list, shorter than asked for if its texts are long. Every page that is not empty
    has a token, the last one too: of the two ways in which programs read on, both then end where
    they should. `end` is where to go on if that is not behind the last item."""
    fitting = _fitting(items)
    if len(fitting) < len(items):
        end = None
    items = fitting
    answer: dict[str, Any] = {"NumResults": len(items), name: [item for _, item in items]}
    if end is None and items:
        end = items[-1][0]
    if end is not None:
        answer["NextToken"] = next_token(operation, end)
    return answer


def _fitting(
    items: list[tuple[Position, dict[str, Any]]],
) -> list[tuple[Position, dict[str, Any]]]:
    """The first of these that fit into an answer; one at least."""
    size = 0
    for count, (_, item) in enumerate(items):
        size += len(json.dumps(item))
        if count and size > _MAX_PAGE:
            return items[:count]
    return items
