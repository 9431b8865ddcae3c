"""Packages a stage: the assembled project, Chalice's template, and the rest of the stack in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from operate.build import BuildFailed, assemble
from operate.stages import ROOT, Stage
from operate.template import merge_template

PACKAGES = ROOT / ".chalice" / "packages"
"""Where stages are built; not in the repository."""


def project(stage: Stage, folder: Path | None = None) -> Path:
    """Assemble the project that Chalice deploys or packages; return its folder."""
    return assemble((folder or PACKAGES / stage.name) / "project", stage.root)


def package(stage: Stage, folder: Path | None = None) -> Path:
    """Write `deployment.zip` and `sam.json`, the whole stack, into a folder and return it.

    Needs no account and no network but pip's. Raises `BuildFailed`.
    """
    out = folder or PACKAGES / stage.name
    source = project(stage, out)
    extra = out / "merge.json"
    extra.write_text(json.dumps(merge_template(stage), indent=1))
    _chalice(
        source, "package", "--stage", stage.name, "--merge-template", str(extra), str(out / "stack")
    )
    return out / "stack"


def _chalice(source: Path, *arguments: str) -> None:
    # Chalice has no module to run; its command need not be on the path.
    command = [
        sys.executable,
        "-c",
        "import sys; from chalice.cli import main; sys.exit(main())",
        *arguments,
    ]
    # A region is asked for even where nothing is sent; compiled files would go into the package.
    environment = {"AWS_DEFAULT_REGION": "us-east-1", **os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
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
