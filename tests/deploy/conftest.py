"""Packages of both stages, made once, and the SDKs that a runtime may bring along.

The packages are built for the Python that runs the tests, which has to run them.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution, version
from pathlib import Path

import pytest

from operate.package import package
from operate.pins import hashed, pins
from operate.runtime import own_python
from operate.stages import ROOT, Stage
from tests.deploy.cloud import Clone, Cloud, clone, running_cloud
from tests.deploy.kept import kept, pip

FLOOR = "1.38.0"
"""The oldest boto3 that a runtime may bring; docs/decisions.md names it."""

OF_SDK = ("boto3", "botocore", "s3transfer")
BESIDE_SDK = ("urllib3", "jmespath", "python-dateutil", "six")


@pytest.fixture(scope="session", autouse=True)
def wheels() -> Iterator[None]:
    """Have each package of this run built from wheels that are downloaded once: pip checks them
    against their hashes as ever, and an index has thousands of lines to read."""
    wanted = hashed(ROOT / "requirements.txt", ROOT / "requirements-deploy.lock")
    name = f"wheels-{own_python()}-{hashlib.sha256(wanted.encode()).hexdigest()[:16]}"
    before = {name: os.environ.get(name) for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS")}
    folder = kept(name, lambda folder: _download(wanted, folder))
    os.environ |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}
    yield
    for key, value in before.items():
        os.environ.pop(key)
        if value is not None:
            os.environ[key] = value


def _download(wanted: str, folder: Path) -> None:
    folder.mkdir()
    requirements = folder / "requirements.txt"
    requirements.write_text(wanted)
    pip("download", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes",
        "--dest", str(folder), "--requirement", str(requirements))  # fmt: skip


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
    """What is pinned, which this Python has as well."""
    assert version("boto3") == version("botocore") == _pinned()
    folder = tmp_path_factory.mktemp("newest")
    for name in (*OF_SDK, *BESIDE_SDK):
        _link(folder, name)
    return folder


@pytest.fixture(scope="session")
def floor_sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("floor") / "sdk"
    _link_all(kept(f"sdk-{FLOOR}", _install_floor), folder)
    for name in BESIDE_SDK:
        _link(folder, name)
    return folder


@pytest.fixture(scope="session")
def sdk_without_mturk(newest_sdk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SDK as AWS makes them some time after a service has closed."""
    return _without_mturk(newest_sdk, tmp_path_factory.mktemp("without") / "sdk")


@pytest.fixture(scope="session")
def floor_without_mturk(floor_sdk: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The least that a runtime may bring: serving with it is serving with any."""
    return _without_mturk(floor_sdk, tmp_path_factory.mktemp("least") / "sdk")


def _without_mturk(sdk: Path, folder: Path) -> Path:
    _link_all(sdk, folder, "botocore")
    _link_all(sdk / "botocore", folder / "botocore", "data")
    _link_all(sdk / "botocore" / "data", folder / "botocore" / "data", "mturk")
    return folder


def _link_all(source: Path, target: Path, but: str = "") -> None:
    target.mkdir()
    for one in source.iterdir():
        if one.name != but:
            (target / one.name).symlink_to(one)


def _link(folder: Path, name: str) -> None:
    """What is installed here of a distribution."""
    found = distribution(name)
    for top in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
        (folder / top).symlink_to(Path(str(found.locate_file(top))))


def _install_floor(folder: Path) -> None:
    """Compiled, as a runtime's is: functions of a package write no bytecode."""
    wanted = [f"boto3=={FLOOR}", f"botocore=={FLOOR}", "s3transfer>=0.12,<0.13"]
    pip("install", "--quiet", "--no-deps", "--target", str(folder), *wanted)


def _pinned() -> str:
    return pins(ROOT / "requirements-deploy.txt")["boto3"]
