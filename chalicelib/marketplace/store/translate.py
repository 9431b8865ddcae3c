"""Rows to domain values and back; nothing of PynamoDB leaves the store."""

from __future__ import annotations

from typing import Any

from chalicelib.marketplace.domain.assignments import Assignment, AssignmentStatus
from chalicelib.marketplace.domain.hits import Hit, HitType, Pending, QuestionKind
from chalicelib.marketplace.domain.people import AccessKey, Held, Requester, Worker
from chalicelib.marketplace.store.tables import (
    AccessKeyRow,
    AssignmentRow,
    HitRow,
    HitTypeRow,
    RequesterRow,
    WorkerRow,
)

# Parts of the indexes by time, so that no one partition of them takes all writes.
SHARDS = tuple(f"t{number}" for number in range(4))

DISPOSED = "disposed"
"""The part of the HITs' timers in which those stand whose answers are still to be deleted."""


def shard(key: str) -> str:
    return SHARDS[sum(key.encode()) % len(SHARDS)]


def to_hit(row: HitRow) -> Hit:
    pending = {
        worker_id: Pending(slot["a"], int(slot["d"]))
        for worker_id, slot in row.pending.as_dict().items()
    }
    return Hit(
        hit_id=row.hit_id,
        hit_type_id=row.hit_type_id,
        account_id=row.account_id,
        question_key=row.question_key,
        annotation=row.annotation,
        max_assignments=int(row.max_assignments),
        created_ms=int(row.created_ms),
        expires_ms=int(row.expires_ms),
        reward_cents=int(row.reward_cents),
        fee_cents=int(row.fee_cents),
        room=int(row.room),
        completed=int(row.completed),
        held_slots=int(row.held_slots),
        deleted=row.deleted,
        reviewing=row.reviewing,
        first_due_ms=_whole(row.first_due_ms),
        version=int(row.version),
        over_ms=int(row.over_ms),
        timer_ms=_whole(row.timer_ms) or 0,
        expired_told=row.expired_told,
        over_told=row.over_told,
        policy_key=row.policy_key or "",
        scores_answers=row.scores_answers,
        compares_answers=row.compares_answers,
        barred=row.barred,
        question_kind=QuestionKind(row.question_kind or QuestionKind.EXTERNAL),
        frame_height=_whole(row.frame_height) or 0,
        pending=pending,
    )


def from_hit(hit: Hit) -> HitRow:
    """The row of a new HIT, in every index."""
    return HitRow(
        hit_id=hit.hit_id,
        hit_type_id=hit.hit_type_id,
        account_id=hit.account_id,
        question_key=hit.question_key,
        annotation=hit.annotation,
        max_assignments=hit.max_assignments,
        created_ms=hit.created_ms,
        expires_ms=hit.expires_ms,
        reward_cents=hit.reward_cents,
        fee_cents=hit.fee_cents,
        room=hit.room,
        held_slots=hit.held_slots,
        over_ms=hit.expires_ms,
        listed=hit.account_id,
        holding=hit.account_id,
        open_group=hit.hit_type_id,
        policy_key=hit.policy_key or None,
        scores_answers=hit.scores_answers,
        compares_answers=hit.compares_answers,
        question_kind=hit.question_kind.value,
        frame_height=hit.frame_height,
        timer=shard(hit.hit_id),
        timer_ms=hit.expires_ms,
    )


def to_hit_type(row: HitTypeRow) -> HitType:
    return HitType(
        hit_type_id=row.hit_type_id,
        account_id=row.account_id,
        requester=row.requester,
        title=row.title,
        description=row.description,
        keywords=row.keywords,
        reward_cents=int(row.reward_cents),
        duration_s=int(row.duration_s),
        auto_approval_s=int(row.auto_approval_s),
        requirements=tuple(row.requirements),
    )


def from_hit_type(hit_type: HitType) -> HitTypeRow:
    return HitTypeRow(
        hit_type_id=hit_type.hit_type_id,
        account_id=hit_type.account_id,
        requester=hit_type.requester,
        title=hit_type.title,
        description=hit_type.description,
        keywords=hit_type.keywords,
        reward_cents=hit_type.reward_cents,
        duration_s=hit_type.duration_s,
        auto_approval_s=hit_type.auto_approval_s,
        requirements=[dict(r) for r in hit_type.requirements],
    )


def to_assignment(row: AssignmentRow) -> Assignment:
    return Assignment(
        assignment_id=row.assignment_id,
        hit_id=row.hit_id,
        worker_id=row.worker_id,
        account_id=row.account_id,
        hit_type_id=row.hit_type_id,
        status=AssignmentStatus(row.status),
        accept_ms=int(row.accept_ms),
        deadline_ms=int(row.deadline_ms),
        submit_ms=_whole(row.submit_ms),
        auto_approval_ms=_whole(row.auto_approval_ms),
        reviewed_ms=_whole(row.reviewed_ms),
        rejected_ms=_whole(row.rejected_ms),
        feedback=row.feedback,
        answer_key=row.answer_key,
        reward_cents=int(row.reward_cents),
        fee_cents=int(row.fee_cents),
        bonus_cents=int(row.bonus_cents),
        to_score=row.to_score,
        score=_whole(row.score),
        is_form=row.is_form,
        likely_last=row.likely_last,
    )


def from_assignment(assignment: Assignment) -> AssignmentRow:
    """The row of an assignment that has just been accepted."""
    return AssignmentRow(
        hit_id=assignment.hit_id,
        worker_id=assignment.worker_id,
        assignment_id=assignment.assignment_id,
        account_id=assignment.account_id,
        hit_type_id=assignment.hit_type_id,
        status=assignment.status.value,
        accept_ms=assignment.accept_ms,
        deadline_ms=assignment.deadline_ms,
        reward_cents=assignment.reward_cents,
        fee_cents=assignment.fee_cents,
        timer=shard(assignment.assignment_id),
        timer_ms=assignment.deadline_ms + 1,
        to_score=assignment.to_score,
        is_form=assignment.is_form,
        likely_last=assignment.likely_last,
    )


def to_requester(row: RequesterRow) -> Requester:
    return Requester(
        account_id=row.account_id,
        name=row.name,
        available_cents=int(row.available_cents),
        held_cents=int(row.held_cents),
        spent_cents=int(row.spent_cents),
    )


def to_access_key(row: AccessKeyRow) -> AccessKey:
    return AccessKey(
        access_key=row.access_key,
        account_id=row.account_id,
        created_ms=int(row.created_ms),
        revoked_ms=_whole(row.revoked_ms),
    )


def to_worker(row: WorkerRow) -> Worker:
    queue = {
        assignment_id: Held(entry["h"], int(entry["a"]), int(entry["d"]))
        for assignment_id, entry in row.queue.as_dict().items()
    }
    return Worker(
        worker_id=row.worker_id,
        name=row.name,
        country=row.country,
        queue=queue,
        submitted=int(row.submitted),
        approved=int(row.approved),
        rejected=int(row.rejected),
        pending_cents=int(row.pending_cents),
        rewards_cents=int(row.rewards_cents),
        bonuses_cents=int(row.bonuses_cents),
        returned=int(row.returned),
        abandoned=int(row.abandoned),
        subdivision=row.subdivision,
        adult=row.adult,
        master=row.master,
        generation=int(row.generation),
        personal_link=row.personal_link,
        closed=row.closed,
    )


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
