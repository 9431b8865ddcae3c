"""The demo as a person runs it: a process of its own, with everything real but the people."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.engine import ROOT
from local.http_server import free_port, is_answering
from tests.patience import LONG_S

QUESTIONS = (
    "question,option,option,option\nTea or coffee?,Tea,Coffee,\nUp or down?,Up,Down,Neither\n"
)


@contextmanager
def demo(tmp_path: Path, *more: str) -> Iterator[subprocess.Popen[str]]:
    questions = tmp_path / "questions.csv"
    questions.write_text(QUESTIONS)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "local.demo", "--state", str(tmp_path / "state")),
            *("--port", str(free_port()), "--questions", str(questions), *more),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={k: v for k, v in os.environ.items() if k != "DYNAMODB_ENDPOINT"},
    )
    # A demo that hangs would hang the whole run.
    watchdog = threading.Timer(LONG_S, process.kill)
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if text in line:
            return said
    pytest.fail(f"the demo ended without saying {text!r}:\n{said}")


def ports_in(said: str) -> set[int]:
    return {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", said)}


def test_demo_once__asks_checks_and_stops(tmp_path: Path) -> None:
    with demo(tmp_path, "--once") as process:
        said, _ = process.communicate()

    assert process.returncode == 0, said
    assert re.search(r"Tea or coffee\? +5 +5 +\d+\.\d\d s +\d+\.\d\d s +\$0\.30", said), said
    assert "2 questions, 10 answers" in said
    assert not [port for port in ports_in(said) if is_answering(port)]


def test_demo__ctrl_c__leaves_nothing_behind(tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        said = read_until(process, "MTurk protocol")
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate()

    assert process.returncode in {0, 130}, said + rest
    assert "Traceback" not in rest, rest
    assert not [port for port in ports_in(said) if is_answering(port)]


def test_demo__dead_engine__says_so_and_stops(tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        read_until(process, "MTurk protocol")
        os.kill(int((tmp_path / "state" / "engine.pid").read_text()), signal.SIGKILL)
        rest, _ = process.communicate()

    assert process.returncode == 1, rest
    assert "the DynamoDB engine has stopped" in rest


def test_demo__state_folder_in_use_or_unusable__says_so(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")

    with demo(tmp_path, "--once") as process:
        said, _ = process.communicate()

    assert process.returncode == 1
    assert "cannot write to the state folder" in said
