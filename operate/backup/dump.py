"""Writes a backup. One that was interrupted goes on with the tables that are not written yet."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from chalicelib.kit.clock import Clock
from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.tables import TableDefinition
from operate.backup.items import Tally, to_line
from operate.backup.manifest import NAME, Manifest, TableFile, faults, fingerprint, open_private
from operate.backup.tables import Tables
from operate.target import Refused

Say = Callable[[str], None]


def secrets_of(config: Config) -> dict[str, str]:
    """Fingerprints of what ids and keys in the tables follow from."""
    return {
        "seat-secret": fingerprint(config.retainer.seat_secret),
        "master-key": fingerprint(config.marketplace.master_key),
        "keys-secret": fingerprint(config.marketplace.keys_secret),
    }


def dump(
    config: Config, stage: str, folder: Path, clock: Clock, say: Say, overwrite: bool = False
) -> Manifest:
    """Copy all tables into a folder and check what was written.

    Each table is read as of the moment it is read, one after another: of a service that runs, what
    changes meanwhile may be in one table and not in another. A table that is not there, as of a
    version before that had none, is left out. Raises `Refused` where another backup lies already.
    """
    tables = Tables(config)
    there = tables.there()
    if not there:
        raise Refused(f"there are no tables {tables.full_name('…')} in {config.region}")
    manifest = _begin(config, stage, folder, clock, overwrite)
    for definition in tables.definitions():
        if definition.name not in there:
            say(f"{definition.name}: NOT THERE, and so not in this backup")
            continue
        if definition.name in manifest.tables:
            say(f"{definition.name}: written before")
            continue
        written = _dump_table(tables, definition, folder)
        manifest.tables[definition.name] = written
        manifest.save(folder)
        say(f"{definition.name}: {written.items} items")
    manifest.finished_ms = clock.now_ms()
    manifest.save(folder)
    if wrong := faults(folder, manifest):
        raise Refused(f"what was written cannot be read back: {'; '.join(wrong)}")
    return manifest


def _begin(config: Config, stage: str, folder: Path, clock: Clock, overwrite: bool) -> Manifest:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / NAME).exists() and not overwrite:
        there = Manifest.load(folder)
        if there.finished_ms is not None:
            raise Refused(f"{folder} holds a backup already: choose another, or say --overwrite")
        if there.table_prefix != config.table_prefix or there.stage != stage:
            raise Refused(f"{folder} holds an unfinished backup of {there.table_prefix}…")
        return there
    if any(folder.iterdir()) and not (folder / NAME).exists():
        raise Refused(f"{folder} is not empty, and holds no backup")
    made = Manifest(
        stage=stage,
        region=config.region,
        table_prefix=config.table_prefix,
        started_ms=clock.now_ms(),
        secrets=secrets_of(config),
    )
    made.save(folder)
    return made


def _dump_table(tables: Tables, definition: TableDefinition, folder: Path) -> TableFile:
    path = folder / f"{definition.name}.jsonl"
    draft = path.with_suffix(".part")
    whole, tally, size = hashlib.sha256(), Tally(), 0
    with open_private(draft) as file:
        for item in tables.items(definition.name):
            line = to_line(item)
            tally.add(line)
            whole.update(line + b"\n")
            size += file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return TableFile(
        path.name, tally.items, size, whole.hexdigest(), tally.digest, asdict(definition)
    )
