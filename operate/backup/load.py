"""Reads a backup back into tables, and compares what is in them afterwards.

`restore.json` beside the manifest remembers for each table prefix which tables it has begun to
fill: what was interrupted goes on there, although those tables are not empty any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.tables import TableDefinition
from operate import leases
from operate.backup.dump import Say, secrets_of
from operate.backup.items import Item, Tally, from_line, to_line
from operate.backup.manifest import Manifest, TableFile, faults, open_private
from operate.backup.tables import AT_ONCE, Tables
from operate.migrate import schema
from operate.migrate.run import migrate
from operate.migrate.schema import Schema
from operate.target import Refused

PROGRESS = "restore.json"
_BEGUN, _DONE = "begun", "done"


def load(
    config: Config,
    folder: Path,
    say: Say,
    *,
    prefix: str | None = None,
    overwrite: bool = False,
    other_secrets: bool = False,
) -> Manifest:
    """Fill tables from a backup, make those that are missing, and check what is in them.

    What an earlier version wrote is then brought to this one's form. Raises `Refused` for a backup
    that is not whole or too new, for secrets that are not its own, and for tables with items in
    them, unless `overwrite` says to delete those first.
    """
    manifest = Manifest.load(folder)
    if wrong := faults(folder, manifest):
        raise Refused(f"this backup is not whole: {'; '.join(wrong)}")
    if not other_secrets:
        _check_secrets(config, manifest)
    tables = Tables(config, prefix)
    wanted = _wanted(tables, manifest)
    _schema(folder, manifest).check()
    tables.make_missing()
    progress = _Progress(folder, tables.config.table_prefix, manifest)
    full = [
        tables.full_name(definition.name)
        for definition in wanted
        if definition.name not in progress.state and not tables.is_empty(definition.name)
    ]
    if full and not overwrite:
        raise Refused(f"not empty: {', '.join(full)}; --overwrite deletes what is in them")
    for definition in wanted:
        name = definition.name
        if progress.state.get(name) != _DONE:
            # Begun before this run: what is in it is ours.
            if overwrite and name not in progress.state:
                tables.empty(definition)
            progress.set(name, _BEGUN)
            _fill(tables, name, folder / manifest.tables[name].file)
        _compare(tables, name, manifest.tables[name])
        progress.set(name, _DONE)
        say(f"{tables.full_name(name)}: {manifest.tables[name].items} items")
    progress.forget()
    leases.end_all(tables)
    # A backup of an earlier version is in the form that that one wrote.
    migrate(tables, say)
    return manifest


def _check_secrets(config: Config, manifest: Manifest) -> None:
    mine = secrets_of(config)
    other = [name for name, mark in manifest.secrets.items() if mark and mine.get(name) != mark]
    if other:
        raise Refused(
            f"other secrets than the backup's: {', '.join(other)}; with these nobody's keys, ids "
            "and open pages would be known. --other-secrets restores all the same"
        )


def _wanted(tables: Tables, manifest: Manifest) -> list[TableDefinition]:
    known = {definition.name: definition for definition in tables.definitions()}
    if unknown := sorted(set(manifest.tables) - set(known)):
        raise Refused(f"the backup has tables that this version does not know: {unknown[0]}")
    for name, there in manifest.tables.items():
        if there.definition["keys"] != json.loads(json.dumps(asdict(known[name])["keys"])):
            raise Refused(f"the table {name} has other keys in this version than in the backup")
    return [known[name] for name in manifest.tables]


def _schema(folder: Path, manifest: Manifest) -> Schema:
    """The version of the tables that the backup was made of."""
    notes = manifest.tables.get(schema.TABLE)
    rows = () if notes is None else _items(folder / notes.file)
    return schema.schema_of(next(filter(schema.is_schema, rows), None))


def _fill(tables: Tables, name: str, file: Path) -> None:
    batch: list[Item] = []
    for item in _items(file):
        batch.append(item)
        if len(batch) == AT_ONCE:
            tables.put(name, batch)
            batch = []
    if batch:
        tables.put(name, batch)


def _items(file: Path) -> Iterator[Item]:
    with file.open("rb") as lines:
        for line in lines:
            yield from_line(line)


def _compare(tables: Tables, name: str, wanted: TableFile) -> None:
    tally = Tally()
    for item in tables.items(name):
        tally.add(to_line(item))
    if (tally.items, tally.digest) != (wanted.items, wanted.digest):
        raise Refused(
            f"{tables.full_name(name)} is not what the backup has: {tally.items} items, where "
            f"{wanted.items} were written; is a service working on it?"
        )


class _Progress:
    """What is known of this backup's restoring under one prefix."""

    def __init__(self, folder: Path, prefix: str, manifest: Manifest) -> None:
        self._path = folder / PROGRESS
        self._prefix = f"{prefix} {manifest.started_ms}"
        try:
            self._all: dict[str, dict[str, str]] = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            self._all = {}
        except ValueError:
            raise Refused(f"{self._path} is damaged; delete it and say --overwrite") from None
        self.state = self._all.setdefault(self._prefix, {})

    def set(self, table: str, state: str) -> None:
        self.state[table] = state
        self._save()

    def forget(self) -> None:
        """What comes next is another restore, into tables that are not empty."""
        del self._all[self._prefix]
        self._save()

    def _save(self) -> None:
        draft = self._path.with_suffix(".new")
        with open_private(draft) as file:
            file.write(json.dumps(self._all, indent=1).encode())
        draft.replace(self._path)
