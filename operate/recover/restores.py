"""What a recovery needs of a database: point-in-time restores, begun and looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from botocore.exceptions import ClientError

from chalicelib.kit.clock import Clock
from chalicelib.kit.dynamo.tables import TableDefinition
from operate.aws import code_of


@dataclass(frozen=True, slots=True)
class Source:
    """A table as it may be restored: between `earliest` and `latest`; both are None where nothing
    is kept of it. `copied_from` is the table that it was itself restored from."""

    made: datetime
    earliest: datetime | None
    latest: datetime | None
    copied_from: str | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """A table that is being restored, or is. `at` None: not to a moment, but from a backup;
    `source` None: not restored at all, but made."""

    source: str | None
    at: datetime | None
    ready: bool


class Restores(Protocol):
    def source(self, table: str) -> Source | None: ...

    def restored(self, table: str) -> Restored | None: ...

    def begin(self, source: str, target: str, at: datetime) -> bool:
        """Ask for a restore; False while the database does no more of them at once."""
        ...

    def finish(
        self, table: str, like: str, definition: TableDefinition, protect: bool
    ) -> list[str]:
        """Switch on what a restored table lacks, and give it the tags of the one that it is like;
        say what was switched on."""
        ...

    def deleted_copy(self, table: str) -> str | None:
        """The backup that was made when a table of this name was deleted."""
        ...


class DynamoRestores:
    """DynamoDB's own."""

    # Just after a table was made its backups may not be enabled yet; tries, and seconds between.
    _TRIES, _PAUSE_S = 30, 2.0

    def __init__(self, client: Any, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def source(self, table: str) -> Source | None:
        found = self._described(table)
        if found is None:
            return None
        backups = self._client.describe_continuous_backups(TableName=table)
        kept = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        is_on = kept.get("PointInTimeRecoveryStatus") == "ENABLED"
        return Source(
            made=_utc(found["CreationDateTime"]),
            earliest=_utc(kept["EarliestRestorableDateTime"]) if is_on else None,
            latest=_utc(kept["LatestRestorableDateTime"]) if is_on else None,
            copied_from=_source_of(found.get("RestoreSummary", {})),
        )

    def restored(self, table: str) -> Restored | None:
        found = self._described(table)
        if found is None:
            return None
        summary = found.get("RestoreSummary", {})
        is_of_moment = bool(summary) and "SourceBackupArn" not in summary
        is_ready = found["TableStatus"] == "ACTIVE" and not summary.get("RestoreInProgress")
        return Restored(
            source=_source_of(summary),
            at=_utc(summary["RestoreDateTime"]).replace(microsecond=0) if is_of_moment else None,
            ready=is_ready,
        )

    def begin(self, source: str, target: str, at: datetime) -> bool:
        try:
            self._client.restore_table_to_point_in_time(
                SourceTableName=source,
                TargetTableName=target,
                RestoreDateTime=at,
                BillingModeOverride="PAY_PER_REQUEST",
            )
        except ClientError as error:
            if code_of(error) == "LimitExceededException":
                return False
            # The first of two tries, whose answer got lost: what it made is looked at anyway.
            if code_of(error) not in {"TableAlreadyExistsException", "TableInUseException"}:
                raise
        return True

    def finish(
        self, table: str, like: str, definition: TableDefinition, protect: bool
    ) -> list[str]:
        done = []
        ttl = self._client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if definition.ttl_attribute and not ttl["TimeToLiveStatus"].startswith("ENABL"):
            wanted = {"Enabled": True, "AttributeName": definition.ttl_attribute}
            self._client.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)
            done.append("clearing by time")
        if (found := self.source(table)) is None or found.earliest is None:
            self._keep_all_moments(table)
            done.append("point-in-time recovery")
        there = self._client.describe_table(TableName=table)["Table"]
        if there.get("BillingModeSummary", {}).get("BillingMode") != "PAY_PER_REQUEST":
            self._client.update_table(TableName=table, BillingMode="PAY_PER_REQUEST")
            done.append("billing by request")
        if protect and not there.get("DeletionProtectionEnabled"):
            self._client.update_table(TableName=table, DeletionProtectionEnabled=True)
            done.append("protection from deletion")
        if self._copy_tags(like, there["TableArn"]):
            done.append("tags")
        return done

    def deleted_copy(self, table: str) -> str | None:
        listed = self._client.list_backups(TableName=table, BackupType="SYSTEM")
        copies = [one for one in listed["BackupSummaries"] if one["BackupType"] == "SYSTEM"]
        copies.sort(key=lambda one: one["BackupCreationDateTime"])
        return str(copies[-1]["BackupArn"]) if copies else None

    def _keep_all_moments(self, table: str) -> None:
        for left in reversed(range(self._TRIES)):
            try:
                self._client.update_continuous_backups(
                    TableName=table,
                    PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
                )
            except ClientError as error:
                if code_of(error) != "ContinuousBackupsUnavailableException" or not left:
                    raise
                self._clock.sleep(self._PAUSE_S)
            else:
                return

    def _copy_tags(self, like: str, arn: str) -> bool:
        source = self._described(like)
        if source is None:
            return False
        wanted, there = (self._tags(one) for one in (str(source["TableArn"]), arn))
        missing = [
            {"Key": key, "Value": value}
            for key, value in wanted.items()
            if there.get(key) != value and not key.startswith("aws:")
        ]
        if missing:
            self._client.tag_resource(ResourceArn=arn, Tags=missing)
        return bool(missing)

    def _tags(self, arn: str) -> dict[str, str]:
        pages = self._client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
        return {tag["Key"]: tag["Value"] for page in pages for tag in page.get("Tags", [])}

    def _described(self, table: str) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = self._client.describe_table(TableName=table)["Table"]
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            return None
        return found


def _source_of(summary: Mapping[str, Any]) -> str | None:
    arn = summary.get("SourceTableArn")
    return None if arn is None else str(arn).rpartition("/")[2]


def _utc(given: datetime) -> datetime:
    return given.astimezone(UTC)
