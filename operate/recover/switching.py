"""A stage's switch to other tables: in its configuration and its policies, which a deploy carries
out. Nothing in AWS but the tables that are switched to is changed here."""

from __future__ import annotations

import json
from pathlib import Path

from chalicelib.kit.clock import Clock
from chalicelib.kit.config import Config
from operate import policies
from operate.backup.tables import Tables
from operate.migrate import schema
from operate.migrate.migrations import WANTED
from operate.recover.readiness import make_ready
from operate.recover.restores import Restores
from operate.recover.run import Say
from operate.stages import TABLE_PREFIX, Stage, check_table_prefix
from operate.target import Refused


def switch(
    stage: Stage, prefix: str, config: Config, restores: Restores, clock: Clock, say: Say
) -> Stage:
    """Have the stage use the tables of this prefix from its next deploy on; return it so.

    They come up with posting stopped, whether they are recovered or those before: either way their
    markets know of what was done since. Raises `Refused` for tables that cannot be used.
    """
    check_table_prefix(prefix, "the prefix")
    for other in Stage.all_names(stage.root):
        if other != stage.name and Stage.named(other, stage.root).table_prefix == prefix:
            raise Refused(f"{prefix}… are the tables of the stage {other}")
    tables = Tables(config, prefix)
    _check(stage, tables, restores)
    for definition in tables.definitions():
        table, like = tables.full_name(definition.name), stage.table_prefix + definition.name
        restores.finish(table, like, definition, stage.is_production)
    if prefix != stage.table_prefix:
        make_ready(tables, clock, say)
    return use_tables(stage, prefix)


def use_tables(stage: Stage, prefix: str) -> Stage:
    """Write a prefix into the configuration, and the policies that go with it; return the stage.

    With the configuration alone nothing is built (`policies.check_files`): run it again.
    """
    _configure(stage.root, stage.name, prefix)
    switched = Stage(stage.name, stage.root)
    policies.write_all(switched, stage.root)
    return switched


def carry_tables(stage: Stage, project: Path) -> bool:
    """Give the project of an earlier version the tables that the stage has now; False if it has
    them. What it may do with them stays as it was."""
    before = Stage(stage.name, project).table_prefix
    if before == stage.table_prefix:
        return False
    folder = project / policies.FOLDER / stage.name
    policies.rename_tables(folder, before, stage.table_prefix)
    _configure(project, stage.name, stage.table_prefix)
    return True


def _configure(root: Path, stage: str, prefix: str) -> None:
    path = root / ".chalice" / "config.json"
    config = json.loads(path.read_text())
    config["stages"][stage]["environment_variables"][TABLE_PREFIX] = prefix
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(config, indent=2) + "\n")
    draft.replace(path)


def _check(stage: Stage, tables: Tables, restores: Restores) -> None:
    there = tables.there()
    names = [definition.name for definition in tables.definitions()]
    if missing := [tables.full_name(name) for name in names if name not in there]:
        raise Refused(
            f"not there: {', '.join(missing)}; retainer restore or recover makes all tables"
        )
    for name in names:
        found = restores.restored(tables.full_name(name))
        if found is None or not found.ready:
            raise Refused(f"{tables.full_name(name)} is being restored still: look again later")
    at = schema.read(tables)
    at.check()
    if at.number < WANTED:
        raise Refused(
            f"{tables.full_name('…')} are of version {at.number}, this code wants {WANTED}: "
            f"retainer migrate --table-prefix {tables.full_name('')} --stage {stage.name}"
        )
