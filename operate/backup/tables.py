"""The service's tables as whoever copies them sees them: names, and all items."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from pynamodb.models import Model

from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.kit.dynamo.tables import TableDefinition, definition_of
from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS
from operate.backup.items import Item
from operate.target import Refused

# What BatchWriteItem takes at once, and how often what it left undone is sent again.
AT_ONCE = 25
_TRIES = 10
_PAUSE_S = 0.1


class Tables:
    def __init__(self, config: Config, prefix: str | None = None) -> None:
        """`prefix`: others than the configuration's."""
        self.config = config if prefix is None else replace(config, table_prefix=prefix)
        self.dynamo = Dynamo(
            region=config.region,
            endpoint=config.dynamodb_endpoint,
            table_prefix=self.config.table_prefix,
        )
        self.client = cast(Any, self.dynamo.client)

    def definitions(self) -> list[TableDefinition]:
        """The tables that this configuration uses."""
        return [definition_of(model) for model in self.models()]

    def there(self) -> set[str]:
        """The names, without the prefix, of those that exist: a call for each."""
        found = set()
        for definition in self.definitions():
            try:
                self.client.describe_table(TableName=self.full_name(definition.name))
            except self.client.exceptions.ResourceNotFoundException:
                continue
            found.add(definition.name)
        return found

    def make_missing(self) -> None:
        for models in (RETAINER_MODELS, MARKETPLACE_MODELS):
            mine = [model for model in models if model in self.models()]
            self.dynamo.bind(mine)
            self.dynamo.create_tables(mine)

    def full_name(self, name: str) -> str:
        return self.config.table_prefix + name

    def items(self, name: str, **filtered: Any) -> Iterator[Item]:
        """Give all items of a table, or those that pass a filter: one scan, as of now (a read unit
        for each 4 KB)."""
        start: Mapping[str, Any] | None = None
        while True:
            more = {} if start is None else {"ExclusiveStartKey": start}
            page = self.client.scan(
                TableName=self.full_name(name), ConsistentRead=True, **filtered, **more
            )
            yield from page["Items"]
            start = page.get("LastEvaluatedKey")
            if not start:
                return

    def is_empty(self, name: str) -> bool:
        answer = self.client.scan(TableName=self.full_name(name), Limit=1, ConsistentRead=True)
        return not answer["Items"]

    def put(self, name: str, items: Sequence[Item]) -> None:
        """Write up to 25 items, each in place of one of the same key."""
        self._write(name, [{"PutRequest": {"Item": item}} for item in items])

    def empty(self, definition: TableDefinition) -> None:
        """Delete all that is in a table."""
        keys = [part["AttributeName"] for part in definition.keys]
        batch: list[dict[str, Any]] = []
        for item in self.items(definition.name):
            batch.append({"DeleteRequest": {"Key": {key: item[key] for key in keys}}})
            if len(batch) == AT_ONCE:
                self._write(definition.name, batch)
                batch = []
        if batch:
            self._write(definition.name, batch)

    def _write(self, name: str, wanted: list[dict[str, Any]]) -> None:
        table = self.full_name(name)
        for again in range(_TRIES):
            answer = self.client.batch_write_item(RequestItems={table: wanted})
            wanted = answer.get("UnprocessedItems", {}).get(table, [])
            if not wanted:
                return
            time.sleep(_PAUSE_S * 2**again)
        raise Refused(f"{table} does not take what is written to it: it is throttled; try again")

    def models(self) -> list[type[Model]]:
        of_the_market = MARKETPLACE_MODELS if self.config.marketplace.enabled else []
        return [*RETAINER_MODELS, *of_the_market]
