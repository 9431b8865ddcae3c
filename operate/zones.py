"""Packs the time zones' data into one file: 570 small ones are a quarter of the package."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def pack(tzdata: Path) -> None:
    """Move `tzdata.zoneinfo` into an archive beside it, from where Python imports it as before."""
    folder = tzdata / "zoneinfo"
    files = [file for file in folder.rglob("*") if file.is_file()]
    # Not compressed: the package's own compression sees all of it at once, and zones that are
    # alike, as most of those with two names are, lie side by side.
    files.sort(key=lambda file: (file.suffix == ".py", file.read_bytes(), str(file)))
    with zipfile.ZipFile(tzdata / "zones.zip", "w") as packed:
        for file in files:
            entry = zipfile.ZipInfo(str(file.relative_to(tzdata)), _LONG_AGO)
            packed.writestr(entry, file.read_bytes())
    shutil.rmtree(folder)
    with (tzdata / "__init__.py").open("a") as code:
        code.write('\n__path__.append(__path__[0] + "/zones.zip")\n')
