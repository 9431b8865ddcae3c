"""Runs tests several times beside processes that burn the processor: `make busy`.

    python -m tests.busy --rounds 3 --burners 4 tests/browser tests/integration -n 2

What passes on an idle machine and fails here depends on how fast the machine is. Words that are
none of its own go to pytest.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

_ROOT = Path(__file__).resolve().parent.parent

# The alarm and the look at the parent each end a burner that nobody ends.
_BURN = """
import os, signal, sys
signal.alarm(int(sys.argv[2]))
while os.getppid() == int(sys.argv[1]):
    for _ in range(100_000):
        pass
"""
_LONGEST_S = 2 * 3600


@contextlib.contextmanager
def burners(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Keep so many processes at work that never waits; they end with this one at the latest."""
    command = [sys.executable, "-S", "-c", _BURN, str(os.getpid()), str(_LONGEST_S)]
    started: list[subprocess.Popen[bytes]] = []
    try:
        for _ in range(count):
            started.append(subprocess.Popen(command))
        yield started
    finally:
        for process in started:
            process.kill()
        for process in started:
            process.wait()


def run_round(arguments: Sequence[str], report: Path) -> tuple[int, list[str]]:
    """Run pytest once: its exit code, and the names of what failed."""
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments]
    code = subprocess.run(command, cwd=_ROOT, check=False).returncode
    return code, failures(report) if report.exists() else []


def failures(report: Path) -> list[str]:
    """The names of the tests that a JUnit report tells of as failed or broken."""
    return [
        f"{case.get('classname')}::{case.get('name')}"
        for case in ElementTree.parse(report).iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    ]


def main(words: Sequence[str]) -> int:
    """Run the rounds and tell of each; 1 when any of them failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.busy", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--burners", type=int, default=4)
    options, arguments = parser.parse_known_args(words)
    told = []
    bad = False
    with tempfile.TemporaryDirectory() as folder, burners(options.burners):
        for number in range(1, options.rounds + 1):
            began = time.monotonic()
            code, failed = run_round(arguments, Path(folder) / f"{number}.xml")
            bad |= code != 0
            outcome = f"exit code {code}" if code else "passed"
            told += [f"round {number}: {outcome} in {time.monotonic() - began:.0f} s"]
            told += [f"    {name}" for name in failed]
            print("", f"== {told[-1 - len(failed)]}", *told[len(told) - len(failed) :], sep="\n")
    print("", f"== beside {options.burners} burning processes:", *told, sep="\n", flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
