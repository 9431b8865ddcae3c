"""Tables and their indexes: what they are made of, and making those that are missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from pynamodb.models import Model

from chalicelib.kit.config import ConfigError

# Between two looks at a table that is being made, or an index that is being filled.
_LOOK_S = 0.5
# A table takes seconds; an index is filled from all that is in its table.
_MADE_WITHIN_S = 300
_FILLED_WITHIN_S = 4 * 3600

TTL = "ttl"
"""The attribute after whose time, in epoch seconds, DynamoDB may clear an item away."""


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A table as DynamoDB and CloudFormation name its parts; `name` is without the prefix."""

    name: str
    attributes: list[dict[str, Any]]
    keys: list[dict[str, Any]]
    global_indexes: list[dict[str, Any]]
    local_indexes: list[dict[str, Any]]
    ttl_attribute: str | None


def definition_of(model: type[Model]) -> TableDefinition:
    """What a model's table is made of, for whoever makes tables by other means than this module."""
    meta, schema = cast(Any, model.Meta), cast(Any, model)._get_schema()
    return TableDefinition(
        name=getattr(meta, "base_name", meta.table_name),
        attributes=sorted(schema["attribute_definitions"], key=lambda a: str(a["AttributeName"])),
        keys=_hash_first(schema["key_schema"]),
        global_indexes=[_index(index) for index in schema["global_secondary_indexes"]],
        local_indexes=[_index(index) for index in schema["local_secondary_indexes"]],
        ttl_attribute=TTL if TTL in model.get_attributes() else None,
    )


def _index(index: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "IndexName": index["index_name"],
        "KeySchema": _hash_first(index["key_schema"]),
        "Projection": index["projection"],
    }


def _hash_first(keys: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return sorted((dict(key) for key in keys), key=lambda key: str(key["KeyType"]) != "HASH")


def _indexes(found: Mapping[str, Any]) -> dict[str, str]:
    """The names of a described table's indexes, with their status."""
    kinds = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
    listed = [index for kind in kinds for index in found.get(kind) or []]
    return {index["IndexName"]: index.get("IndexStatus", "ACTIVE") for index in listed}


class TableMaker:
    """Makes tables through one client, each with this prefix before its name."""

    def __init__(
        self, client: BaseClient, prefix: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = cast(Any, client)
        self._prefix = prefix
        self._sleep = sleep

    def create(self, models: Iterable[type[Model]]) -> None:
        """Create what is missing, on demand billing: tables, and indexes of those that are there.

        All missing tables are asked for before any is waited for: on AWS each takes some seconds.
        Items with an attribute `ttl` are cleared away by DynamoDB some time after it. Raises
        `ConfigError` for a table that cannot be brought up to date.
        """
        tables = [(self._prefix + definition_of(model).name, model) for model in models]
        there = {name: self._described(name) for name, _ in tables}
        self._create_all((name, model) for name, model in tables if there[name] is None)
        for name, model in tables:
            found = there[name]
            if found is None or found["TableStatus"] != "ACTIVE":
                self._wait_for(name)
            # A table of an earlier version may lack it, too.
            self._enable_ttl(name, model)
            if found is not None:
                self._add_indexes(name, model, found)

    def _described(self, table: str) -> Mapping[str, Any] | None:
        try:
            described = self._client.describe_table(TableName=table)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None
        return cast(Mapping[str, Any], described["Table"])

    def _create_all(self, missing: Iterable[tuple[str, type[Model]]]) -> None:
        asked: list[str] = []
        for name, model in missing:
            try:
                self._create(name, model)
            except ClientError as error:
                if not asked or error.response["Error"]["Code"] != "LimitExceededException":
                    raise
                # More at once than DynamoDB makes at the moment.
                for other in asked:
                    self._wait_for(other)
                asked.clear()
                self._create(name, model)
            asked.append(name)

    def _create(self, table: str, model: type[Model]) -> None:
        definition = definition_of(model)
        indexes = {
            "GlobalSecondaryIndexes": definition.global_indexes,
            "LocalSecondaryIndexes": definition.local_indexes,
        }
        try:
            self._client.create_table(
                TableName=table,
                AttributeDefinitions=definition.attributes,
                KeySchema=definition.keys,
                BillingMode="PAY_PER_REQUEST",
                **{kind: some for kind, some in indexes.items() if some},
            )
        except ClientError as error:
            # Somebody else was quicker, or the first of two tries, whose answer got lost.
            if error.response["Error"]["Code"] != "ResourceInUseException":
                raise

    def _wait_for(self, table: str, index: str | None = None) -> None:
        """Wait until a table, and an index of it, can be used and changed.

        DynamoDB may not know a table for some moments after it has been asked for, and refuses the
        next change while the last one is under way. Raises `ConfigError` after the longest time.
        """
        within_s = _MADE_WITHIN_S if index is None else _FILLED_WITHIN_S
        status = "not there"
        for _ in range(int(within_s / _LOOK_S)):
            found = self._described(table)
            if found is not None:
                status = str(found["TableStatus"])
                if status == "ACTIVE" and (index is None or _indexes(found).get(index) == status):
                    return
            self._sleep(_LOOK_S)
        what = table if index is None else f"{table}'s index {index}"
        raise ConfigError(f"the table {what} is not ready after {within_s} s: it is {status}")

    def _enable_ttl(self, table: str, model: type[Model]) -> None:
        attribute = definition_of(model).ttl_attribute
        if attribute is None:
            return
        found = self._client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        # Asked for again, AWS refuses it.
        if found["TimeToLiveStatus"] in {"DISABLED", "DISABLING"}:
            self._client.update_time_to_live(
                TableName=table,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
            )

    def _add_indexes(self, table: str, model: type[Model], found: Mapping[str, Any]) -> None:
        """Add the global indexes that a table of an earlier version lacks, one after another."""
        there = _indexes(found)
        schema = cast(Any, model)._get_schema()
        for index in schema["local_secondary_indexes"]:
            if index["index_name"] not in there:
                raise ConfigError(
                    f"the table {table} is of an earlier version: it lacks the index "
                    f"{index['index_name']}, which DynamoDB makes only together with a table; "
                    "set RETAINER_TABLE_PREFIX to a new one, or copy its items into a new table"
                )
        for index in schema["global_secondary_indexes"]:
            if index["index_name"] in there:
                continue
            self._client.update_table(
                TableName=table,
                AttributeDefinitions=index["attribute_definitions"],
                GlobalSecondaryIndexUpdates=[{"Create": _index(index)}],
            )
            # Filled from what is in the table; the next one has to wait for that.
            self._wait_for(table, index["index_name"])
