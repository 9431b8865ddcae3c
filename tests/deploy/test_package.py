"""What is in the deployment package, and what is not."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from operate.build import assemble


def test_package__is_small_and_pure(prod_package: Path) -> None:
    file = prod_package / "deployment.zip"
    names = zipfile.ZipFile(file).namelist()
    tops = {name.split("/")[0] for name in names}

    assert file.stat().st_size < 1_000_000
    # The runtime brings the SDK.
    assert not tops & {"boto3", "botocore", "s3transfer", "urllib3", "jmespath", "dateutil"}
    # One package for either processor.
    assert not [name for name in names if name.endswith((".so", ".pyd", ".pyc"))]
    assert not tops & {"tests", "local", "operate", "bench", "static", "examples"}


def test_package__brings_the_protocols_model(artifact: Path) -> None:
    model = artifact / "chalicelib/mturk/data/mturk/2017-01-17/service-2.json"

    assert len(json.loads(model.read_text())["operations"]) == 39


def test_package__carries_licences_along(artifact: Path) -> None:
    for name in ("pynamodb", "defusedxml", "ecdsa", "six", "tzdata"):
        found = [*artifact.glob(f"{name}-*.dist-info/**/LICENSE*")]
        assert found, name


def test_secrets__are_in_no_file_that_is_deployed(prod_package: Path) -> None:
    """Functions' variables name parameters; what a role may read is in its policy."""
    template = json.loads((prod_package / "sam.json").read_text())
    secret = ("SECRET", "MASTER_KEY", "RETAINER_MARKETS")
    seen = 0
    for resource in template["Resources"].values():
        variables = resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
        for name, value in variables.items():
            if name.endswith(secret):
                seen += 1
                assert value.startswith("ssm:/retainer/prod/"), name
    assert seen >= 8


def test_building_again__makes_the_same_files(tmp_path: Path) -> None:
    """Chalice goes by hashes: it must not upload all functions for nothing."""
    first = {p.relative_to(tmp_path): p.read_bytes() for p in _files(assemble(tmp_path))}
    again = {p.relative_to(tmp_path): p.read_bytes() for p in _files(assemble(tmp_path))}

    assert first == again


def test_importing_the_app__asks_nobody_and_loads_little(artifact: Path, newest_sdk: Path) -> None:
    loaded = _loaded_by_import(artifact, newest_sdk, "app.app")

    # What few requests need is loaded by those.
    assert not loaded & {"boto3", "ecdsa", "tzdata", "smtplib", "defusedxml", "http.server"}
    # Routes are declared; what serves them is built when a request comes, one room at a time.
    assert {"chalicelib.retainer.api.worker_routes", "chalicelib.marketplace.api.forms"} <= loaded
    for room in ("chalicelib.retainer", "chalicelib.marketplace"):
        assert not {m for m in loaded if m.startswith((f"{room}.store", f"{room}.assembly"))}
    # Those whose words the routes speak, and that load nothing more.
    assert _of(loaded, "chalicelib.retainer.services") == {"keys", "payments"}
    assert not _of(loaded, "chalicelib.mturk") & {"question_form", "answer_key", "model"}
    assert "chalicelib.marketplace.api.protocol" not in loaded


@pytest.mark.parametrize("handler", ["size_pools", "review", "market_tick", "mturk"])
def test_function_without_routes__loads_none(
    handler: str, artifact: Path, newest_sdk: Path
) -> None:
    loaded = _loaded_by_import(artifact, newest_sdk, f"app.{handler}")

    assert _of(loaded, "chalicelib.retainer.api") <= {"views", "params"}
    assert not _of(loaded, "chalicelib.marketplace")


def _of(loaded: set[str], package: str) -> set[str]:
    """The modules of a package, by their first name below it."""
    inside = [m.removeprefix(f"{package}.") for m in loaded if m.startswith(f"{package}.")]
    return {name.split(".")[0] for name in inside}


def _loaded_by_import(artifact: Path, sdk: Path, handler: str) -> set[str]:
    code = (
        "import sys, socket\n"
        "def refuse(*_): raise SystemExit('connected at import')\n"
        "socket.socket.connect = refuse\n"
        "import app\n"
        "print('\\n'.join(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-c", code],
        # The folder that it starts in goes first on its path: the sources must not.
        cwd=artifact,
        # Lambda names the handler so.
        env={"PYTHONPATH": f"{artifact}:{sdk}", "_HANDLER": handler},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def _files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]
