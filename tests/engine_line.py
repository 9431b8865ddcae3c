"""A short way to the engine: HTTP as it speaks it, without urllib3's generality.

Most of the tests' processor time is calls to the engine, and more than half of a call was urllib3's
part. Requests and answers are the same bytes. Runs at full length leave botocore as it is, and so
do processes that tests start; the clients of markets and clouds always have it as it is.
"""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from botocore import handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

engines: set[str] = set()
"""Endpoints of engines that tests started; a stack's is in its environment. What stands in for an
engine that hangs or refuses is neither, so that time-outs and retries are botocore's own."""

_MOST = 64 * 1024


def lay() -> None:
    """Have clients of engines that are made from now on go this way."""
    # Of all sessions: there is no other way to reach those that are made by and by.
    handlers.BUILTIN_HANDLERS.append(("creating-client-class.dynamodb", _add))


def _add(base_classes: list[type], **_: Any) -> None:
    base_classes.insert(0, _ByLine)


class _ByLine:
    """Goes before botocore's client class."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoint: Any = self._endpoint  # type: ignore[attr-defined]
        if endpoint.host in {*engines, os.environ.get("DYNAMODB_ENDPOINT")}:
            config = self._client_config  # type: ignore[attr-defined]
            endpoint.http_session = EngineLine(config.connect_timeout, config.read_timeout)


class EngineLine:
    """What botocore calls a session: sends a request, by a connection that is idle or a new one."""

    def __init__(self, connect_s: float, read_s: float) -> None:
        self._connect_s = connect_s
        self._read_s = read_s
        self._idle: deque[socket.socket] = deque()

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
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
        while self._idle:
            self._idle.pop().close()

    def __del__(self) -> None:
        self.close()


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
