"""A short way to the engine: HTTP as it speaks it, without urllib3's and botocore's generality.

Most of the tests' processor time is calls to the engine, and most of a call is what botocore does
for any service and any protocol. What the engine gets and says is the same; what it says other than
"done" botocore reads, and asks again about. Runs at full length leave botocore as it is, and so
do processes that tests start; the clients of markets and clouds always have it as it is.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

from botocore import handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.hooks import EventAliaser
from botocore.validate import ParamValidationDecorator

engines: set[str] = set()
"""Endpoints of engines that tests started; a stack's is in its environment. What stands in for an
engine that hangs or refuses is neither, so that time-outs and retries are botocore's own."""

_MOST = 64 * 1024


def lay() -> None:
    """Have clients of engines that are made from now on go this way."""
    # Of all sessions: there is no other way to reach those that are made by and by.
    handlers.BUILTIN_HANDLERS.append(("creating-client-class.dynamodb", _add))
    _share_aliases()


def _share_aliases() -> None:
    """Have what botocore's events are called by now found out once: each session does it for its
    some hundred handlers."""
    # botocore's types leave out what begins with an underscore.
    aliaser: Any = EventAliaser
    find, known = aliaser._alias_event_name, dict[str, str]()

    def found(self: EventAliaser, name: str) -> str:
        if name not in known:
            known[name] = find(self, name)
        return known[name]

    aliaser._alias_event_name = found


def _add(base_classes: list[type], **_: Any) -> None:
    base_classes.insert(0, _ByLine)


_ITEMS = {
    "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan",
    "BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems",
}  # fmt: skip
"""What is in JSON as it is in Python, bytes apart."""


class _ByLine:
    """Goes before botocore's client class."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoint: Any = self._endpoint  # type: ignore[attr-defined]
        if endpoint.host in {*engines, os.environ.get("DYNAMODB_ENDPOINT")}:
            config = self._client_config  # type: ignore[attr-defined]
            endpoint.http_session = EngineLine(config.connect_timeout, config.read_timeout)

    def _make_api_call(self, operation: str, params: dict[str, Any]) -> Any:
        own = cast(Any, self)
        line, usual = own._endpoint.http_session, cast(Any, super())._make_api_call
        # Another session is a test's, which does something of its own to what passes.
        is_plain = operation in _ITEMS and isinstance(line, EngineLine)
        if not is_plain or isinstance(own._serializer, ParamValidationDecorator):
            return usual(operation, params)
        model = own._service_model.operation_model(operation)
        context: dict[str, Any] = {}
        params = own._emit_api_params(params, model, context)
        headers = {
            "X-Amz-Target": f"{model.metadata['targetPrefix']}.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
            "User-Agent": own._client_config.user_agent,
        }
        told = {"headers": headers}
        own.meta.events.emit(
            f"before-call.dynamodb.{operation}", model=model, params=told, context=context,
            request_signer=own._request_signer,
        )  # fmt: skip
        if "Authorization" not in headers:
            return usual(operation, params)
        body = json.dumps(params, default=_as_json).encode()
        headers["Content-Length"] = str(len(body))
        request = AWSPreparedRequest("POST", own._endpoint.host, cast(Any, headers), body, False)
        with line.told_again(request) as answer:
            if answer is None or answer.status_code != 200 or _holds_bytes(answer.content):
                return usual(operation, params)
        parsed = {k: v for k, v in json.loads(answer.content).items() if v is not None}
        parsed["ResponseMetadata"] = {
            "RequestId": answer.headers.get("x-amzn-requestid"),
            "HTTPStatusCode": 200,
            "HTTPHeaders": answer.headers,
            "RetryAttempts": 0,
        }
        own.meta.events.emit(
            f"after-call.dynamodb.{operation}", model=model, parsed=parsed, context=context,
            http_response=answer,
        )  # fmt: skip
        return parsed


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return list(value)


def _holds_bytes(content: bytes) -> bool:
    return b'"B":' in content or b'"BS":' in content


class EngineLine:
    """What botocore calls a session: sends a request, by a connection that is idle or a new one."""

    def __init__(self, connect_s: float, read_s: float) -> None:
        self._connect_s = connect_s
        self._read_s = read_s
        self._idle: deque[socket.socket] = deque()
        # Not `__del__`: in a circle of garbage the sockets may go first, and complain.
        weakref.finalize(self, _close_all, self._idle)
        self._told = threading.local()

    @contextmanager
    def told_again(self, request: AWSPreparedRequest) -> Iterator[AWSResponse | None]:
        """Send a request and give its answer, None if it got none; within the block the first
        request gets the same, or the same error, without being sent."""
        answer: AWSResponse | None = None
        try:
            answer = self._send(request)
            self._told.outcome = answer
        except HTTPClientError as error:
            self._told.outcome = error
        try:
            yield answer
        finally:
            self._told.outcome = None

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        outcome = getattr(self._told, "outcome", None)
        if outcome is not None:
            self._told.outcome = None
            if isinstance(outcome, Exception):
                raise outcome
            return cast(AWSResponse, outcome)
        return self._send(request)

    def _send(self, request: AWSPreparedRequest) -> AWSResponse:
        url: Any = urlsplit(request.url)
        head = [f"{request.method} {url.path or '/'} HTTP/1.1\r\nHost: {url.netloc}\r\n"]
        for name, value in request.headers.items():
            text = value.decode() if isinstance(value, bytes) else value
            head.append(f"{name}: {text}\r\n")
        # DynamoDB's requests are JSON, whole and in bytes.
        body = cast(bytes, request.body)
        message = "".join([*head, "\r\n"]).encode() + body
        while True:
            connection, is_new = self._connection(url)
            try:
                connection.sendall(message)
                status, headers, content = _answer(connection)
            except TimeoutError as error:
                connection.close()
                raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
            except OSError as error:
                connection.close()
                if is_new or not isinstance(error, _Closed):
                    raise ConnectionClosedError(
                        error=error, request=request, endpoint_url=request.url
                    ) from error
                # The engine had closed it while nobody used it.
                continue
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
            return AWSResponse(request.url, status, cast(Any, headers), _Raw(content))

    def _connection(self, url: Any) -> tuple[socket.socket, bool]:
        try:
            return self._idle.pop(), False
        except IndexError:
            pass
        try:
            made = socket.create_connection((url.hostname, url.port), self._connect_s)
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=url.geturl(), error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=url.geturl(), error=error) from error
        made.settimeout(self._read_s)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made, True

    def close(self) -> None:
        _close_all(self._idle)


def _close_all(connections: deque[socket.socket]) -> None:
    while connections:
        connections.pop().close()


class _Closed(ConnectionError):
    """The engine ended a connection before it said anything."""


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._content


def _answer(connection: socket.socket) -> tuple[int, Mapping[str, str], bytes]:
    got = b""
    while (end := got.find(b"\r\n\r\n")) < 0:
        got += _more(connection, got)
    first, *lines = got[:end].decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length, content = int(headers["content-length"]), got[end + 4 :]
    while len(content) < length:
        content += _more(connection, content or got)
    return int(first.split(" ", 2)[1]), headers, content


def _more(connection: socket.socket, before: bytes) -> bytes:
    try:
        some = connection.recv(_MOST)
    except ConnectionError as error:
        if before:
            raise
        raise _Closed(str(error)) from error
    if not some:
        raise ConnectionError("ended in the middle") if before else _Closed("ended")
    return some
