"""Packages of both stages, made once, and the SDKs that a runtime may bring along.

The packages are built for the Python that runs the tests, which has to run them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from operate.package import package
from operate.pins import pins
from operate.runtime import own_python
from operate.stages import ROOT, Stage
from tests.deploy.cloud import Clone, Cloud, clone, running_cloud

FLOOR = "1.38.0"
"""The oldest boto3 that a runtime may bring; docs/decisions.md names it."""


@pytest.fixture(scope="session")
def dev_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(Stage.named("dev"), tmp_path_factory.mktemp("dev"), own_python())


@pytest.fixture(scope="session")
def prod_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(Stage.named("prod"), tmp_path_factory.mktemp("prod"), own_python())


@pytest.fixture(scope="session")
def artifact(prod_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deployment package, unpacked into an empty folder."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(prod_package / "deployment.zip") as packed:
        packed.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    with running_cloud() as running:
        yield running


@pytest.fixture(scope="session")
def deployed(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone from which the stage dev was made, deployed and linked."""
    made = clone(tmp_path_factory.mktemp("clone"), cloud.env)
    early = made.run("deploy", "--stage", "dev")
    assert (early.returncode, "state make --stage dev" in early.stderr) == (1, True)
    said = made.run("state", "make", "--stage", "dev")
    assert said.returncode == 0, said.stderr
    secrets = cloud.client("ssm").get_parameters_by_path(Path="/retainer/dev", WithDecryption=True)
    hidden = [p["Value"] for p in secrets["Parameters"] if p["Type"] == "SecureString"]
    assert len(hidden) == 5
    assert not any(value in said.stdout + said.stderr for value in hidden if value != "{}")
    early = made.run("link", "--stage", "dev")
    assert (early.returncode, "Deploy first" in early.stderr) == (1, True)
    made.done("deploy", "--stage", "dev")
    return made


@pytest.fixture(scope="session")
def newest_sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_sdk(tmp_path_factory.mktemp("newest"), _pinned())


@pytest.fixture(scope="session")
def floor_sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_sdk(tmp_path_factory.mktemp("floor"), FLOOR)


@pytest.fixture(scope="session")
def sdk_without_mturk(newest_sdk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SDK as AWS makes them some time after a service has closed."""
    folder = tmp_path_factory.mktemp("without") / "sdk"
    shutil.copytree(newest_sdk, folder)
    shutil.rmtree(folder / "botocore" / "data" / "mturk")
    return folder


def install_sdk(folder: Path, version: str) -> Path:
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--target", str(folder), f"boto3=={version}", f"botocore=={version}",
    ]  # fmt: skip
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def _pinned() -> str:
    return pins(ROOT / "requirements-deploy.txt")["boto3"]
