"""The connection to DynamoDB that both stores share: one client, sane time limits, costs counted.

PynamoDB makes a botocore client per model class, 37-90 ms of processor time each; `Dynamo.bind`
gives all models one. That uses a private attribute of PynamoDB, here and nowhere else.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import botocore
from botocore.client import BaseClient
from botocore.config import Config as BotoConfig
from botocore.exceptions import ClientError
from pynamodb.connection import Connection
from pynamodb.exceptions import PynamoDBException
from pynamodb.models import Model

from chalicelib import sdk
from chalicelib.config import ConfigError

# Between two looks at an index that is being filled.
_LOOK_S = 0.5

TTL = "ttl"
"""The attribute after whose time, in epoch seconds, DynamoDB may clear an item away."""

CONDITION_FAILED = "ConditionalCheckFailedException"

USER_AGENT = "Retainer"

_UNCHECKED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0",
    "X-Amz-Date": "20260101T000000Z",
}


class StoreUnavailable(Exception):
    """DynamoDB refused or did not answer, after the client's own retries."""


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


class Dynamo:
    """One DynamoDB client, and the tables' names bound to it.

    `consumed` counts capacity units and calls by operation: (operation, "units") and
    (operation, "calls"). A refused conditional write is billed by AWS although no engine reports
    it; it is counted as (operation, "refused").
    """

    def __init__(
        self,
        *,
        region: str,
        endpoint: str | None = None,
        table_prefix: str = "retainer-",
        max_pool_connections: int = 64,
    ) -> None:
        # A local engine checks no signature, but botocore refuses to send without credentials.
        key = "local" if endpoint else None
        self.client: BaseClient = sdk.client(
            "dynamodb",
            region,
            endpoint_url=endpoint,
            config=BotoConfig(
                connect_timeout=1,
                read_timeout=3,
                retries={"mode": "standard", "total_max_attempts": 3},
                max_pool_connections=max_pool_connections,
                parameter_validation=False,
                # Ready made: the usual one is put together anew, twice for each call.
                user_agent=USER_AGENT,
            ),
            aws_access_key_id=key,
            aws_secret_access_key=key,
        )
        self.region = region
        self.endpoint = endpoint
        self.table_prefix = table_prefix
        self.consumed: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        events = self.client.meta.events
        if endpoint:
            events.register("choose-signer.dynamodb", _sign_not)
            events.register("before-call.dynamodb", _look_signed)
        events.register("provide-client-params.dynamodb.*", _ask_for_old_item)
        events.register("after-call.dynamodb.*", self._count)

    def _count(self, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        units = parsed.get("ConsumedCapacity") or []
        total = sum(u["CapacityUnits"] for u in ([units] if isinstance(units, dict) else units))
        refused = parsed.get("Error", {}).get("Code") == CONDITION_FAILED
        with self._lock:
            self.consumed[model.name, "calls"] += 1
            self.consumed[model.name, "units"] += total
            if refused:
                self.consumed[model.name, "refused"] += 1

    def bind(self, models: Iterable[type[Model]]) -> None:
        """Give each model this client and its full table name (prefix + `Meta.table_name`)."""
        for model in models:
            meta: Any = model.Meta
            if not hasattr(meta, "base_name"):
                meta.base_name = meta.table_name
            meta.table_name = self.table_prefix + meta.base_name
            meta.region = self.region
            meta.host = self.endpoint
            model._connection = None
            connection: Connection = model._get_connection().connection
            connection._client = cast(Any, self.client)

    def create_tables(self, models: Iterable[type[Model]]) -> None:
        """Create what is missing, on demand billing: tables, and indexes of those that are there.

        All missing tables are asked for before any is waited for: on AWS each takes some seconds.
        Items with an attribute `ttl` are cleared away by DynamoDB some time after it. Raises
        `ConfigError` for a table that cannot be brought up to date.
        """
        tables = [(self.table_prefix + definition_of(model).name, model) for model in models]
        there = {name: self._described(name) for name, _ in tables}
        for name, model in tables:
            if there[name] is None:
                self._create(name, model)
        for name, model in tables:
            found = there[name]
            if found is None or found["TableStatus"] == "CREATING":
                self._wait_for(name)
            if found is None:
                self._clear_away(name, model)
            else:
                self._add_indexes(name, model)

    def _described(self, table: str) -> Mapping[str, Any] | None:
        try:
            described = cast(Any, self.client).describe_table(TableName=table)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None
        return cast(Mapping[str, Any], described["Table"])

    def _create(self, table: str, model: type[Model]) -> None:
        definition = definition_of(model)
        indexes = {
            "GlobalSecondaryIndexes": definition.global_indexes,
            "LocalSecondaryIndexes": definition.local_indexes,
        }
        try:
            cast(Any, self.client).create_table(
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

    def _wait_for(self, table: str) -> None:
        while (found := self._described(table)) and found["TableStatus"] == "CREATING":
            time.sleep(_LOOK_S)

    def _clear_away(self, table: str, model: type[Model]) -> None:
        attribute = definition_of(model).ttl_attribute
        if attribute is None:
            return
        client = cast(Any, self.client)
        found = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        # Asked for again, AWS refuses it.
        if found["TimeToLiveStatus"] in {"DISABLED", "DISABLING"}:
            client.update_time_to_live(
                TableName=table,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute},
            )

    def _add_indexes(self, table: str, model: type[Model]) -> None:
        """Add the global indexes that a table of an earlier version lacks, one after another."""
        there = self._indexes(table)
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
            cast(Any, self.client).update_table(
                TableName=table,
                AttributeDefinitions=index["attribute_definitions"],
                GlobalSecondaryIndexUpdates=[{"Create": _index(index)}],
            )
            # Filled from what is in the table; the next one has to wait for that.
            while self._indexes(table).get(index["index_name"]) != "ACTIVE":
                time.sleep(_LOOK_S)

    def _indexes(self, table: str) -> dict[str, str]:
        """The names of a table's indexes, with their status."""
        found = cast(Any, self.client).describe_table(TableName=table)["Table"]
        kinds = ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
        listed = [index for kind in kinds for index in found.get(kind) or []]
        return {index["IndexName"]: index.get("IndexStatus", "ACTIVE") for index in listed}


def _sign_not(**_: Any) -> Any:
    return botocore.UNSIGNED


def _look_signed(params: dict[str, Any], **_: Any) -> None:
    # To sign takes a fifth of a call's processor time, and a local engine looks at the form only.
    params["headers"].update(_UNCHECKED)


def _ask_for_old_item(params: dict[str, Any], model: Any, **_: Any) -> None:
    # PynamoDB wires this only for transactions; it saves the read that tells "gone" from "taken".
    if model.name in {"UpdateItem", "PutItem", "DeleteItem"} and "ConditionExpression" in params:
        params.setdefault("ReturnValuesOnConditionCheckFailure", "ALL_OLD")


def is_refused(error: PynamoDBException) -> bool:
    """Whether a write failed because its condition did not hold.

    PynamoDB's own `cause_response_code` raises where botocore's error has no response, as after a
    time-out.
    """
    code = _response(error).get("Error", {}).get("Code")
    return bool(code == CONDITION_FAILED)


def refused_item(error: PynamoDBException) -> dict[str, Any] | None:
    """The item that made a condition fail, in DynamoDB's wire form; None if there was none."""
    item = _response(error).get("Item")
    return dict(item) if item else None


def _response(error: PynamoDBException) -> dict[str, Any]:
    cause = getattr(error.cause, "__cause__", None) or error.cause
    return getattr(cause, "response", None) or {}
