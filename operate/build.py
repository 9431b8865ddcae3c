"""Assembles the project that Chalice packages: our code, the protocol's model, few dependencies.

`chalice deploy` and `chalice package` work in the clone, too, and make a package of some 18 MB
there: pip brings botocore along, which the runtime has. Here pip brings only what
`requirements.txt` names, and of that only what runs. Chalice gets a folder of its own:

    app.py  chalicelib/  .chalice/  vendor/  requirements.txt (empty: all is in vendor/)

In it are besides: botocore's data of the services that are called, bytecode of what cold starts
load, and the time zones in one file.

Chalice's record of what it deployed stays in the clone (`.chalice/deployed`).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from chalicelib.mturk import model
from operate import bytecode, sdk_data, zones
from operate.pins import NotLocked, hashed
from operate.runtime import PYTHON, interpreter_of

ROOT = Path(__file__).resolve().parent.parent
RESERVES = "reserve_concurrency"
"""A stage's own setting in `.chalice/config.json`, which Chalice passes over."""

# Nor what only a terminal runs, nor earlier copies of data that are made anew.
_NOT_CODE = shutil.ignore_patterns("__pycache__", "*.pyc", "data", "*commands.py", "cli.py")
# Tests, type stubs, wheels' records; time zones' sources, from which nothing is read at run time.
_LEFT_OUT = (
    *("*/test_*.py", "*.pyi", "*/py.typed", "*.dist-info/*"),
    *("tzdata/zoneinfo/*.tab", "tzdata/zoneinfo/tzdata.zi", "tzdata/zoneinfo/leapseconds"),
)
# What licences ask for travels along.
_KEPT = ("*.dist-info/licenses/*", "*.dist-info/LICENSE*")


class BuildFailed(Exception):
    """The project cannot be assembled; the message says why."""


def assemble(folder: Path, root: Path = ROOT, python: str = PYTHON) -> Path:
    """Write the project into an empty or earlier `folder` and return it; `python` is what runs it.

    The same sources give the same files, so that Chalice, which goes by their hashes, uploads only
    what has changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in ("chalicelib", "vendor", ".chalice"):
        _remove(folder / old)
    shutil.copy2(root / "app.py", folder / "app.py")
    shutil.copytree(root / "chalicelib", folder / "chalicelib", ignore=_NOT_CODE)
    model.take_copy(folder / "chalicelib" / "mturk" / "data")
    sdk_data.write(folder / "chalicelib" / "kit" / "data")
    _copy_settings(root / ".chalice", folder / ".chalice")
    install(root, folder / "vendor")
    _prune(folder / "vendor")
    zones.pack(folder / "vendor" / "tzdata")
    try:
        bytecode.compile_loaded(folder, interpreter_of(python))
    except subprocess.CalledProcessError as error:
        raise BuildFailed(f"what is assembled cannot be imported:\n{error.stderr}") from error
    (folder / "requirements.txt").write_text("")
    return folder


def _copy_settings(settings: Path, target: Path) -> None:
    ignore = shutil.ignore_patterns("deployed", "deployments", "packages")
    shutil.copytree(settings, target, ignore=ignore)
    config = target / "config.json"
    config.write_text(json.dumps(_without_reservations(json.loads(config.read_text())), indent=2))
    link_record(settings, target)


def _without_reservations(config: Any) -> Any:
    """Of stages that say so: an account must keep 100 executions unreserved, and new ones have ten
    in all."""
    for stage in config["stages"].values():
        if not stage.get(RESERVES, True):
            for function in stage["lambda_functions"].values():
                function.pop("reserved_concurrency", None)
    return config


def link_record(settings: Path, target: Path) -> None:
    """Have Chalice find its record of what it deployed in the clone."""
    deployed = settings / "deployed"
    deployed.mkdir(exist_ok=True)
    (target / "deployed").symlink_to(deployed.resolve())


def install(root: Path, vendor: Path) -> None:
    """Install what `requirements.txt` names into `vendor`, if it has the hashes that are on record.

    Raises `BuildFailed`.
    """
    try:
        wanted = hashed(root / "requirements.txt", root / "requirements-deploy.lock")
    except (NotLocked, OSError) as error:
        raise BuildFailed(str(error)) from error
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write(wanted)
        requirements.flush()
        _run_pip(Path(requirements.name), vendor)


def _run_pip(requirements: Path, vendor: Path) -> None:
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--no-deps", "--no-compile", "--only-binary", ":all:", "--require-hashes",
        "--target", str(vendor), "--requirement", str(requirements),
    ]  # fmt: skip
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise BuildFailed(f"pip could not install the packages of requirements.txt:\n{done.stderr}")


def _prune(vendor: Path) -> None:
    for file in sorted(vendor.rglob("*")):
        path = file.relative_to(vendor)
        if file.is_file() and _matches(path, _LEFT_OUT) and not _matches(path, _KEPT):
            file.unlink()
    for folder, _, _ in os.walk(vendor, topdown=False):
        if not os.listdir(folder):
            os.rmdir(folder)


def _matches(path: Path, patterns: tuple[str, ...]) -> bool:
    return any(path.match(pattern) for pattern in patterns)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        # The link to Chalice's record is removed, not what it points to.
        shutil.rmtree(path)
