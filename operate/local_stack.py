"""The local stack that runs: found by its folder, so that no shell need know its variables."""

from __future__ import annotations

import fcntl
import shlex
from pathlib import Path

from operate.stages import ROOT

STATES = ROOT / ".state"
SERVICE_FILE = "service.env"


def running(states: Path | None = None) -> dict[str, dict[str, str]]:
    """The variables of each stack that runs, by its folder's name (`demo`, `stack`, …)."""
    states = states or STATES
    if not states.is_dir():
        return {}
    folders = sorted(path for path in states.iterdir() if path.is_dir())
    return {path.name: _variables(path) for path in folders if _runs(path)}


def _runs(folder: Path) -> bool:
    """Whether somebody holds the folder's lock, as a stack does while it runs."""
    lock = folder / "lock"
    if not lock.is_file() or not (folder / SERVICE_FILE).is_file():
        return False
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _variables(folder: Path) -> dict[str, str]:
    words = shlex.split((folder / SERVICE_FILE).read_text())
    pairs = (word.partition("=") for word in words if word != "export")
    return {name: value for name, _, value in pairs}
