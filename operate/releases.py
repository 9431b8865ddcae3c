"""What was deployed from this clone: each version's project, kept whole, so that it can be deployed
again by one command.

They lie with Chalice's own record, in `.chalice/deployed/releases/STAGE`, which is to be backed up
anyway: `releases.json` says in which order, and beside it lies an archive for each version.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from chalicelib.kit.clock import Clock
from operate.build import link_record
from operate.runtime import PYTHON
from operate.stages import Stage
from operate.target import Refused

KEPT = 5
"""So many versions' archives; a megabyte each."""

_RECORD = "releases.json"
# A moment that every archive can have: the same files give the same one.
_THEN = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Release:
    """`schema` is the tables' version that its code wants; `whole`: its deploy came to its end;
    `pages` what was shown when the next one was deployed, by site; `python` what it was built for,
    empty of those that did not note it."""

    version: str
    at: int
    schema: int
    whole: bool = False
    pages: Mapping[str, str] = field(default_factory=dict)
    python: str = ""


class Releases:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._folder = stage.root / ".chalice" / "deployed" / "releases" / stage.name

    def all(self) -> list[Release]:
        """In the order in which they were deployed; one that was rolled back to comes again."""
        try:
            found: list[dict[str, Any]] = json.loads((self._folder / _RECORD).read_text())
        except FileNotFoundError:
            return []
        return [Release(**one) for one in found]

    def begin(
        self,
        project: Path,
        schema: int,
        pages: Mapping[str, str],
        clock: Clock,
        python: str = PYTHON,
    ) -> Release:
        """Keep a project that is about to be deployed, and note what pages its forerunner had."""
        self._folder.mkdir(parents=True, exist_ok=True)
        version = _version(project)
        archive = self._archive(version)
        if not archive.exists():
            _pack(project, archive)
        release = Release(version, clock.now_ms(), schema, python=python)
        before = self.all()
        if before:
            before[-1] = replace(before[-1], pages=dict(pages))
        self._save([*before, release])
        return release

    def finish(self) -> None:
        """Note that the last one is deployed, and drop archives that are too old to go back to."""
        *before, last = self.all()
        self._save([*before, replace(last, whole=True)])
        kept: dict[str, None] = dict.fromkeys(r.version for r in reversed(self.all()) if r.whole)
        for archive in self._folder.glob("*.zip"):
            if archive.stem not in list(kept)[:KEPT]:
                archive.unlink()

    def before(self, to: str | None = None) -> Release:
        """The version to go back to: the named one, or the last whole one that is another than what
        is deployed. Raises `Refused`."""
        found = self.all()
        if not found:
            raise Refused(
                f"nothing was deployed to {self._stage.prefix} from this clone by retainer deploy; "
                "of a CloudFormation stack, deploy the template of the version before again"
            )
        last = found[-1]
        there = [r for r in found if r.whole and self._archive(r.version).exists()]
        if to is None:
            there = [r for r in there if not last.whole or r.version != last.version]
            why = "no other version was deployed before"
        else:
            there = [r for r in there if r.version == to]
            why = f"version {to} is not kept: retainer rollback --list has those that are"
        if not there:
            raise Refused(why)
        return there[-1]

    def python_for(self, release: Release, asked: str | None) -> str:
        """What to deploy a version for. Raises `Refused` across versions of Python, unless the one
        that it was built for is asked for."""
        built = release.python or "a Python that was not noted"
        if asked is None and release.python != PYTHON:
            say = release.python or "3.N, as its functions have it"
            raise Refused(
                f"version {release.version} was built for {built}, and functions run {PYTHON} now: "
                f"to go back to that runtime as well, say --python {say}"
            )
        if asked is not None and release.python not in {"", asked}:
            raise Refused(f"version {release.version} was built for {built}, not for {asked}")
        return asked or PYTHON

    def unpack(self, release: Release, folder: Path) -> Path:
        """Write a version's project into a folder, as it was assembled, and return it."""
        if folder.exists():
            # Not through the link in it: the record stays.
            shutil.rmtree(folder)
        with zipfile.ZipFile(self._archive(release.version)) as packed:
            packed.extractall(folder)
        link_record(self._stage.root / ".chalice", folder / ".chalice")
        return folder

    def _archive(self, version: str) -> Path:
        return self._folder / f"{version}.zip"

    def _save(self, releases: list[Release]) -> None:
        draft = self._folder / f"{_RECORD}.new"
        draft.write_text(json.dumps([asdict(release) for release in releases], indent=1))
        draft.replace(self._folder / _RECORD)


def _files(project: Path) -> list[tuple[str, Path]]:
    """All of the project but Chalice's record and what it packed; the bytecode that was made for it
    (`operate.bytecode`) belongs to it."""
    record = project / ".chalice" / "deployed"
    return sorted(
        (path.relative_to(project).as_posix(), path)
        for path in project.rglob("*")
        if path.is_file() and not path.is_relative_to(record) and "deployments" not in path.parts
    )


def _version(project: Path) -> str:
    whole = hashlib.sha256()
    for name, path in _files(project):
        body = path.read_bytes()
        whole.update(f"{name} {len(body)}\n".encode() + body)
    return whole.hexdigest()[:12]


def _pack(project: Path, archive: Path) -> None:
    draft = archive.with_suffix(".new")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, path in _files(project):
            packed.writestr(zipfile.ZipInfo(name, _THEN), path.read_bytes(), zipfile.ZIP_DEFLATED)
    draft.replace(archive)
