"""`make busy`: burners that end with who started them, and rounds whose failures are told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local.engine import ROOT
from tests.busy import burners, main
from tests.patience import until
from tests.processes import is_gone


def test_burners__burn__and_are_gone_afterwards() -> None:
    with burners(2) as running:
        assert [process.poll() for process in running] == [None, None]
        pids = [process.pid for process in running]

    assert all(is_gone(pid) for pid in pids)


def test_burner__ends_by_itself__when_who_started_it_is_killed() -> None:
    code = (
        "from tests.busy import burners\n"
        "with burners(1) as (one,): print(one.pid, flush=True); input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    pid = int(parent.stdout.readline())
    assert not is_gone(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    parent.stdin.close()

    until(lambda: is_gone(pid), "the end of the burner")


def test_rounds__are_all_run__and_one_that_failed_is_the_outcome(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    test, passed = tmp_path / "test_one.py", tmp_path / "passed"
    test.write_text(
        f"import pathlib\npassed = pathlib.Path({str(passed)!r})\n"
        "def test_it():\n    assert not passed.exists()\n    passed.touch()\n"
    )

    words = ["--rounds", "2", "--burners", "1", "--rootdir", str(tmp_path), "-q", str(test)]
    assert main(words) == 1

    summary = capfd.readouterr().out.rpartition("== beside 1")[2]
    told = ["round 1: passed", "round 2: exit code 1", "test_one::test_it"]
    places = [summary.index(one) for one in told]
    assert places == sorted(places)
