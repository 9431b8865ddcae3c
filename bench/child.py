"""A process of the bench: it tells its address, answers questions, and ends with its parent.

The parent reads one JSON line when the child is ready, then one for each line that it writes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from local.engine import ROOT


class Child:
    def __init__(self, module: str, variables: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **variables},
            cwd=ROOT,
            text=True,
        )
        self.ready: dict[str, Any] = self._read()

    def ask(self) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a process of the bench has ended with {self._process.wait()}")
        told: dict[str, Any] = json.loads(line)
        return told

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def serve_parent(ready: Mapping[str, Any], answer: Callable[[], Mapping[str, Any]]) -> None:
    """Answer the parent until it is gone."""
    print(json.dumps(ready), flush=True)
    for _ in sys.stdin:
        print(json.dumps(answer()), flush=True)
