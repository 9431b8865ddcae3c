"""`manifest.json`: what a backup holds, and whether it is whole."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from operate.backup.items import Tally, from_line
from operate.target import Refused

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class TableFile:
    """`sha256` is the file's, `digest` its items' in whatever order, `definition` the table's keys
    and indexes."""

    file: str
    items: int
    size: int
    sha256: str
    digest: str
    definition: dict[str, Any]


@dataclass(slots=True)
class Manifest:
    """`secrets` are fingerprints: ids and keys in the tables follow from the stage's secrets."""

    stage: str
    region: str
    table_prefix: str
    started_ms: int
    secrets: dict[str, str]
    finished_ms: int | None = None
    format: int = FORMAT
    tables: dict[str, TableFile] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write it whole or not at all."""
        draft = folder / f"{NAME}.new"
        with open_private(draft) as file:
            file.write(json.dumps(asdict(self), indent=1).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / NAME)

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Raises `Refused` where there is none, or one of another version."""
        try:
            given = json.loads((folder / NAME).read_bytes())
            tables = {name: TableFile(**one) for name, one in given.pop("tables").items()}
            found = cls(**given, tables=tables)
        except FileNotFoundError:
            raise Refused(f"there is no backup in {folder}") from None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Refused(f"{folder / NAME} is damaged, or of another version") from None
        if found.format != FORMAT:
            raise Refused(f"{folder / NAME} is of another version: {found.format}, not {FORMAT}")
        return found


def open_private(path: Path) -> Any:
    """Open for writing what only its owner may read: people's data lies in it."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def fingerprint(secret: str) -> str:
    """Tell whether two secrets are the same, and nothing else; slow, for those that are weak."""
    if not secret:
        return ""
    return hashlib.scrypt(secret.encode(), salt=b"retainer backup", n=2**14, r=8, p=1).hex()[:32]


def faults(folder: Path, manifest: Manifest) -> list[str]:
    """Say what is wrong with a backup's files: counts, checksums and every single line."""
    found = []
    if manifest.finished_ms is None:
        found.append("the backup was not finished: run it again into the same folder")
    for name, table in manifest.tables.items():
        path = folder / table.file
        if path.name != table.file or not path.is_file():
            found.append(f"{name}: the file {table.file} is missing")
            continue
        whole, tally = hashlib.sha256(), Tally()
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                whole.update(line)
                tally.add(line.rstrip(b"\n"))
                try:
                    from_line(line)
                except ValueError:
                    found.append(f"{name}: line {number} of {table.file} is no item")
                    break
        if tally.items != table.items:
            found.append(f"{name}: {tally.items} items instead of {table.items}")
        elif (whole.hexdigest(), tally.digest) != (table.sha256, table.digest):
            found.append(f"{name}: {table.file} has been changed")
    return found
