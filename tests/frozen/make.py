"""`python -m tests.frozen.make VERSION`: keeps the tables and pages of this version."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import Config
from chalicelib.retainer.domain.page_protocol import PAGE_VERSION
from local.engine import ROOT
from local.environment import environ
from operate.backup.dump import dump
from tests.engine import running_engine
from tests.frozen.archive import HERE, files_of, pack
from tests.frozen.life import Life
from tests.frozen.place import stack_at

BEGIN = datetime(2026, 11, 26, 12, tzinfo=UTC)
"""When the life begins, by the clock of all that takes part in it."""

BEFORE = {"1": {"retainer-1.js": "4c71fb5^:static/wait/retainer.js"}}
"""Scripts of earlier protocols that were never frozen, from the history, by the version to keep."""


def make(version: str) -> None:
    lived = tables()
    into = HERE / version
    into.mkdir()
    pack(lived, into / "tables.tar.gz")
    pages = {f"wait/{path}": body for path, body in files_of(ROOT / "static" / "wait").items()}
    for name, where in BEFORE.get(version, {}).items():
        shown = subprocess.run(["git", "show", where], cwd=ROOT, capture_output=True, check=True)
        pages[name] = shown.stdout
    pack(pages, into / "pages.tar.gz")


def tables() -> dict[str, bytes]:
    clock = FakeClock(int(BEGIN.timestamp() * 1000))
    with (
        running_engine() as endpoint,
        environ({"DYNAMODB_ENDPOINT": endpoint}),
        stack_at(clock) as stack,
        tempfile.TemporaryDirectory() as name,
    ):
        facts = Life(stack, clock, PAGE_VERSION).live()
        folder = Path(name) / "backup"
        dump(Config.from_env(os.environ), "local", folder, clock, lambda _: None)
        told = json.dumps({**facts, "page": PAGE_VERSION}, indent=1, sort_keys=True).encode()
        return {**files_of(folder), "facts.json": told}


if __name__ == "__main__":
    make(sys.argv[1])
