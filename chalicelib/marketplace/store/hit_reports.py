"""Reports of HITs in DynamoDB."""

from __future__ import annotations

import contextlib
from typing import Any

from pynamodb.exceptions import DoesNotExist

from chalicelib.kit.dynamo.writes import ConditionFailed, put, update
from chalicelib.marketplace.domain.hit_reports import HitReport, Reason, ReportState
from chalicelib.marketplace.domain.ports import Position
from chalicelib.marketplace.domain.retention import REPORTS_S
from chalicelib.marketplace.store.site_tables import HitReportRow
from chalicelib.marketplace.store.tables import HitRow


class DynamoHitReports:
    """Implements `HitReportStore`."""

    def add(self, report: HitReport) -> None:
        row = HitReportRow(
            report.hit_id,
            report.worker_id,
            account_id=report.account_id,
            hit_type_id=report.hit_type_id,
            reason=report.reason.value,
            text=report.text,
            at_ms=report.at_ms,
            state=report.state.value,
        )
        with contextlib.suppress(ConditionFailed):
            put(row, HitReportRow.hit_id.does_not_exist())

    def find(self, hit_id: str, worker_id: str) -> HitReport | None:
        try:
            return _to_report(HitReportRow.get(hit_id, worker_id, consistent_read=True))
        except DoesNotExist:
            return None

    def count_since(self, worker_id: str, since_ms: int, most: int) -> int:
        """One query of an index for so many keys at most."""
        later = HitReportRow.at_ms > since_ms
        return len(list(HitReportRow.by_worker.query(worker_id, later, limit=most)))

    def in_state(
        self, state: ReportState, after: Position | None, limit: int
    ) -> list[tuple[Position, HitReport]]:
        """One query; `Position` holds HIT and worker."""
        start: dict[str, Any] | None = None
        if after is not None:
            hit_id, _, worker_id = after[1].partition("/")
            start = {
                "state": {"S": state.value},
                "at_ms": {"N": str(after[0])},
                "hit_id": {"S": hit_id},
                "worker_id": {"S": worker_id},
            }
        rows = HitReportRow.by_state.query(state.value, limit=limit, last_evaluated_key=start)
        found = [_to_report(row) for row in rows]
        return [((r.at_ms, f"{r.hit_id}/{r.worker_id}"), r) for r in found]

    def of_hit(self, hit_id: str) -> list[HitReport]:
        return [_to_report(row) for row in HitReportRow.query(hit_id, consistent_read=True)]

    def resolve(self, report: HitReport, state: ReportState, now_ms: int) -> None:
        actions = [
            HitReportRow.state.set(state.value),
            HitReportRow.resolved_ms.set(now_ms),
            HitReportRow.ttl.set(now_ms // 1000 + REPORTS_S),
        ]
        row = HitReportRow(report.hit_id, report.worker_id)
        with contextlib.suppress(ConditionFailed):
            update(row, actions, HitReportRow.state == ReportState.OPEN.value)

    def bar(self, hit_id: str) -> None:
        actions = [HitRow.barred.set(True), HitRow.version.add(1)]
        with contextlib.suppress(ConditionFailed):
            update(HitRow(hit_id), actions, HitRow.hit_id.exists())


def _to_report(row: HitReportRow) -> HitReport:
    return HitReport(
        hit_id=row.hit_id,
        worker_id=row.worker_id,
        account_id=row.account_id,
        hit_type_id=row.hit_type_id,
        reason=Reason(row.reason),
        text=row.text,
        at_ms=int(row.at_ms),
        state=ReportState(row.state),
    )
