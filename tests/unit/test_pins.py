"""What is installed is what was looked at: every package by its hash, on every system."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from operate.build import ROOT
from operate.pins import NotLocked, hashed, locked, pins

NAMES = ("requirements-run", "requirements-dev", "requirements-deploy")


@pytest.mark.parametrize("name", NAMES)
def test_lock__has_each_pin_of_its_file__with_hashes_and_no_address(name: str) -> None:
    lock = ROOT / f"{name}.lock"
    entries = locked(lock)
    wanted = pins(ROOT / f"{name}.txt")

    versions = {package: {v for other, v in entries if other == package} for package in wanted}
    assert {p: v for p, v in wanted.items() if v not in versions[p]} == {}
    assert len(entries) > len(wanted)
    unhashed = [pin for pin, entry in entries.items() if "--hash=sha256:" not in entry]
    assert unhashed == []
    # Whichever index somebody has, the files are the same.
    assert not re.search(r"https?:|--(extra-)?index|--find-links", lock.read_text())


def test_set_up__takes_nothing_without_a_hash() -> None:
    script = (ROOT / "scripts" / "setup.sh").read_text()

    assert "-m pip install" in script
    assert all("--require-hashes" in line for line in re.findall(r"-m pip install .*", script))
    assert [f"requirements-{name}" for name in re.findall(r"make_venv (\w+) ", script)] == [*NAMES]
    assert "lock=requirements-$1.lock" in script


NPM = """#!/bin/sh
[ "$1" = --version ] || printf '%s\\n' "$*" >> {asked}
[ "$1" != ci ] || exit {ci}
"""


@pytest.mark.parametrize("part", ["node", "deploy"])
@pytest.mark.parametrize(
    ("ci", "wanted"), [(0, ["ci"]), (1, ["ci", "install --no-save"])], ids=["whole", "partial"]
)
def test_npm_packages__are_those_of_the_lock__whose_hashes_npm_checks(
    tmp_path: Path, part: str, ci: int, wanted: list[str]
) -> None:
    """As far as npm is asked: `install` changes neither the lock nor what it names."""
    asked = tmp_path / "asked"
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "setup.sh", tmp_path / "scripts")
    for name, text in {
        "bin/npm": NPM.format(asked=asked, ci=ci),
        "bin/node": "#!/bin/sh\n",
        ".venv/bin/python": "#!/bin/sh\n",
    }.items():
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)

    done = subprocess.run(
        ["sh", tmp_path / "scripts" / "setup.sh", part],
        env={**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    calls = asked.read_text().splitlines()
    assert len(calls) == len(wanted)
    assert all(call.startswith(want) for call, want in zip(calls, wanted, strict=True))


def test_lock_of_npm__has_a_hash_for_each_package_and_needs_no_script() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}

    assert len(packages) > 50
    assert [n for n, one in packages.items() if not one["integrity"].startswith("sha512-")] == []
    assert [n for n, one in packages.items() if one.get("hasInstallScript")] == []


def test_pins_of_the_package__bring_the_hashes_of_the_lock() -> None:
    text = hashed(ROOT / "requirements.txt", ROOT / "requirements-deploy.lock")

    assert set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)) == {
        *pins(ROOT / "requirements.txt")
    }
    assert text.count("--hash=sha256:") >= 2 * len(pins(ROOT / "requirements.txt"))


def test_pin_that_the_lock_lacks__is_named(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("six==9.9\n")

    with pytest.raises(NotLocked, match=r"six==9\.9"):
        hashed(tmp_path / "requirements.txt", ROOT / "requirements-deploy.lock")
