"""Functions run from a package's files, each environment a process that serves one event at a time.

As on Lambda: an event finds an idle environment of its function or starts another; what an
environment learnt stays with it. For trying a package before it is deployed.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chalice.app import Chalice

from chalicelib.kit.clock import Clock
from local.functions import API_TIMEOUT_S, FUNCTION_TIMEOUT_S, Functions, LambdaContext

_RUNTIME = Path(__file__).with_name("lambda_runtime.py")


class FunctionFailed(Exception):
    """The handler raised; the message is its traceback."""


@dataclass(frozen=True, slots=True)
class Package:
    """An unpacked deployment package, and the SDK that the runtime brings along."""

    folder: Path
    sdk: Path
    # More variables for a function by name, besides those of this process.
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class _Environment:
    def __init__(self, package: Package, function: str) -> None:
        self.package = package
        handler = "app" if function == "api_handler" else function
        self._process = subprocess.Popen(
            # Neither site packages nor PYTHON* variables of this machine.
            [sys.executable, "-S", "-B", str(_RUNTIME)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=package.folder,
            text=True,
            env={
                **os.environ,
                **package.variables.get(function, {}),
                # The package goes first, the SDK after it, as on Lambda.
                "PYTHONPATH": f"{package.folder}{os.pathsep}{package.sdk}",
                "PYTHONNOUSERSITE": "1",
                # As on Lambda: a function need load no more than its handler.
                "_HANDLER": f"app.{handler}",
            },
        )

    def call(self, asked: Mapping[str, Any]) -> Any:
        into, out = self._process.stdin, self._process.stdout
        if into is None or out is None:
            raise FunctionFailed("the environment has no pipes")
        into.write(json.dumps(asked) + "\n")
        into.flush()
        line = out.readline()
        if not line:
            raise FunctionFailed(f"the environment ended with {self._process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise FunctionFailed(answer["error"])
        return answer["answer"]

    def stop(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process.wait()


class ProcessFunctions(Functions):
    """`Functions` whose handlers run from a package; what is declared is read from the app."""

    def __init__(self, app: Chalice, prefix: str, package: Package, clock: Clock) -> None:
        super().__init__(app, prefix, clock)
        # Of which the newest comes last; more than one while they replace each other.
        self._packages = [package]
        self._idle: dict[tuple[int, str], list[_Environment]] = defaultdict(list)
        self._all: list[_Environment] = []
        self._lock = threading.Lock()
        self._turn = itertools.count()
        # How many events each package has answered.
        self.answered: Counter[Path] = Counter()

    def roll_out(self, package: Package) -> None:
        """Have another package serve too: while functions are updated, both answer, in turn."""
        with self._lock:
            self._packages.append(package)

    def retire(self) -> None:
        """Have the newest package alone serve. What the others are at, they finish."""
        with self._lock:
            self._packages = self._packages[-1:]
            over = [key for key in self._idle if key[0] != id(self._packages[0])]
            idle = [environment for key in over for environment in self._idle.pop(key)]
        for environment in idle:
            environment.stop()

    def call(self, full_name: str, event: Any) -> Any:
        self.check(full_name)
        is_api = full_name == self.prefix
        name = "api_handler" if is_api else self.short_name(full_name)
        context = LambdaContext(
            full_name, API_TIMEOUT_S if is_api else FUNCTION_TIMEOUT_S, self.clock
        )
        asked = {
            "handler": "app.app" if is_api else f"app.{name}",
            "event": event,
            "context": {
                "function_name": full_name,
                "invoked_function_arn": context.invoked_function_arn,
                "aws_request_id": context.aws_request_id,
                "memory_limit_in_mb": context.memory_limit_in_mb,
                "remaining_ms": context.get_remaining_time_in_millis(),
            },
        }
        environment = self._take(name)
        # One that failed to answer is not used again: Lambda starts another, too.
        answer = environment.call(asked)
        with self._lock:
            self.answered[environment.package.folder] += 1
            goes_on = any(package is environment.package for package in self._packages)
            if goes_on:
                self._idle[id(environment.package), name].append(environment)
        if not goes_on:
            environment.stop()
        return answer

    def stop(self) -> None:
        """End all environments."""
        with self._lock:
            environments, self._all = self._all, []
            self._idle.clear()
        for environment in environments:
            environment.stop()

    def _take(self, name: str) -> _Environment:
        with self._lock:
            package = self._packages[next(self._turn) % len(self._packages)]
            idle = self._idle[id(package), name]
            if idle:
                return idle.pop()
            environment = _Environment(package, name)
            self._all.append(environment)
            return environment
