"""What is due by the passing of time, from sparse indexes."""

from __future__ import annotations

import contextlib

from chalicelib.kit.dynamo.writes import ConditionFailed, delete, update
from chalicelib.marketplace.domain.assignments import Assignment
from chalicelib.marketplace.store.tables import AnswerRow, AssignmentRow, HitRow
from chalicelib.marketplace.store.translate import DISPOSED, SHARDS


class DynamoTimers:
    """Implements `TimerStore`. One query for each part of an index."""

    def due_hits(self, now_ms: int, limit: int) -> list[str]:
        return [
            row.hit_id
            for part in SHARDS
            for row in HitRow.by_timer.query(part, HitRow.timer_ms <= now_ms, limit=limit)
        ]

    def due_assignments(self, now_ms: int, limit: int) -> list[tuple[str, str]]:
        due = AssignmentRow.timer_ms <= now_ms
        return [
            (row.hit_id, row.worker_id)
            for part in SHARDS
            for row in AssignmentRow.by_timer.query(part, due, limit=limit)
        ]

    def set_timer(self, assignment: Assignment, at_ms: int | None) -> None:
        """One write; nothing happens if the assignment is in another state by now."""
        row = AssignmentRow(assignment.hit_id, assignment.worker_id)
        same = (
            (AssignmentRow.assignment_id == assignment.assignment_id)
            & (AssignmentRow.status == assignment.status.value)
            & AssignmentRow.timer.exists()
        )
        actions = (
            [AssignmentRow.timer.remove(), AssignmentRow.timer_ms.remove()]
            if at_ms is None
            else [AssignmentRow.timer_ms.set(at_ms)]
        )
        with contextlib.suppress(ConditionFailed):
            update(row, actions, same)

    def postpone_hit(self, hit_id: str, at_ms: int) -> None:
        with contextlib.suppress(ConditionFailed):
            update(HitRow(hit_id), [HitRow.timer_ms.set(at_ms)], HitRow.timer.exists())

    def disposed_hits(self, limit: int) -> list[str]:
        """One query of a part of the index that has no others."""
        return [row.hit_id for row in HitRow.by_timer.query(DISPOSED, limit=limit)]

    def clear_answers(self, hit_id: str, limit: int) -> int:
        """A query, and two writes for each; the answer first, as nothing else leads to it."""
        there = AssignmentRow.answer_key.exists()
        rows = list(AssignmentRow.query(hit_id, filter_condition=there, limit=limit))
        for row in rows:
            delete(AnswerRow(row.answer_key))
            same = AssignmentRow.answer_key == row.answer_key
            with contextlib.suppress(ConditionFailed):
                update(row, [AssignmentRow.answer_key.remove()], same)
        return len(rows)

    def end_clearing(self, hit_id: str) -> None:
        actions = [HitRow.timer.remove(), HitRow.timer_ms.remove()]
        with contextlib.suppress(ConditionFailed):
            update(HitRow(hit_id), actions, HitRow.timer == DISPOSED)
