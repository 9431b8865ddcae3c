"""Runs tests under the functions' IAM policies, and the policies under the tests.

A call that a function makes without a permission is refused as AWS refuses it (`local/permissions`)
and fails the test, or the run, though code may have got over it. A permission that nothing needed
fails a run of all tests: so taking any one away would have failed some test.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.iam import Grant
from local.permissions import SEEN, Used, enforce

# What chooses among the tests, by the names of its options.
_CHOOSING = (
    "keyword",
    "markexpr",
    "deselect",
    "ignore",
    "ignore_glob",
    "lf",
    "stepwise",
    "collectonly",
)


class PermissionsPlugin:
    """A plugin of the run; with xdist one in each process, and the first puts all together.

    All of them, and what tests start besides, write into one folder.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._is_first = not hasattr(config, "workerinput")
        # A folder that is named is kept, to put several runs together.
        self._is_ours = SEEN not in os.environ
        if self._is_ours:
            os.environ[SEEN] = tempfile.mkdtemp(prefix="retainer-permissions-")
        self._folder = Path(os.environ[SEEN])
        self._enforced = enforce()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Iterator[None]:
        with self._failing():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        with self._failing():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Iterator[None]:
        with self._failing():
            return (yield)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        before = len(self._enforced.refused)
        yield
        if new := self._enforced.refused[before:]:
            pytest.fail("\n".join(sorted(set(new))), pytrace=False)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self._is_first:
            return
        used, refused = seen_in(self._folder)
        if self._is_ours:
            shutil.rmtree(self._folder, ignore_errors=True)
            del os.environ[SEEN]
        idle = set()
        if is_of_everything(session.config) and session.exitstatus == pytest.ExitCode.OK:
            idle = self._enforced.own_grants() - used
        lines = [f"refused: {line}" for line in sorted(refused)]
        lines += [f"needed by no test: {line}" for line in sorted(map(_line, idle))]
        if lines:
            print("\nPermissions (operate/grants.py):", *lines, sep="\n  ")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def seen_in(folder: Path) -> tuple[set[Used], set[str]]:
    """What processes wrote down: grants that were needed, and what was refused."""
    used: set[Used] = set()
    refused: set[str] = set()
    for file in folder.glob("*.jsonl"):
        for text in file.read_text(encoding="utf-8").splitlines():
            line: dict[str, Any] = json.loads(text)
            if "refused" in line:
                refused.add(line["refused"])
            else:
                function, *grant = line["used"]
                used.add((function, Grant(*grant)))
    return used, refused


def is_of_everything(config: pytest.Config) -> bool:
    """Whether a run is of all tests there are: of a part nothing can be said to be needless."""
    chosen = any(getattr(config.option, name, None) for name in _CHOOSING)
    return not chosen and config.args == config.getini("testpaths")


def _line(used: Used) -> str:
    function, grant = used
    return " ".join(filter(None, (function, grant.action, grant.resource, grant.condition)))
