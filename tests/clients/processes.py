"""Other programs' clients as processes of their own, pointed at a marketplace by environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.marketplace.domain.people import Credentials
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent


def requester_env(url: str, keys: Credentials, home: Path) -> dict[str, str]:
    """What a requester sets, and nothing of this machine's own configuration."""
    return {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "AWS_CONFIG_FILE": str(home / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_MTURK": url,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_PAGER": "",
    }


@dataclass(frozen=True, slots=True)
class AwsCli:
    """`aws mturk …`, one process a command."""

    env: dict[str, str]

    def __call__(self, command: str, *arguments: str) -> Any:
        """Run a command that must succeed; returns what it printed, None for nothing."""
        done = self.run(command, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def fails(self, command: str, *arguments: str) -> tuple[int, str]:
        """Run a command that must fail; returns its exit status and what it said."""
        done = self.run(command, *arguments)
        assert done.returncode != 0, done.stdout
        assert not done.stdout.strip()
        return done.returncode, done.stderr.strip()

    def run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(BIN / "aws"), "mturk", command, *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
