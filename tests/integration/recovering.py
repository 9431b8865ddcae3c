"""Point-in-time recovery for an engine that has none: all tables as they were when it was told to
remember them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chalicelib.kit.clock import SystemClock
from chalicelib.kit.dynamo.tables import TableDefinition, TableMaker, definition_of
from operate.backup.items import Item
from operate.backup.tables import AT_ONCE, Tables
from operate.recover.restores import Restored, Source

DAY = timedelta(days=1)


@dataclass
class Snapshots:
    """`at_once` restores are taken; each is ready when it has been looked at `looks` times."""

    tables: Tables
    at: datetime
    at_once: int = 50
    looks: int = 2
    kept: dict[str, list[Item]] = field(default_factory=dict)
    finished: dict[str, bool] = field(default_factory=dict)
    copies: dict[str, Restored] = field(default_factory=dict)
    most_under_way: int = 0
    refused: int = 0
    sources: dict[str, Source] = field(default_factory=dict)
    deleted: dict[str, str] = field(default_factory=dict)
    _looked: dict[str, int] = field(default_factory=dict)
    _target: Tables | None = None

    @classmethod
    def of(cls, tables: Tables) -> Snapshots:
        at = datetime.fromtimestamp(SystemClock().now_ms() // 1000, UTC)
        kept = {d.name: list(tables.items(d.name)) for d in tables.definitions()}
        made = cls(tables, at, kept=kept)
        whole = Source(at - DAY, at - DAY, at + DAY)
        made.sources = {tables.full_name(name): whole for name in kept}
        return made

    def source(self, table: str) -> Source | None:
        return self.sources.get(table)

    def restored(self, table: str) -> Restored | None:
        found = self.copies.get(table)
        if found is None:
            return Restored(None, None, True) if self._is_there(table) else None
        self._looked[table] = self._looked.get(table, 0) + 1
        return Restored(found.source, found.at, self._looked[table] > self.looks)

    def begin(self, source: str, target: str, at: datetime) -> bool:
        under_way = [t for t in self.copies if self._looked.get(t, 0) <= self.looks]
        if len(under_way) >= self.at_once:
            self.refused += 1
            return False
        assert at == self.at
        name = source.removeprefix(self.tables.config.table_prefix)
        prefix = target.removesuffix(name)
        (model,) = [m for m in self.tables.models() if definition_of(m).name == name]
        TableMaker(self.tables.client, prefix).create([model])
        copy = self._copy(prefix)
        for first in range(0, len(self.kept[name]), AT_ONCE):
            copy.put(name, self.kept[name][first : first + AT_ONCE])
        self.copies[target] = Restored(source, at, False)
        self.most_under_way = max(self.most_under_way, len(under_way) + 1)
        return True

    def _copy(self, prefix: str) -> Tables:
        """One for all tables: a client takes as long as many of its calls."""
        if self._target is None or self._target.config.table_prefix != prefix:
            self._target = Tables(self.tables.config, prefix)
        return self._target

    def finish(
        self, table: str, like: str, definition: TableDefinition, protect: bool
    ) -> list[str]:
        self.finished[table] = protect
        return ["point-in-time recovery"]

    def deleted_copy(self, table: str) -> str | None:
        return self.deleted.get(table)

    def _is_there(self, table: str) -> bool:
        client = self.tables.client
        try:
            client.describe_table(TableName=table)
        except client.exceptions.ResourceNotFoundException:
            return False
        return True
