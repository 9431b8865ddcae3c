"""The tables' version: the row `schema` of the table `notes`, which every service has.

`number` is the last migration that was done; `serves` the oldest code that works with the tables.
Tables of before versions were counted have no such row, and are of version 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operate.backup.items import Item
from operate.backup.tables import Tables
from operate.migrate.migrations import WANTED
from operate.target import Refused

TABLE = "notes"
NAME = "schema"
_KEY = {"name": {"S": NAME}}


@dataclass(frozen=True, slots=True)
class Schema:
    number: int = 0
    serves: int = 0

    def check(self) -> None:
        """Raise `Refused` if this code does not work with such tables."""
        if self.serves > WANTED:
            raise Refused(
                f"the tables are of version {self.number}, and this code of version {WANTED} does "
                f"not work with them any more: take code of version {self.serves} or later"
            )


def schema_of(item: Item | None) -> Schema:
    if item is None:
        return Schema()
    return Schema(int(item["number"]["N"]), int(item.get("serves", {"N": "0"})["N"]))


def is_schema(item: Item) -> bool:
    """Whether a row of `notes` is this one."""
    return item.get("name") == _KEY["name"]


def read(tables: Tables) -> Schema:
    """Raises botocore's `ResourceNotFoundException` where there are no tables yet."""
    found: Mapping[str, Any] = tables.client.get_item(
        TableName=tables.full_name(TABLE), Key=_KEY, ConsistentRead=True
    )
    return schema_of(found.get("Item"))


def write(tables: Tables, schema: Schema) -> bool:
    """Record a version. Condition: the tables are of the version before; False if somebody else
    has brought them there or further."""
    client = tables.client
    values = {
        ":n": {"N": str(schema.number)}, ":s": {"N": str(schema.serves)},
        ":b": {"N": str(schema.number - 1)},
    }  # fmt: skip
    try:
        client.update_item(
            TableName=tables.full_name(TABLE),
            Key=_KEY,
            UpdateExpression="SET #n = :n, serves = :s",
            ConditionExpression="#n = :b OR (attribute_not_exists(#n) AND :b = :zero)",
            ExpressionAttributeNames={"#n": "number"},
            ExpressionAttributeValues={**values, ":zero": {"N": "0"}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True
