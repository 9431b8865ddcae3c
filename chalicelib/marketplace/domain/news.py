"""The messages that the marketplace writes itself when a requester has decided something.

Each goes out in the transaction of what it tells, so that it is told once and only if it is so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.marketplace.domain.messages import message
from chalicelib.mturk.prices import format_dollars

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.assignments import Assignment
    from chalicelib.marketplace.domain.hits import HitType
    from chalicelib.marketplace.domain.messages import Message
    from chalicelib.marketplace.domain.qualifications import Qualification, QualificationType


def request_granted(kind: QualificationType, held: Qualification) -> Message:
    subject = f"You now hold “{kind.name}”"
    text = (
        f"{kind.requester} has granted your request for the qualification “{kind.name}”. "
        f"Your score is {held.value}."
    )
    return _about(kind, held.worker_id, subject, text, held.grant_ms)


def request_rejected(
    kind: QualificationType, worker_id: str, reason: str | None, now_ms: int
) -> Message:
    subject = f"Your request for “{kind.name}” was not granted"
    text = f"{kind.requester} has not granted your request for the qualification “{kind.name}”."
    return _about(kind, worker_id, subject, _with(text, kind.requester, reason), now_ms)


def type_deleted(kind: QualificationType, worker_id: str, now_ms: int) -> Message:
    subject = f"“{kind.name}” is no longer offered"
    text = (
        f"{kind.requester} no longer offers the qualification “{kind.name}”, "
        "so your request for it has ended."
    )
    return _about(kind, worker_id, subject, text, now_ms)


def given(kind: QualificationType, held: Qualification, before: Qualification | None) -> Message:
    """A grant that nobody asked for, or another score."""
    if before is not None and before.is_held:
        subject = f"Your score for “{kind.name}” has changed"
        text = (
            f"{kind.requester} has changed your score for the qualification “{kind.name}” "
            f"from {before.value} to {held.value}."
        )
    else:
        subject = f"You now hold “{kind.name}”"
        text = (
            f"{kind.requester} has given you the qualification “{kind.name}”. "
            f"Your score is {held.value}."
        )
    return _about(kind, held.worker_id, subject, text, held.grant_ms)


def revoked(kind: QualificationType, worker_id: str, reason: str | None, now_ms: int) -> Message:
    subject = f"You no longer hold “{kind.name}”"
    text = (
        f"{kind.requester} has taken back the qualification “{kind.name}”. "
        "HITs that require it are no longer open to you."
    )
    return _about(kind, worker_id, subject, _with(text, kind.requester, reason), now_ms)


def bonus(
    hit_type: HitType, assignment: Assignment, cents: int, reason: str, now_ms: int
) -> Message:
    amount = format_dollars(cents)
    text = f"{hit_type.requester} has paid you a bonus of ${amount} for “{hit_type.title}”."
    subject = f"A bonus of ${amount}"
    return _for(hit_type, assignment, subject, _with(text, hit_type.requester, reason), now_ms)


def rejected(hit_type: HitType, assignment: Assignment, feedback: str, now_ms: int) -> Message:
    text = f"{hit_type.requester} has rejected what you submitted for “{hit_type.title}”."
    subject = f"Not approved: {hit_type.title}"
    return _for(hit_type, assignment, subject, _with(text, hit_type.requester, feedback), now_ms)


def rejection_taken_back(
    hit_type: HitType, assignment: Assignment, feedback: str | None, now_ms: int
) -> Message:
    reward = format_dollars(assignment.reward_cents)
    text = (
        f"{hit_type.requester} has taken back the rejection of your work on “{hit_type.title}” "
        f"and approved it. You have earned ${reward}."
    )
    subject = f"Approved after all: {hit_type.title}"
    return _for(hit_type, assignment, subject, _with(text, hit_type.requester, feedback), now_ms)


def blocked(worker_id: str, account_id: str, requester: str, now_ms: int) -> Message:
    """Without the reason, which is the requester's own note."""
    text = (
        f"{requester} has blocked you. You will not see or accept HITs of this requester any more."
    )
    return message(worker_id, account_id, requester, "You have been blocked", text, now_ms)


def _about(
    kind: QualificationType, worker_id: str, subject: str, text: str, now_ms: int
) -> Message:
    type_id = kind.qualification_type_id
    return message(worker_id, kind.account_id, kind.requester, subject, text, now_ms, type_id)


def _for(hit_type: HitType, work: Assignment, subject: str, text: str, now_ms: int) -> Message:
    who = hit_type.requester
    return message(work.worker_id, work.account_id, who, subject, text, now_ms)


def _with(text: str, requester: str, words: str | None) -> str:
    """With the requester's own words, if there are any."""
    return f"{text}\n\n{requester} writes: {words}" if words and words.strip() else text
