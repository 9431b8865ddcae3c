"""Packages or deploys a stage: the assembled project, and what Chalice makes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from operate.build import BuildFailed, assemble
from operate.policies import check_files
from operate.stages import ROOT, Stage
from operate.template import code_template

PACKAGES = ROOT / ".chalice" / "packages"
"""Where stages are built; not in the repository."""


def project(stage: Stage, folder: Path | None = None) -> Path:
    """Assemble the project that Chalice deploys or packages; return its folder.

    Raises `BuildFailed`."""
    check_files(stage)
    return assemble((folder or PACKAGES / stage.name) / "project", stage.root)


def package(stage: Stage, folder: Path | None = None) -> Path:
    """Write `deployment.zip` and `sam.json`, the code's stack, into a folder and return it.

    Needs no account and no network but pip's. Raises `BuildFailed`.
    """
    out = folder or PACKAGES / stage.name
    source = project(stage, out)
    extra = out / "merge.json"
    extra.write_text(json.dumps(code_template(stage), indent=1))
    _chalice(
        source, "package", "--stage", stage.name, "--merge-template", str(extra), str(out / "stack")
    )
    return out / "stack"


def deploy(source: Path, stage: Stage, region: str) -> None:
    """Have Chalice deploy an assembled project. Raises `BuildFailed`."""
    _chalice(source, "deploy", "--stage", stage.name, region=region)


def undeploy(stage: Stage, region: str, folder: Path | None = None) -> None:
    """Take away what Chalice deployed. Raises `BuildFailed`."""
    _chalice(project(stage, folder), "delete", "--stage", stage.name, region=region)


def _chalice(source: Path, *arguments: str, region: str = "us-east-1") -> None:
    # Chalice has no module to run; its command need not be on the path.
    command = [
        sys.executable,
        "-c",
        "import sys; from chalice.cli import main; sys.exit(main())",
        *arguments,
    ]
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
