"""Assignments and answers in DynamoDB."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition

from chalicelib.kit.dynamo.writes import ConditionFailed, put, update
from chalicelib.marketplace.domain.assignments import Assignment, AssignmentStatus, digest_of
from chalicelib.marketplace.domain.ports import Position
from chalicelib.marketplace.domain.retention import ANSWERS_S
from chalicelib.marketplace.store import outbox, translate
from chalicelib.marketplace.store.paging import start_key
from chalicelib.marketplace.store.tables import AnswerRow, AssignmentIdRow, AssignmentRow


class DynamoAssignments:
    """Implements `AssignmentStore`."""

    def name_assignment(self, assignment: Assignment) -> None:
        put(
            AssignmentIdRow(
                assignment.assignment_id,
                hit_id=assignment.hit_id,
                worker_id=assignment.worker_id,
            ),
            AssignmentIdRow.assignment_id.does_not_exist(),
        )

    def forget_id(self, assignment_id: str, at_ms: int) -> None:
        """One write, whether done before or not."""
        row = AssignmentIdRow
        with contextlib.suppress(ConditionFailed):
            update(row(assignment_id), [row.ttl.set(at_ms // 1000)], row.assignment_id.exists())

    def find_by_id(self, assignment_id: str) -> Assignment | None:
        """Two reads by key; None as well for an id that a later acceptance has replaced."""
        try:
            key = AssignmentIdRow.get(assignment_id, consistent_read=True)
        except DoesNotExist:
            return None
        found = self.find(key.hit_id, key.worker_id)
        return found if found and found.assignment_id == assignment_id else None

    def find(self, hit_id: str, worker_id: str) -> Assignment | None:
        try:
            row = AssignmentRow.get(hit_id, worker_id, consistent_read=True)
        except DoesNotExist:
            return None
        return translate.to_assignment(row)

    def find_many(self, keys: Sequence[tuple[str, str]]) -> list[Assignment]:
        rows = AssignmentRow.batch_get(list(dict.fromkeys(keys)), consistent_read=True)
        return [translate.to_assignment(row) for row in rows]

    def start(self, assignment: Assignment, replacing: Assignment | None) -> bool:
        """Write the record of an acceptance over an older one that has ended. One write."""
        condition = AssignmentRow.hit_id.does_not_exist()
        if replacing is not None:
            condition = (AssignmentRow.assignment_id == replacing.assignment_id) & (
                AssignmentRow.status == replacing.status.value
            )
        try:
            put(translate.from_assignment(assignment), condition)
        except ConditionFailed as refused:
            found = refused.found
            return bool(found) and _is_this_start(translate.to_assignment(found), assignment)
        return True

    def end(self, assignment: Assignment, status: AssignmentStatus, now_ms: int) -> bool:
        """Accepted to Returned or Abandoned. One write; True if it is in that state now."""
        row = AssignmentRow(assignment.hit_id, assignment.worker_id)
        try:
            notes = outbox.of_assignment(f"Assignment{status.value}", now_ms, assignment)
            actions = [AssignmentRow.status.set(status.value)]
            outbox.update_noting(row, actions, _is_accepted(assignment), notes)
        except ConditionFailed as refused:
            found = refused.found
            return bool(
                found
                and found.assignment_id == assignment.assignment_id
                and found.status == status.value
            )
        return True

    def submit(self, assignment: Assignment) -> bool:
        """Accepted to Submitted, if its deadline has not passed. One write."""
        assert assignment.submit_ms is not None
        assert assignment.auto_approval_ms is not None
        assert assignment.answer_key is not None
        row = AssignmentRow(assignment.hit_id, assignment.worker_id)
        actions = [
            AssignmentRow.status.set(AssignmentStatus.SUBMITTED.value),
            AssignmentRow.submit_ms.set(assignment.submit_ms),
            AssignmentRow.auto_approval_ms.set(assignment.auto_approval_ms),
            AssignmentRow.due_ms.set(assignment.auto_approval_ms),
            AssignmentRow.answer_key.set(assignment.answer_key),
        ]
        if assignment.to_score:  # at once, lest a crash leave it unscored
            actions.append(AssignmentRow.timer_ms.set(assignment.submit_ms))
        elif assignment.auto_approval_ms < assignment.deadline_ms:
            actions.append(AssignmentRow.timer_ms.set(assignment.auto_approval_ms))
        in_time = AssignmentRow.deadline_ms >= assignment.submit_ms
        try:
            notes = outbox.of_assignment("AssignmentSubmitted", assignment.submit_ms, assignment)
            outbox.update_noting(row, actions, _is_accepted(assignment) & in_time, notes)
        except ConditionFailed as refused:
            # The answer's key is this attempt's own: if it is there, our write was the one.
            return bool(refused.found and refused.found.answer_key == assignment.answer_key)
        return True

    def submitted(
        self, hit_id: str, after: Position | None, limit: int
    ) -> list[tuple[Position, Assignment]]:
        """In the order of submission; `Position` holds the worker's id. One query."""
        start = start_key(after, ("hit_id", hit_id), "submit_ms", "worker_id")
        rows = AssignmentRow.by_submission.query(
            hit_id, limit=limit, consistent_read=True, last_evaluated_key=start
        )
        found = [translate.to_assignment(row) for row in rows]
        return [((a.submit_ms or 0, a.worker_id), a) for a in found]

    def due(self, hit_id: str, limit: int) -> list[Assignment]:
        rows = AssignmentRow.by_due.query(hit_id, limit=limit, consistent_read=True)
        return [translate.to_assignment(row) for row in rows]

    def recent_of_worker(self, worker_id: str, limit: int) -> list[Assignment]:
        rows = AssignmentRow.by_worker.query(worker_id, scan_index_forward=False, limit=limit)
        return [translate.to_assignment(row) for row in rows]

    def of_worker(
        self, worker_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Assignment]]:
        """One query of the index by worker, which no position can lead out of."""
        start = start_key(before, ("worker_id", worker_id), "submit_ms", "hit_id")
        rows = AssignmentRow.by_worker.query(
            worker_id, scan_index_forward=False, limit=limit, last_evaluated_key=start
        )
        found = [translate.to_assignment(row) for row in rows]
        return [((a.submit_ms or 0, a.hit_id), a) for a in found]

    def save_answer(self, text: str, now_ms: int) -> str:
        """Keep an answer under a key of this attempt, which tells the text, too."""
        key = f"{secrets.token_urlsafe(16)}.{digest_of(text)}"
        put(AnswerRow(key, text=text, ttl=now_ms // 1000 + ANSWERS_S))
        return key

    def answers(self, keys: Sequence[str]) -> dict[str, str]:
        rows = AnswerRow.batch_get(list(dict.fromkeys(keys)), consistent_read=True)
        return {row.answer_key: row.text for row in rows}


def _is_accepted(assignment: Assignment) -> Condition:
    condition: Condition = (AssignmentRow.assignment_id == assignment.assignment_id) & (
        AssignmentRow.status == AssignmentStatus.ACCEPTED.value
    )
    return condition


def _is_this_start(found: Assignment, started: Assignment) -> bool:
    """Whether the record is what this very attempt wrote, so that its answer was lost."""
    return (found.assignment_id, found.status, found.accept_ms) == (
        started.assignment_id,
        started.status,
        started.accept_ms,
    )
