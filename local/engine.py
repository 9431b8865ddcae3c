"""The DynamoDB engine (Dynoxide) as a child process that never outlives this one."""

from __future__ import annotations

import os
import platform
import secrets
import subprocess
import tempfile
import time
from pathlib import Path

from local.http_server import HOST, free_port, is_answering

ROOT = Path(__file__).resolve().parent.parent

_TRIES = 3
_READY = b"listening on"
# A minute at least: it starts in a fiftieth of a second, but not on a machine that is at its limit.
_LOOKS, _LOOK_EVERY_S = 3000, 0.02
# The shell's read ends when this process is gone, however it went: kill -9 included.
_GUARD = 'read -r _; kill "$0" 2>/dev/null'


class EngineFailed(Exception):
    """The engine is missing, did not start, or stopped."""


def engine_binary() -> Path:
    """The engine's binary for this machine, as npm installed it."""
    systems = {"Linux": "linux", "Darwin": "darwin"}
    machines = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}
    system, machine = systems.get(platform.system()), machines.get(platform.machine())
    if system is None or machine is None:
        raise EngineFailed(
            f"there is no DynamoDB engine for {platform.system()} on {platform.machine()}; "
            "set DYNAMODB_ENDPOINT to one that runs elsewhere"
        )
    path = ROOT / "node_modules" / "@dynoxide" / f"{system}-{machine}" / "dynoxide"
    if not path.exists():
        raise EngineFailed("the DynamoDB engine is not installed: run `make setup`")
    return path


def hidden_host() -> str:
    """A loopback address that nobody can guess; the ordinary one where the system has no other.

    The engine checks no signature and answers any page, whatever its origin. Linux takes all of
    127.0.0.0/8 for this machine: with the port some 10^11 places, more than any page can try.
    """
    host = f"127.{secrets.randbelow(254) + 1}.{secrets.randbelow(256)}.{secrets.randbelow(254) + 1}"
    try:
        free_port(host)
    except OSError:
        return HOST
    return host


def engine_on_free_port(database: Path | None = None) -> Engine:
    """Start an engine at a hidden address, on a port that nobody else has there."""
    host = hidden_host()
    for _ in range(_TRIES):
        try:
            return Engine(free_port(host), database, host)
        except EngineFailed as error:
            failed = error
    raise failed


class Engine:
    """One running engine; in memory unless `database` names a file."""

    def __init__(self, port: int, database: Path | None = None, host: str = HOST) -> None:
        self.host, self.port = host, port
        self.endpoint = f"http://{host}:{port}"
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 (closed by stop)
        command = [str(engine_binary()), "--host", host, "--port", str(port)]
        if database is not None:
            command += ["--db-path", str(database)]
        # A session of its own: Ctrl-C in the terminal must reach us, and us alone. What it writes
        # is people's data.
        self._process = subprocess.Popen(
            command,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, str(self._process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def last_words(self) -> str:
        """The end of what it printed."""
        return self._printed().decode(errors="replace")[-2000:].strip()

    def _printed(self) -> bytes:
        # By position: the engine goes on writing where it is.
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0)

    def stop(self) -> None:
        # The guard first: later the engine's number may be another process's.
        self._guard.kill()
        self._guard.wait()
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if not self._output.closed:
            self._output.close()

    def _wait_until_it_answers(self) -> None:
        for _ in range(_LOOKS):
            if not self.is_alive:
                raise EngineFailed(f"the DynamoDB engine did not start: {self.last_words()}")
            # That it says so, too: somebody else's engine may have taken the port in between, would
            # answer in its place, and be gone in the middle of our work.
            if _READY in self._printed() and is_answering(self.port, self.host):
                return
            time.sleep(_LOOK_EVERY_S)
        raise EngineFailed("the DynamoDB engine does not answer")
