"""Lambda's Invoke API, for boto3 through AWS_ENDPOINT_URL_LAMBDA: RequestResponse and Event.

An asynchronous event whose run fails is not tried again, as the functions' settings on AWS have it.
"""

from __future__ import annotations

import json
import logging
import queue
import re
import threading
import traceback
import uuid
from typing import Any
from urllib.parse import unquote

from local.functions import Functions
from local.http_server import Reply, Request

log = logging.getLogger("local.lambda")

MAX_SYNC = 6 * 1024 * 1024
MAX_ASYNC = 1024 * 1024
_PATH = re.compile(r"^/2015-03-31/functions/([^/]+)/invocations/?$")


class AsyncInvoker:
    """Runs asynchronous events on a few threads; a failing one is tried again after each delay."""

    def __init__(
        self,
        functions: Functions,
        *,
        workers: int = 4,
        retry_delays_s: tuple[float, ...] = (),
    ) -> None:
        self._functions = functions
        self._workers = workers
        self._retry_delays_s = retry_delays_s
        self._queue: queue.SimpleQueue[tuple[str, Any, int] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._timers: set[threading.Timer] = set()
        self._lock = threading.Lock()
        self._stopping = False

    def start(self) -> None:
        self._stopping = False
        for number in range(self._workers):
            thread = threading.Thread(target=self._run, name=f"lambda-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout_s: float = 10) -> None:
        """Let running events end; what still waits is dropped."""
        with self._lock:
            self._stopping = True
            timers, self._timers = self._timers, set()
        for timer in timers:
            timer.cancel()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout_s)
        self._threads.clear()

    def submit(self, full_name: str, event: Any) -> None:
        self._queue.put((full_name, event, 0))

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            full_name, event, failures = job
            if self._stopping:
                continue
            try:
                self._functions.call(full_name, event)
            except Exception as error:
                self._retry(full_name, event, failures, error)

    def _retry(self, full_name: str, event: Any, failures: int, error: Exception) -> None:
        if failures >= len(self._retry_delays_s):
            log.exception("%s failed %d times; the event is dropped", full_name, failures + 1)
            return
        log.warning("%s failed and will be tried again: %r", full_name, error)

        def put_back() -> None:
            with self._lock:
                self._timers.discard(timer)
            self._queue.put((full_name, event, failures + 1))

        timer = threading.Timer(self._retry_delays_s[failures], put_back)
        timer.daemon = True
        with self._lock:
            if self._stopping:
                return
            self._timers.add(timer)
        timer.start()


class LambdaApi:
    def __init__(self, functions: Functions, invoker: AsyncInvoker) -> None:
        self._functions = functions
        self._invoker = invoker

    def handle(self, request: Request) -> Reply:
        found = _PATH.match(request.path)
        if found is None or request.method != "POST":
            return _error(404, "ResourceNotFoundException", "Only Invoke is served here.")
        name = _plain_name(unquote(found[1]))
        if not self._functions.has(name):
            return _error(404, "ResourceNotFoundException", f"Function not found: {name}")
        kind = request.header("x-amz-invocation-type") or "RequestResponse"
        if kind not in {"RequestResponse", "Event", "DryRun"}:
            return _error(400, "InvalidParameterValueException", f"Invocation type {kind!r}")
        if len(request.body) > (MAX_ASYNC if kind == "Event" else MAX_SYNC):
            return _error(413, "RequestTooLargeException", "The payload is too large.")
        try:
            event = json.loads(request.body or b"{}")
        except ValueError as error:
            return _error(400, "InvalidRequestContentException", f"Could not parse: {error}")
        if kind == "DryRun":
            return Reply(204, _headers())
        if kind == "Event":
            self._invoker.submit(name, event)
            return Reply(202, _headers())
        return self._call(name, event)

    def _call(self, name: str, event: Any) -> Reply:
        try:
            payload = json.dumps(self._functions.call(name, event)).encode()
        except Exception as error:
            log.warning("%s failed", name, exc_info=True)
            failure = {
                "errorMessage": str(error),
                "errorType": type(error).__name__,
                "stackTrace": traceback.format_tb(error.__traceback__),
            }
            headers = [*_headers(), ("X-Amz-Function-Error", "Unhandled")]
            return Reply(200, headers, json.dumps(failure).encode())
        return Reply(200, _headers(), payload)


def _plain_name(given: str) -> str:
    """A function's name out of a name, a partial or a full ARN, with or without qualifier."""
    if "function:" in given:
        given = given.partition("function:")[2]
    return given.partition(":")[0]


def _headers() -> list[tuple[str, str]]:
    return [
        ("Content-Type", "application/json"),
        ("x-amzn-RequestId", str(uuid.uuid4())),
        ("X-Amz-Executed-Version", "$LATEST"),
    ]


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(
        status,
        [
            ("Content-Type", "application/json"),
            ("x-amzn-ErrorType", code),
            ("x-amzn-RequestId", str(uuid.uuid4())),
        ],
        json.dumps({"Type": "User", "Message": message}).encode(),
    )
