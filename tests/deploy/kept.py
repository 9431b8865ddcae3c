"""What is downloaded once for all runs, in `.state/tests`; `make clean` removes it."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from operate.stages import ROOT

_FOLDER = ROOT / ".state" / "tests"
# As it is before tests have pip go by what is kept.
_GIVEN = dict(os.environ)


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of a name, made by one process, once; a name stands for one content for ever."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    target = _FOLDER / name
    with open(_FOLDER / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            # Whole or not at all: whoever makes it may be stopped.
            unfinished = Path(tempfile.mkdtemp(dir=_FOLDER))
            try:
                make(unfinished / "made")
                os.rename(unfinished / "made", target)
            finally:
                shutil.rmtree(unfinished)
    return target


def pip(*words: str) -> None:
    """Run pip with the index, whatever other tests have it use."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *words],
        env=_GIVEN, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
