"""Point-in-time recovery of moto's tables as AWS has it: a window that moves on, a moment that is
kept, tables that are made while one waits, and a bound on how many are."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.utils import unix_time
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import RestoredPITTable
from moto.dynamodb.responses import DynamoHandler

AT_ONCE = 30
"""AWS takes 50, nearly as many as a stage has tables: here some must be waited for."""

_LOOKS = 1


def mend() -> None:
    _move_windows()
    _keep_moments()
    _take_time()
    _enable_backups_later()


def _move_windows() -> None:
    original = DynamoDBBackend.describe_continuous_backups

    def describe(self: Any, table_name: str) -> Any:
        found = original(self, table_name)
        kept = found["PointInTimeRecoveryDescription"]
        if kept["PointInTimeRecoveryStatus"] == "ENABLED":
            # Whole seconds, as what is asked for has no less.
            kept["EarliestRestorableDateTime"] = int(kept["EarliestRestorableDateTime"])
            kept["LatestRestorableDateTime"] = int(unix_time())
        return found

    DynamoDBBackend.describe_continuous_backups = describe  # type: ignore[method-assign]


def _keep_moments() -> None:
    original = DynamoHandler.restore_table_to_point_in_time

    def restore(self: Any) -> Any:
        tables = self.dynamodb_backend.tables.values()
        under_way = [t for t in tables if getattr(t, "looks_left", 0)]
        if len(under_way) >= AT_ONCE:
            raise JsonRESTError("LimitExceededException", "too many restores at once")
        answer = original(self)
        made = self.dynamodb_backend.tables[self.body["TargetTableName"]]
        made.restore_date_time = self.body["RestoreDateTime"]
        made.looks_left = _LOOKS
        made.billing_mode = self.body["BillingModeOverride"]
        return answer

    DynamoHandler.restore_table_to_point_in_time = restore  # type: ignore[method-assign]


def _take_time() -> None:
    original = RestoredPITTable.describe

    def describe(self: Any, base_key: str = "TableDescription") -> Any:
        found = original(self, base_key)
        if getattr(self, "looks_left", 0):
            self.looks_left -= 1
            found[base_key]["TableStatus"] = "CREATING"
            found[base_key]["RestoreSummary"]["RestoreInProgress"] = True
        return found

    RestoredPITTable.describe = describe  # type: ignore[method-assign]


def _enable_backups_later() -> None:
    """Of one table: each takes a wait."""
    original = DynamoDBBackend.update_continuous_backups
    refused: set[str] = set()

    def update(self: Any, table_name: str, point_in_time_spec: Any) -> Any:
        is_restored = isinstance(self.tables.get(table_name), RestoredPITTable)
        if is_restored and table_name.endswith("-seats") and table_name not in refused:
            refused.add(table_name)
            raise JsonRESTError("ContinuousBackupsUnavailableException", "not enabled yet")
        return original(self, table_name, point_in_time_spec)

    DynamoDBBackend.update_continuous_backups = update  # type: ignore[method-assign]
