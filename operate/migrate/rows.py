"""Rows as a migration sees and changes them, in DynamoDB's wire form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from operate.backup.items import Item
from operate.backup.tables import Tables


class Rows:
    """Counts what a pass finds to change, and what it does change; without `write`, nothing."""

    def __init__(self, tables: Tables, *, write: bool = True) -> None:
        self._tables = tables
        self._write = write
        self._keys = {d.name: [k["AttributeName"] for k in d.keys] for d in tables.definitions()}
        self.found = 0
        self.changed = 0

    def lacking(self, table: str, attribute: str) -> Iterator[Item]:
        """Give the rows without this attribute: one scan, a read unit for each 4 KB of the table.

        Nothing of a table that this configuration does not use."""
        if table in self._keys:
            yield from self._tables.items(
                table, FilterExpression="attribute_not_exists(#a)",
                ExpressionAttributeNames={"#a": attribute},
            )  # fmt: skip

    def add(
        self, table: str, row: Item, values: Mapping[str, Any], made_of: Sequence[str] = ()
    ) -> None:
        """Give a row attributes that it lacks, made of others that it has.

        Condition: it is still there, lacks them still, and those are as they were read. Refused,
        somebody was quicker: the next pass looks again.
        """
        self.found += 1
        if not self._write:
            return
        key = {name: row[name] for name in self._keys[table]}
        conditions = [f"attribute_exists(#k{n})" for n in range(len(key))]
        conditions += [f"attribute_not_exists(#v{n})" for n in range(len(values))]
        conditions += [f"#m{n} = :m{n}" for n in range(len(made_of))]
        client = self._tables.client
        try:
            client.update_item(
                TableName=self._tables.full_name(table),
                Key=key,
                UpdateExpression="SET " + ", ".join(f"#v{n} = :v{n}" for n in range(len(values))),
                ConditionExpression=" AND ".join(conditions),
                ExpressionAttributeNames={
                    **{f"#k{n}": name for n, name in enumerate(key)},
                    **{f"#v{n}": name for n, name in enumerate(values)},
                    **{f"#m{n}": name for n, name in enumerate(made_of)},
                },
                ExpressionAttributeValues={
                    **{f":v{n}": value for n, value in enumerate(values.values())},
                    **{f":m{n}": row[name] for n, name in enumerate(made_of)},
                },
            )
        except client.exceptions.ConditionalCheckFailedException:
            return
        self.changed += 1
