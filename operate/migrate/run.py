"""Brings tables to the version that this code wants, migration by migration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from operate.backup.tables import Tables
from operate.migrate import schema
from operate.migrate.migrations import MIGRATIONS, WANTED, Migration
from operate.migrate.rows import Rows
from operate.migrate.schema import Schema
from operate.target import Refused

Say = Callable[[str], None]

PASSES_MOST = 10
"""Over one migration's rows; what is found still is written by an earlier version, just now."""


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    what: str
    rows: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """`before` and `now` are the tables' versions; `steps` what was done, or would be."""

    before: int
    now: int
    wanted: int
    steps: list[Step]


def migrate(
    tables: Tables,
    say: Say,
    *,
    dry_run: bool = False,
    migrations: Sequence[Migration] = MIGRATIONS,
) -> Outcome:
    """Run what is not done yet, and the last one that is once more: functions of the version before
    may have been at work still when it ran.

    Costs a scan of the tables that are looked at, twice where something is found, and a write for
    each row. Raises `Refused` for tables that this code does not work with.
    """
    at = schema.read(tables)
    at.check()
    before, steps = at.number, []
    for migration in migrations:
        if migration.number < at.number:
            continue
        rows = _count(tables, migration) if dry_run else _run(tables, migration)
        steps.append(Step(migration.number, migration.what, rows))
        if not dry_run and migration.number > at.number:
            schema.write(tables, Schema(migration.number, migration.serves))
            at = schema.read(tables)
        say(f"migration {migration.number}, {migration.what}: {rows} rows")
    return Outcome(before, at.number, migrations[-1].number, steps)


def _count(tables: Tables, migration: Migration) -> int:
    rows = Rows(tables, write=False)
    migration.run(rows)
    return rows.found


def _run(tables: Tables, migration: Migration) -> int:
    """Pass over the rows until a whole pass finds nothing to change; return how many were."""
    changed = 0
    for _ in range(PASSES_MOST):
        rows = Rows(tables)
        migration.run(rows)
        changed += rows.changed
        if not rows.found:
            return changed
    raise Refused(
        f"migration {migration.number} finds rows of the form before time and again: is an "
        "earlier version still deployed? Deploy this one, then run it again"
    )


__all__ = ["WANTED", "Outcome", "Step", "migrate"]
