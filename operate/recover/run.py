"""A recovery, step by step; each finds out what was done before, so that a run goes on with the
last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat

from chalicelib.bootstrap import create_tables
from chalicelib.kit.clock import Clock
from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.tables import TableDefinition
from operate.backup.tables import Tables
from operate.migrate import schema
from operate.migrate.run import migrate
from operate.recover.comparison import Comparison, compare
from operate.recover.moment import LATEST, written
from operate.recover.readiness import is_ready, make_ready
from operate.recover.restores import Restored, Restores, Source
from operate.target import Refused

Say = Callable[[str], None]

_LOOKS_S = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Between two looks at restores under way, the last again and again: they take minutes, of large
tables hours."""

_ELSE = "take another --prefix"


@dataclass(frozen=True, slots=True)
class Recovery:
    """From which tables, to which, as of when; `protect`: from being deleted."""

    config: Config
    source: str
    target: str
    protect: bool


@dataclass(frozen=True, slots=True)
class Recovered:
    to: datetime
    prefix: str
    comparison: Comparison


def latest(recovery: Recovery, restores: Restores) -> datetime:
    """The latest second to which all tables can be restored. Raises `Refused`."""
    found = _sources(recovery, restores)
    moments = [one.latest for one in found.values() if one.latest is not None]
    if not moments:
        raise Refused(f"no table {recovery.source}… is kept for point-in-time recovery")
    return min(moments).replace(microsecond=0)


def recover(
    recovery: Recovery, to: datetime, restores: Restores, clock: Clock, say: Say
) -> Recovered:
    """Restore all tables to one second, beside those that are there, and make them fit to be used.

    Nothing is begun unless every table can be restored to that second. Raises `Refused`.
    """
    tables = Tables(recovery.config, recovery.target)
    wanted = _checked(recovery, to, restores, tables)
    say(f"tables {recovery.source}… as of {written(to)}, to {recovery.target}…")
    _restore(recovery, wanted, to, restores, clock, say)
    # Tables and indexes that this version has and that one had not.
    create_tables(tables.config)
    for definition in tables.definitions():
        table, like = tables.full_name(definition.name), recovery.source + definition.name
        done = restores.finish(table, like, definition, recovery.protect)
        say(f"{table}: there" + (f", {' and '.join(done)} switched on" if done else ""))
    schema.read(tables).check()
    migrate(tables, say)
    if not is_ready(tables):
        make_ready(tables, clock, say)
    return Recovered(to, recovery.target, compare(Tables(recovery.config, recovery.source), tables))


def _sources(recovery: Recovery, restores: Restores) -> dict[str, Source]:
    definitions = Tables(recovery.config).definitions()
    found = {one.name: restores.source(recovery.source + one.name) for one in definitions}
    return {name: source for name, source in found.items() if source is not None}


def _checked(
    recovery: Recovery, to: datetime, restores: Restores, tables: Tables
) -> list[TableDefinition]:
    """Look at all tables before anything is begun; return those that are to be restored."""
    sources = _sources(recovery, restores)
    wanted: list[TableDefinition] = []
    wrong: list[str] = []
    for definition in tables.definitions():
        table = recovery.source + definition.name
        there = restores.restored(tables.full_name(definition.name))
        source = sources.get(definition.name)
        if there is not None and there.source is not None:
            wrong += _wrong_copy(tables.full_name(definition.name), table, there, to)
            wanted.append(definition)
        elif source is not None and _is_new(table, source, to, restores):
            # It did not exist: it is made, empty, with all that this version has.
            continue
        elif there is not None:
            wrong.append(f"{tables.full_name(definition.name)} was not restored; {_ELSE}")
        else:
            wrong += _wrong_source(recovery.source, definition.name, source, to, restores)
            wanted.append(definition)
    if not wrong and not wanted:
        wrong.append(f"no table {recovery.source}… was there at {written(to)}")
    if wrong:
        raise Refused("; ".join(wrong))
    return wanted


def _is_new(table: str, source: Source, to: datetime, restores: Restores) -> bool:
    was_made_later = source.made > to and source.copied_from is None
    return was_made_later and restores.deleted_copy(table) is None


def _wrong_copy(target: str, source: str, there: Restored, to: datetime) -> list[str]:
    if there.source != source:
        return [f"{target} is a copy of {there.source}, not of {source}; {_ELSE}"]
    if there.at is not None and there.at != to:
        return [f"{target} is as of {written(there.at)}: say --to {written(there.at)}, or {_ELSE}"]
    return []


def _wrong_source(
    prefix: str, name: str, source: Source | None, to: datetime, restores: Restores
) -> list[str]:
    table = prefix + name
    if source is None or (source.made > to and source.copied_from is None):
        what = "is gone" if source is None else f"was made again at {written(source.made)}"
        if copy := restores.deleted_copy(table):
            kept = f"a copy was kept when it was deleted ({copy})"
            return [f"{table} {what}; {kept}: docs/runbook.md, Data lost or wrong"]
        return [f"{table} {what}, and no copy of it was kept: restore a backup of yours"]
    if source.copied_from is not None and to < source.made:
        return [
            f"{table} was itself restored, at {written(source.made)}; what was before is in "
            f"{source.copied_from}: --from {source.copied_from.removesuffix(name)}"
        ]
    if source.earliest is None or source.latest is None:
        return [f"{table} is not kept for point-in-time recovery"]
    if to < source.earliest:
        return [f"{table} goes back to {written(source.earliest)} only"]
    if to > source.latest:
        return [
            f"{table} can be restored up to {written(source.latest)} by now (it is some five "
            f"minutes behind): wait, or say --to {LATEST}"
        ]
    return []


def _restore(
    recovery: Recovery,
    wanted: list[TableDefinition],
    to: datetime,
    restores: Restores,
    clock: Clock,
    say: Say,
) -> None:
    """Begin as many as the database takes, and go on with the rest as others end."""
    names = [definition.name for definition in wanted]
    begun = {n for n in names if restores.restored(recovery.target + n) is not None}
    seen = set(begun)
    ready: set[str] = set()
    said = ""
    for pause_s in chain(_LOOKS_S, repeat(_LOOKS_S[-1])):
        for name in names:
            if name in begun:
                continue
            if not restores.begin(recovery.source + name, recovery.target + name, to):
                break
            begun.add(name)
        for name in begun - ready:
            target = recovery.target + name
            state = restores.restored(target)
            if state is None and name in seen:
                raise Refused(
                    f"the restore of {target} has failed: see DynamoDB's console, then run this "
                    "again"
                )
            # DynamoDB may not know at once what it has just begun.
            if state is not None:
                seen.add(name)
                if wrong := _wrong_copy(target, recovery.source + name, state, to):
                    raise Refused(wrong[0])
            if state is not None and state.ready:
                ready.add(name)
        line = f"{len(ready)} of {len(names)} tables restored, {len(begun - ready)} under way"
        if line != said:
            say(line)
            said = line
        if len(ready) == len(names):
            return
        clock.sleep(pause_s)


def source_of(prefix: str, restores: Restores) -> str | None:
    """The prefix of the tables that those of this prefix were restored from."""
    found = restores.restored(prefix + schema.TABLE)
    source = None if found is None else found.source
    return None if source is None else source.removesuffix(schema.TABLE)
