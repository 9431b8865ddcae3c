"""Packages or deploys a stage: the assembled project, and what Chalice makes of it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from operate.build import BuildFailed, assemble
from operate.plain import by_reference, write_own_destinations, write_plain
from operate.policies import check_files
from operate.runtime import PYTHON, interpreter_of, own_python, runtime_of
from operate.stages import ROOT, Stage
from operate.template import code_template

PACKAGES = ROOT / ".chalice" / "packages"
"""Where stages are built; not in the repository."""


_LOG = logging.getLogger(__name__)

# Chalice has no module to run, and its command need not be on the path; nor has it a setting for
# the runtime, which it names after the Python that runs it. It would refuse a route that takes a
# binary form and others: API Gateway tells them apart by each request's type, and so do we.
_CHALICE = """
import sys
from chalice import cli, config
from chalice.deploy import validate
runtime = sys.argv.pop(1)
validate.validate_route_content_types = lambda routes, binary_types: None
config.Config.lambda_python_version = property(lambda _: runtime)
sys.exit(cli.main())
"""


def project(
    stage: Stage,
    folder: Path | None = None,
    python: str = PYTHON,
    addresses: Mapping[str, str] | None = None,
) -> Path:
    """Assemble the project that Chalice deploys or packages; return its folder.

    `addresses` become plain variables of the functions. Raises `BuildFailed`."""
    check_files(stage)
    if interpreter_of(python) is None:
        _LOG.warning(
            "there is no python%s here, only %s: the package goes without bytecode, and a cold "
            "start takes about twice as long",
            python,
            own_python(),
        )
    made = assemble((folder or PACKAGES / stage.name) / "project", stage.root, python)
    config = made / ".chalice" / "config.json"
    write_plain(config, stage, addresses or {})
    write_own_destinations(config, stage)
    return made


def package(stage: Stage, folder: Path | None = None, python: str = PYTHON) -> Path:
    """Write `deployment.zip` and `sam.json`, the code's stack, into a folder and return it.

    Needs no account and no network but pip's. Raises `BuildFailed`.
    """
    out = folder or PACKAGES / stage.name
    source = project(stage, out, python, by_reference(stage))
    extra = out / "merge.json"
    extra.write_text(json.dumps(code_template(stage), indent=1))
    words = ("--stage", stage.name, "--merge-template", str(extra), str(out / "stack"))
    _chalice(source, python, "package", *words)
    return out / "stack"


def deploy(source: Path, stage: Stage, region: str, python: str = PYTHON) -> None:
    """Have Chalice deploy an assembled project. Raises `BuildFailed`."""
    _chalice(source, python, "deploy", "--stage", stage.name, region=region)


def undeploy(stage: Stage, region: str, folder: Path | None = None) -> None:
    """Take away what Chalice deployed. Raises `BuildFailed`."""
    _chalice(project(stage, folder), PYTHON, "delete", "--stage", stage.name, region=region)


def _chalice(source: Path, python: str, *arguments: str, region: str = "us-east-1") -> None:
    command = [sys.executable, "-c", _CHALICE, runtime_of(python), *arguments]
    # A region is asked for even where nothing is sent; compiled files would go into the package.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "AWS_DEFAULT_REGION": region}
    done = subprocess.run(
        command,
        cwd=source,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise BuildFailed(f"chalice {arguments[0]} failed:\n{done.stdout}")
