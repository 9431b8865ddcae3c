"""`make marketplace` as a person runs it: a process of its own, and what it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.engine import ROOT
from local.http_server import free_port
from tests.patience import LONG_S

LAST = "# JavaScript SDK"


@dataclass
class Running:
    process: subprocess.Popen[str]
    said: str

    def value(self, label: str) -> str:
        """What stands behind a label."""
        found = re.search(rf"^  {label} +(\S+)$", self.said, re.MULTILINE)
        assert found, f"no {label} in:\n{self.said}"
        return found[1]

    def lines_for(self, what: str) -> tuple[list[str], str]:
        """The program that a person starts first, and what they paste there."""
        found = re.search(rf"^# {what}(?:, in (\S+))?\n(.+)\n(.+)\n(.+)$", self.said, re.MULTILINE)
        assert found, f"no lines for {what} in:\n{self.said}"
        return [found[1] or "sh"], "\n".join([found[2], found[3], found[4], ""])

    def ports(self) -> set[int]:
        return {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", self.said)}


def paste(tmp_path: Path, command: list[str], lines: str) -> str:
    """Paste lines into a fresh terminal and return what it shows; as if it were interactive."""
    if command[0] != "sh":
        command = [*command, "-i"]
    done = subprocess.run(
        command,
        input=lines,
        cwd=ROOT,
        env=_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
    )
    assert "rror" not in done.stderr + done.stdout, done.stderr + done.stdout
    return done.stdout


@contextmanager
def marketplace(tmp_path: Path, *more: str, port: int = 0) -> Iterator[Running]:
    """Start it and wait until it has printed everything."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "local.marketplace", "--state", str(tmp_path / "state")),
            *("--port", str(port or free_port()), *more),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={k: v for k, v in os.environ.items() if k != "DYNAMODB_ENDPOINT"},
    )
    # One that hangs would hang the whole run.
    watchdog = threading.Timer(LONG_S, process.kill)
    watchdog.start()
    try:
        yield Running(process, _read(process))
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _read(process: subprocess.Popen[str]) -> str:
    """All that it prints at its start, or all if it ends."""
    assert process.stdout is not None
    said, left = "", -1
    for line in process.stdout:
        said += line
        left = 3 if line.startswith(LAST) else left - 1
        if left == 0:
            break
    return said


def _environment(tmp_path: Path) -> dict[str, str]:
    """Nothing of AWS's but what is pasted, and nobody's home."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON"))}
    return env | {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
