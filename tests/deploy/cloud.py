"""AWS, as far as moto has it, and a clone of this project that deploys there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS

ROOT = Path(__file__).resolve().parent.parent.parent
REGION = "eu-west-1"

TABLES = len(RETAINER_MODELS) + len(MARKETPLACE_MODELS)
"""How many a stage has."""


@dataclass
class Cloud:
    """moto's server; `env` leads whoever has it there and nowhere else."""

    url: str
    env: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@dataclass
class Clone:
    """A clean copy of what is in the repository, with this one's packages."""

    folder: Path
    env: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["./retainer", *words], cwd=self.folder, env=self.env, capture_output=True, text=True
        )

    def done(self, *words: str) -> Any:
        ran = self.run("--json", *words)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return json.loads(ran.stdout)


@contextmanager
def running_cloud() -> Iterator[Cloud]:
    """One in a process of its own, empty: in this one moto's state would be everybody's."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.deploy.moto_server"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    with server:
        assert server.stdin is not None
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert url, "moto's server did not start"
        ours = ("AWS_", "RETAINER_", "MARKETPLACE_", "DYNAMODB_")
        env = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        env |= {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
        }
        try:
            yield Cloud(url, env)
        finally:
            server.kill()


def clone(folder: Path, env: dict[str, str]) -> Clone:
    """Copy what git has, changes included; nothing that was deployed or built before."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for name in (".venv", "node_modules"):
        (folder / name).symlink_to((ROOT / name).resolve())
    return Clone(folder, env)
