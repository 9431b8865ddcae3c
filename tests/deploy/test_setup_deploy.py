"""What `make setup-deploy` installs is enough to deploy and operate, and has no tools of the tests.

The packages that it would not install are made impossible to import here: a clean environment of
its own would take minutes. The real thing: `git clone . /tmp/clean && cd /tmp/clean && make
setup-deploy && ./retainer package --stage dev`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import distribution, packages_distributions, requires
from pathlib import Path

import pytest

from local.http_server import free_port
from tests.deploy.cloud import ROOT, Clone, Cloud, clone, running_cloud
from tests.patience import LONG_S

_BLOCKER = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            raise ModuleNotFoundError(name + " is not among what setup-deploy installs")

sys.meta_path.insert(0, Blocked())
"""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(file: str) -> set[str]:
    """The distributions that a requirements file names, those of the files that it includes too."""
    found: set[str] = set()
    for line in (ROOT / file).read_text().splitlines():
        if line.startswith("-r "):
            found |= pinned(line.removeprefix("-r ").strip())
        elif line and not line.startswith("#"):
            found.add(canonical(re.split(r"[=\[]", line)[0]))
    return found


def installed_with(names: set[str]) -> set[str]:
    """These and all that they need themselves."""
    known: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        known.add(name)
        for line in requires(name) or []:
            needed = canonical(re.split(r"[ ;<>=!~\[(]", line)[0])
            if "extra ==" not in line and needed not in known:
                try:
                    distribution(needed)
                except ModuleNotFoundError:
                    continue  # for another system or Python than this one
                waiting.add(needed)
    return known


@pytest.fixture(scope="module")
def blocked() -> set[str]:
    return without_packages_of("requirements-deploy.txt")


def without_packages_of(file: str) -> set[str]:
    """The modules that are not there where only this file's packages are."""
    there = installed_with(pinned(file)) | {"pip", "setuptools", "wheel"}
    return {
        module
        for module, names in packages_distributions().items()
        if not {canonical(name) for name in names} & there
    }


def test_tools_of_tests__are_not_installed(blocked: set[str]) -> None:
    tools = {"moto", "playwright", "mypy", "pytest", "ruff", "hypothesis", "samtranslator"}

    assert tools <= blocked
    assert not {"chalice", "boto3", "botocore", "pynamodb", "awscli"} & blocked
    packages = json.loads((ROOT / "package.json").read_text())
    listed = json.loads((ROOT / "static" / "vendor.json").read_text())
    wanted = {file.partition("/")[0] for files in listed.values() for file in files.values()}
    assert set(packages["dependencies"]) == wanted


def test_demo__runs_with_what_it_installs(tmp_path: Path) -> None:
    blocked = without_packages_of("requirements-run.txt")
    (tmp_path / "sitecustomize.py").write_text(_BLOCKER.replace("{names}", repr(blocked)))
    questions = tmp_path / "questions.csv"
    questions.write_text("question,option,option\nTea or coffee?,Tea,Coffee\n")
    words = [*("--once", "--state", str(tmp_path / "state"), "--port", str(free_port()))]

    ran = subprocess.run(
        [sys.executable, "-m", "local.demo", *words, "--questions", str(questions)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LONG_S,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert {"awscli", "moto", "playwright"} <= blocked


def test_commands_of_the_guide__run_with_what_is_installed(
    blocked: set[str], tmp_path: Path
) -> None:
    with running_cloud() as cloud:
        made = without(blocked, tmp_path, cloud)
        for words in (["deploy", "--help"], ["doctor", "--before", "--stage", "dev"],
                      ["package", "--stage", "dev"]):  # fmt: skip
            ran = made.run(*words)
            assert ran.returncode == 0, f"{words}: {ran.stdout}{ran.stderr}"

    assert (made.folder / ".chalice" / "packages" / "dev" / "stack" / "sam.json").exists()


def without(blocked: set[str], folder: Path, cloud: Cloud) -> Clone:
    """A clone whose commands cannot import these modules, nor can what they start."""
    site, copy = folder / "site", folder / "clone"
    site.mkdir()
    copy.mkdir()
    (site / "sitecustomize.py").write_text(_BLOCKER.replace("{names}", repr(blocked)))
    return clone(copy, {**cloud.env, "PYTHONPATH": str(site)})
