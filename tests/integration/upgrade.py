"""This version and the next one, as packages; the next one is this one with what a change brings.

It keeps a new attribute with every heartbeat, reads rows with it and without, has a migration for
those without, and its pages speak a newer protocol: what docs/deploying.md asks of a version.
"""

from __future__ import annotations

import compileall
import re
import shutil
import sysconfig
from pathlib import Path

from local.engine import ROOT
from local.processes import Package
from operate.migrate.migrations import MIGRATIONS, WANTED, Migration
from operate.migrate.rows import Rows

_CHANGES = (
    ("retainer/store/tables.py", "    seen = NumberAttribute()\n",
     "    seen = NumberAttribute()\n    heard = NumberAttribute(null=True)\n"),
    ("retainer/store/seats.py", "seen=seat.seen_ms,", "seen=seat.seen_ms, heard=seat.seen_ms,"),
    ("retainer/store/seats.py", "list[Any] = [Seats.seen.set(now_ms)]",
     "list[Any] = [Seats.seen.set(now_ms), Seats.heard.set(now_ms)]"),
    ("retainer/store/seats.py", "seen_ms=int(row.seen),",
     "seen_ms=max(int(row.seen), int(row.heard or 0)),"),
)  # fmt: skip


def this_version(folder: Path) -> Package:
    """The sources as they are; what they need comes from this machine's packages."""
    shutil.copytree(ROOT / "chalicelib", folder / "chalicelib")
    shutil.copy2(ROOT / "app.py", folder / "app.py")
    return _compiled(folder)


def _compiled(folder: Path) -> Package:
    # Environments write no compiled files: each would compile everything again.
    compileall.compile_dir(folder, quiet=1)
    return Package(folder, Path(sysconfig.get_path("purelib")))


def next_version(folder: Path) -> Package:
    this_version(folder)
    for name, old, new in _CHANGES:
        _replace(folder / "chalicelib" / name, re.escape(old), new)
    protocol = next(f for f in folder.rglob("*.py") if "\nPAGE_VERSION = " in f.read_text())
    version = re.search(r"\nPAGE_VERSION = (\d+)", protocol.read_text())
    assert version is not None
    _replace(protocol, r"\nPAGE_VERSION = \d+", f"\nPAGE_VERSION = {int(version[1]) + 1}")
    return _compiled(folder)


def _replace(file: Path, old: str, new: str) -> None:
    text, times = re.subn(old, lambda _: new, file.read_text())
    assert times == 1, f"{old} stands {times} times in {file.name}"
    file.write_text(text)


def _note_when_heard(rows: Rows) -> None:
    for row in rows.lacking("seats", "heard"):
        rows.add("seats", row, {"heard": row["seen"]}, made_of=("seen",))


NEXT_MIGRATIONS = (
    *MIGRATIONS,
    Migration(WANTED + 1, "seats say when they were heard", _note_when_heard, WANTED),
)
