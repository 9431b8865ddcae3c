"""The app's Lambda functions by name, called as Lambda would call them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

from chalice.app import Chalice

from chalicelib.kit.clock import Clock, SystemClock
from chalicelib.kit.invocation import running

REGION = "us-east-1"
ACCOUNT_ID = "000000000000"
API_TIMEOUT_S = 29
FUNCTION_TIMEOUT_S = 60
_LET_END_S = 10


class LambdaContext:
    """The members of Lambda's context object that Python code may use."""

    memory_limit_in_mb = 1024
    function_version = "$LATEST"
    log_group_name = ""
    log_stream_name = ""
    identity = None
    client_context = None

    def __init__(self, function_name: str, timeout_s: float, clock: Clock) -> None:
        self.function_name = function_name
        self.invoked_function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{function_name}"
        self.aws_request_id = str(uuid.uuid4())
        self._clock = clock
        self._deadline_ms = clock.now_ms() + round(timeout_s * 1000)

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self._deadline_ms - self._clock.now_ms())


class UnknownFunction(Exception):
    """The app has no function of this name."""


class Functions:
    """What would be deployed for one Chalice app: `<prefix>` for its routes, `<prefix>-<name>`."""

    def __init__(self, app: Chalice, prefix: str, clock: Clock | None = None) -> None:
        make_thread_safe(app)
        self.app = app
        self.prefix = prefix
        self.clock: Clock = clock or SystemClock()
        self._running = 0
        self._ended = threading.Condition()

    def full_name(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def has(self, full_name: str) -> bool:
        return full_name == self.prefix or self.short_name(full_name) in self.app.handler_map

    def check(self, full_name: str) -> None:
        """Raise `UnknownFunction` unless there is such a function."""
        if not self.has(full_name):
            raise UnknownFunction(full_name)

    def stop(self) -> None:
        """Let running calls end, for some seconds: what they use may be gone afterwards."""
        with self._ended:
            self._ended.wait_for(lambda: not self._running, _LET_END_S)

    def call(self, full_name: str, event: Any) -> Any:
        """Run a function in this thread and return what it returns; its exceptions propagate."""
        handler: Callable[[Any, Any], Any]
        self.check(full_name)
        if full_name == self.prefix:
            handler, timeout_s = self.app, API_TIMEOUT_S
        else:
            handler = self.app.handler_map[self.short_name(full_name)]
            timeout_s = FUNCTION_TIMEOUT_S
        with self._ended:
            self._running += 1
        # Before the handler says so itself: an app of others may never.
        runs = running.set(full_name)
        try:
            return handler(event, LambdaContext(full_name, timeout_s, self.clock))
        finally:
            running.reset(runs)
            with self._ended:
                self._running -= 1
                self._ended.notify_all()

    def short_name(self, full_name: str) -> str:
        """The function's name in the app; empty for the API's and for those of others."""
        start = f"{self.prefix}-"
        return full_name[len(start) :] if full_name.startswith(start) else ""


class _PerThread:
    """Gives each thread its own request and context.

    Lambda runs one event per process, and Chalice keeps the request on the app object: with
    threads all but one would see somebody else's.
    """

    _local = threading.local()

    @property
    def current_request(self) -> Any:
        return getattr(self._local, "request", None)

    @current_request.setter
    def current_request(self, value: Any) -> None:
        self._local.request = value

    @property
    def lambda_context(self) -> Any:
        return getattr(self._local, "context", None)

    @lambda_context.setter
    def lambda_context(self, value: Any) -> None:
        self._local.context = value


def make_thread_safe(app: Chalice) -> None:
    """Swap the app's class for one with a request per thread, as Chalice's own server does."""
    if not isinstance(app, _PerThread):
        app.__class__ = type("ThreadedChalice", (_PerThread, app.__class__), {})
