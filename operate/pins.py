"""Pins with the hashes of what may be installed for them, out of the lock files.

A `.lock` beside a `requirements*.txt` names everything that the file stands for, on every system
and Python, with the hashes of all files of each release.
"""

from __future__ import annotations

import re
from pathlib import Path


class NotLocked(Exception):
    """A pin is not in the lock file; the message says which, and what to do."""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(requirements: Path) -> dict[str, str]:
    """Read names and versions of a file's own lines and of those that it includes."""
    found: dict[str, str] = {}
    for line in requirements.read_text().splitlines():
        if line.startswith("-r "):
            found |= pins(requirements.parent / line.removeprefix("-r ").strip())
        elif line and not line.startswith("#"):
            name, _, version = line.partition(";")[0].partition("==")
            found[canonical(name.partition("[")[0])] = version.strip()
    return found


def locked(lock: Path) -> dict[tuple[str, str], str]:
    """Read the lock's entries, each with its hashes, by name and version."""
    entries = re.split(r"\n(?=\S)", lock.read_text().rstrip("\n"))
    found = {}
    for entry in entries:
        if matched := re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", entry):
            found[canonical(matched[1]), matched[2]] = entry
    return found


def hashed(requirements: Path, lock: Path) -> str:
    """The pins of a file alone, with their hashes. Raises `NotLocked`."""
    entries = locked(lock)
    wanted = pins(requirements).items()
    if missing := [
        f"{name}=={version}" for name, version in wanted if (name, version) not in entries
    ]:
        raise NotLocked(
            f"{lock.name} lacks {', '.join(missing)}: make it again (docs/deploying.md)"
        )
    return "\n".join(entries[pin] for pin in wanted) + "\n"
