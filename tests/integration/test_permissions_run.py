"""Runs of tests under the roles: what fails them, though every test of them would pass."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local.permissions import SEEN, enforce
from operate.stages import ROOT
from tests.patience import LONG_S
from tests.permissions_plugin import is_of_everything

CONFTEST = """
from tests.permissions_plugin import PermissionsPlugin

def pytest_configure(config):
    config.pluginmanager.register(PermissionsPlugin(config), "permissions")
"""

START = """
from chalicelib.kit.invocation import running
from tests.fakes import FakeStarter

def start(function, started):
    token = running.set(function)
    FakeStarter().start(started, {})
    running.reset(token)
"""

GETS_OVER_IT = """
from start import start

def test_gets_over_it():
    start("market_calls", "review")

def test_is_well():
    start("api_handler", "review")
"""

IN_ANOTHER_PROCESS = """
import subprocess, sys

CODE = '''
from local.permissions import enforce
enforce()
from start import start
start("FUNCTION", "size_pools")
'''

def test_starts_a_process():
    for function in ("market_events", MORE):
        done = subprocess.run([sys.executable, "-c", CODE.replace("FUNCTION", function)])
        assert done.returncode == 0
"""


def run(folder: Path, tests: str, *more: str) -> tuple[int, str]:
    """Run tests in a process of their own; return its exit code and what it said."""
    (folder / "t").mkdir()
    (folder / "pytest.ini").write_text("[pytest]\ntestpaths = t\n")
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "start.py").write_text(START)
    (folder / "t" / "test_it.py").write_text(tests)
    env = {name: value for name, value in os.environ.items() if name != SEEN}
    env["PYTHONPATH"] = f"{ROOT}{os.pathsep}{folder}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *more],
        cwd=folder, env=env, capture_output=True, text=True, timeout=LONG_S,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_test_that_got_over_a_refusal__fails_itself_and_the_run(tmp_path: Path) -> None:
    code, said = run(tmp_path, GETS_OVER_IT)

    assert code == 1
    assert "1 failed, 1 passed" in said
    assert "refused: market_calls may not lambda:InvokeFunction on function/review" in said


def test_refusal_in_a_process_that_a_test_started__fails_the_run(
    tmp_path: Path,
) -> None:
    code, said = run(tmp_path, IN_ANOTHER_PROCESS.replace("MORE", '"mturk"'), "-n", "2")

    assert code == 1
    assert "1 passed" in said
    assert "refused: mturk may not lambda:InvokeFunction on function/size_pools" in said


def test_grant_that_nothing_needed__fails_a_run_of_all_tests(
    tmp_path: Path,
) -> None:
    code, said = run(tmp_path, IN_ANOTHER_PROCESS.replace("MORE", ""), "-n", "2")

    idle = [line for line in said.splitlines() if "needed by no test: " in line]
    assert code == 1
    assert len(idle) == len(enforce().own_grants()) - 1
    assert not any("market_events lambda:InvokeFunction" in line for line in idle)
    assert any("size_pools lambda:InvokeFunction" in line for line in idle)


def test_run_of_some_tests__says_nothing_of_what_it_did_not_need(tmp_path: Path) -> None:
    code, said = run(tmp_path, IN_ANOTHER_PROCESS.replace("MORE", ""), "-k", "starts")

    assert (code, "needed by no test" in said) == (0, False)


@pytest.mark.parametrize(
    ("args", "chosen", "is_all"),
    [
        (["tests"], {}, True),
        (["tests"], {"keyword": "roles"}, False),
        (["tests"], {"markexpr": "not browser"}, False),
        (["tests"], {"deselect": ["tests/unit"]}, False),
        (["tests"], {"ignore": ["tests/browser"]}, False),
        (["tests"], {"lf": True}, False),
        (["tests/unit"], {}, False),
    ],
)
def test_run__is_of_all_tests__only_if_none_was_left_out(
    args: list[str], chosen: dict[str, object], is_all: bool
) -> None:
    config: Any = SimpleNamespace(
        args=args, option=SimpleNamespace(**chosen), getini=lambda name: ["tests"]
    )

    assert is_of_everything(config) is is_all
