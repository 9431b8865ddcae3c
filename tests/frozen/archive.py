"""Folders as archives that are the same for the same files."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent


def pack(files: Mapping[str, bytes], to: Path) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, body in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    to.write_bytes(gzip.compress(raw.getvalue(), 9, mtime=0))


def unpack(version: str, name: str, folder: Path) -> Path:
    """Unpack `tables` or `pages` of a version into a folder, and return it."""
    with tarfile.open(HERE / version / f"{name}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
