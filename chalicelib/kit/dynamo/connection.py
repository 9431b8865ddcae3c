"""The connection to DynamoDB that both stores share: one client, sane time limits, costs counted.

PynamoDB makes a botocore client per model class, 37-90 ms of processor time each; `Dynamo.bind`
gives all models one. That uses a private attribute of PynamoDB, here and nowhere else.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, cast

import botocore
from botocore.client import BaseClient
from botocore.config import Config as BotoConfig
from pynamodb.connection import Connection
from pynamodb.models import Model

from chalicelib.kit import sdk
from chalicelib.kit.dynamo.client import CONDITION_FAILED, Client, Patience
from chalicelib.kit.dynamo.client import StoreUnavailable as StoreUnavailable

USER_AGENT = "Retainer"

PATIENCE = Patience()
"""A call ends within 7 s, so that one that begins 20 s after its request came is answered, by us,
before API Gateway's 29 s are over."""

_UNCHECKED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host, Signature=0",
    "X-Amz-Date": "20260101T000000Z",
}


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
        patience: Patience = PATIENCE,
    ) -> None:
        # A local engine checks no signature, but botocore refuses to send without credentials.
        key = "local" if endpoint else None
        self.client: BaseClient = sdk.client(
            "dynamodb",
            region,
            endpoint_url=endpoint,
            config=BotoConfig(
                connect_timeout=patience.connect_s,
                read_timeout=patience.read_s,
                retries={"mode": "standard", "total_max_attempts": patience.tries},
                max_pool_connections=max_pool_connections,
                parameter_validation=False,
                # Ready made: the usual one is put together anew, twice for each call.
                user_agent=USER_AGENT,
            ),
            aws_access_key_id=key,
            aws_secret_access_key=key,
        )
        self.calls = Client(self.client, patience)
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
            connection._client = cast(Any, self.calls)

    def create_tables(self, models: Iterable[type[Model]]) -> None:
        """Create what is missing of these tables and their indexes: see `kit.dynamo.tables`."""
        # Not at import: no function in AWS makes tables.
        from chalicelib.kit.dynamo.tables import TableMaker

        TableMaker(self.client, self.table_prefix).create(models)


def _sign_not(**_: Any) -> Any:
    return botocore.UNSIGNED


def _look_signed(params: dict[str, Any], **_: Any) -> None:
    # To sign takes a fifth of a call's processor time, and a local engine looks at the form only.
    params["headers"].update(_UNCHECKED)


def _ask_for_old_item(params: dict[str, Any], model: Any, **_: Any) -> None:
    # PynamoDB wires this only for transactions; it saves the read that tells "gone" from "taken".
    if model.name in {"UpdateItem", "PutItem", "DeleteItem"} and "ConditionExpression" in params:
        params.setdefault("ReturnValuesOnConditionCheckFailure", "ALL_OLD")
