"""Work times in DynamoDB: one small item a HIT type, which never grows."""

from __future__ import annotations

from collections.abc import Sequence

from pynamodb.exceptions import DoesNotExist

from chalicelib.kit.dynamo.writes import ConditionFailed, put
from chalicelib.marketplace.domain.work_times import Times
from chalicelib.marketplace.store.site_tables import WorkTimeRow


class DynamoWorkTimes:
    """Implements `WorkTimeStore`. Reads may be a moment old, which a median does not feel."""

    def find(self, hit_type_id: str) -> Times | None:
        try:
            return _to_times(WorkTimeRow.get(hit_type_id))
        except DoesNotExist:
            return None

    def find_many(self, hit_type_ids: Sequence[str]) -> dict[str, Times]:
        """One batch read of items below 1 KB."""
        rows = WorkTimeRow.batch_get(list(dict.fromkeys(hit_type_ids)))
        return {row.hit_type_id: _to_times(row) for row in rows}

    def save(self, hit_type_id: str, times: Times, before: Times | None) -> bool:
        """One write of one unit."""
        row = WorkTimeRow(
            hit_type_id,
            seconds=list(times.seconds),
            noted=times.count,
            at_ms=times.at_ms,
            noted_ms=list(times.noted_ms),
        )
        same = (
            WorkTimeRow.noted == before.count
            if before
            else WorkTimeRow.hit_type_id.does_not_exist()
        )
        try:
            put(row, same)
        except ConditionFailed:
            return False
        return True


def _to_times(row: WorkTimeRow) -> Times:
    return Times(
        tuple(int(s) for s in row.seconds),
        int(row.noted),
        int(row.at_ms),
        tuple(int(ms) for ms in row.noted_ms or ()),
    )
