"""Starts the real DynamoDB engine (Dynoxide) for tests and benches: in memory, a free port."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def engine_binary() -> Path:
    system = {"Linux": "linux", "Darwin": "darwin"}[platform.system()]
    machine = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    package = f"{system}-{machine[platform.machine()]}"
    path = ROOT / "node_modules" / "@dynoxide" / package / "dynoxide"
    if not path.exists():
        raise RuntimeError(f"no DynamoDB engine at {path}: run `make setup`")
    return path


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def running_engine() -> Iterator[str]:
    """Yield the endpoint of an engine; DYNAMODB_ENDPOINT names one that runs already."""
    if given := os.environ.get("DYNAMODB_ENDPOINT"):
        yield given
        return
    port = free_port()
    process = subprocess.Popen(
        [str(engine_binary()), "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                output = process.stdout.read().decode() if process.stdout else ""
                raise RuntimeError(f"the DynamoDB engine stopped: {output}")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()
