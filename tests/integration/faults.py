"""A layer between boto and the engine that throttles, answers conflicts, loses answers, and kills.

It stands where the HTTP session stands, so that everything above it is the real thing: botocore's
retries, PynamoDB, our stores.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from chalicelib.kit.dynamo.connection import Dynamo
from tests.functions import without_a_role
from tests.patience import PATIENCE_S

WRITES = {"UpdateItem", "PutItem", "DeleteItem", "TransactWriteItems"}


class Killed(BaseException):
    """The caller dies here. Not an `Exception`: no handler may catch it."""


@dataclass(frozen=True)
class Faults:
    """Chances for each write; `kill_after` writes of a caller, it dies (before or after one)."""

    throttle: float = 0.0
    conflict: float = 0.0
    lost_answer: float = 0.0
    kill: float = 0.0


class FaultySession:
    def __init__(self, real: Any, faults: Faults, seed: int) -> None:
        self._real = real
        self._faults = faults
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.injected: dict[str, int] = {}

    def send(self, request: Any) -> Any:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        if operation not in WRITES:
            return self._real.send(request)
        with self._lock:
            draws = [self._random.random() for _ in range(4)]
        faults = self._faults
        if draws[0] < faults.throttle:
            self._note("throttle")
            return _error(request, "ThrottlingException")
        if draws[1] < faults.conflict:
            self._note("conflict")
            return _error(request, "TransactionConflictException")
        if draws[2] < faults.kill / 2:
            self._note("kill before")
            raise Killed
        answer = self._real.send(request)
        if draws[2] < faults.kill:
            self._note("kill after")
            raise Killed
        if draws[3] < faults.lost_answer:
            self._note("lost answer")
            raise ReadTimeoutError(endpoint_url=request.url)
        return answer

    def close(self) -> None:
        self._real.close()

    def _note(self, what: str) -> None:
        with self._lock:
            self.injected[what] = self.injected.get(what, 0) + 1


class StaleReads:
    """Gives eventually consistent reads, of tables and indexes alike, the answers of earlier.

    Each such read is remembered when it is first made; asked again, it has seen nothing since.
    """

    def __init__(self, real: Any) -> None:
        self._real = real
        self._seen: dict[tuple[str, bytes], tuple[int, Any, bytes]] = {}

    def send(self, request: Any) -> Any:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        if operation in WRITES or b'"ConsistentRead": true' in request.body:
            return self._real.send(request)
        asked = (operation, bytes(request.body))
        if asked not in self._seen:
            answer = self._real.send(request)
            self._seen[asked] = (answer.status_code, answer.headers, answer.content)
        status, headers, body = self._seen[asked]
        return AWSResponse(request.url, status, headers, _Raw(body))  # type: ignore[arg-type]

    def close(self) -> None:
        self._real.close()


class KillAt:
    """Kills the caller at its n-th write, before or after the write is done."""

    def __init__(self, real: Any, nth: int, after: bool) -> None:
        self._real = real
        self._left = nth
        self._after = after
        self.writes = 0

    def send(self, request: Any) -> Any:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        if operation not in WRITES:
            return self._real.send(request)
        self.writes += 1
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Killed
        answer = self._real.send(request)
        if self._left == 0:
            raise Killed
        return answer

    def close(self) -> None:
        self._real.close()


class Meanwhile:
    """Has something happen just before the caller's n-th request, reads included."""

    def __init__(self, real: Any, nth: int, happens: Callable[[], Any]) -> None:
        self._real = real
        self._left = nth
        self._happens = happens

    @property
    def happened(self) -> bool:
        return self._left <= 0

    def send(self, request: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            # Somebody else's doing.
            with without_a_role():
                self._happens()
        return self._real.send(request)

    def close(self) -> None:
        self._real.close()


class OneTableAtATime:
    """Makes no table while another is being made, as DynamoDB may when it sees fit."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.refused = 0
        self._in_the_making = False

    def send(self, request: Any) -> Any:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        if operation == "CreateTable":
            if self._in_the_making:
                self.refused += 1
                return _error(request, "LimitExceededException")
            self._in_the_making = True
        answer = self._real.send(request)
        if operation == "DescribeTable" and b"ACTIVE" in answer.content:
            self._in_the_making = False
        return answer

    def close(self) -> None:
        self._real.close()


@contextmanager
def session_of(dynamo: Dynamo, make: Any) -> Iterator[Any]:
    """Put `make(real session)` in the place of the client's HTTP session for a while."""
    endpoint = dynamo.client._endpoint
    real = endpoint.http_session
    endpoint.http_session = make(real)
    try:
        yield endpoint.http_session
    finally:
        endpoint.http_session = real


def _error(request: Any, code: str) -> AWSResponse:
    return answer_of(request.url, code)


def answer_of(url: str, code: str, status: int = 400, **more: Any) -> AWSResponse:
    """An answer of DynamoDB's with these members: an error, if it has a code."""
    named = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code} if code else {}
    raw: Any = _Raw(json.dumps({**named, **more}).encode())
    return AWSResponse(url, status, {"Content-Type": "application/x-amz-json-1.0"}, raw)


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body


class Gates:
    """Holds up chosen writes of chosen threads, so that an interleaving can be played exactly.

    `hold(thread, nth)` stops a thread before its n-th write; `reached(...)` waits until it stands
    there; `let_go(...)` lets it go on.
    """

    def __init__(self, real: Any) -> None:
        self._real = real
        self._gates: dict[tuple[str, int], tuple[threading.Event, threading.Event]] = {}
        self._writes: dict[str, int] = {}

    def hold(self, thread: str, nth: int) -> None:
        self._gates[thread, nth] = (threading.Event(), threading.Event())

    def reached(self, thread: str, nth: int) -> bool:
        return self._gates[thread, nth][0].wait(PATIENCE_S)

    def let_go(self, thread: str, nth: int) -> None:
        self._gates[thread, nth][1].set()

    def send(self, request: Any) -> Any:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        if operation in WRITES:
            name = threading.current_thread().name
            self._writes[name] = self._writes.get(name, 0) + 1
            gate = self._gates.get((name, self._writes[name]))
            if gate is not None:
                gate[0].set()
                assert gate[1].wait(PATIENCE_S), f"{name} was never let go"
        return self._real.send(request)

    def close(self) -> None:
        self._real.close()
