"""Reports of review policies in DynamoDB."""

from __future__ import annotations

import contextlib
from dataclasses import asdict

from pynamodb.exceptions import DoesNotExist

from chalicelib.kit.dynamo.writes import ConditionFailed, put, update
from chalicelib.marketplace.domain.assignments import Assignment
from chalicelib.marketplace.domain.reports import Action, Report, Result
from chalicelib.marketplace.store.policy_tables import ReportRow
from chalicelib.marketplace.store.tables import AssignmentRow


class DynamoReports:
    """Implements `ReportStore`."""

    def save(self, report: Report) -> None:
        put(
            ReportRow(
                report.hit_id,
                report.entry,
                results=[asdict(result) for result in report.results],
                actions=[asdict(action) for action in report.actions],
                submitted=report.submitted,
            )
        )

    def find(self, hit_id: str, entry: str) -> Report | None:
        try:
            return _to_report(ReportRow.get(hit_id, entry, consistent_read=True))
        except DoesNotExist:
            return None

    def reports(self, hit_id: str, level: str, after: str, limit: int) -> list[Report]:
        # Entries are made of digits and capital letters, all before "~".
        part = ReportRow.entry.between(after + " " if after else level, level + "~")
        rows = ReportRow.query(hit_id, part, limit=limit, consistent_read=True)
        return [_to_report(row) for row in rows]

    def set_score(self, assignment: Assignment, score: int | None) -> None:
        row = AssignmentRow(assignment.hit_id, assignment.worker_id)
        actions = [AssignmentRow.to_score.set(False)]
        if score is not None:
            actions.append(AssignmentRow.score.set(score))
        with contextlib.suppress(ConditionFailed):
            update(row, actions, AssignmentRow.assignment_id == assignment.assignment_id)


def _to_report(row: ReportRow) -> Report:
    return Report(
        row.hit_id,
        row.entry,
        tuple(Result(**result) for result in row.results),
        tuple(Action(**action) for action in row.actions),
        int(row.submitted),
    )
