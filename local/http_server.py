"""The HTTP server under every part of the stack: threads, keep-alive, one write per answer.

It knows nothing of AWS. A part gives it a handler from `Request` to `Reply`.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

log = logging.getLogger("local.http")

HOST = "127.0.0.1"
# API Gateway's own limit; each part refuses earlier where AWS does.
MAX_BODY = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came; `target` is the undecoded path with its query."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    peer: str = HOST
    # False: the body was longer than MAX_BODY, and was not read.
    body_read: bool = True

    @property
    def path(self) -> str:
        # Not urlsplit: that takes the path `//host/x` for a host.
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """The last value of a header, whatever its case."""
        found = None
        for key, value in self.headers:
            if key.lower() == name:
                found = value
        return found


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


Handler = Callable[[Request], Reply]


class PortTaken(Exception):
    """Somebody else listens on this port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken by another program")
        self.port = port


def is_answering(port: int, host: str = HOST) -> bool:
    """Whether something accepts connections on this port of a loopback address."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def free_port(host: str = HOST) -> int:
    """A port that was free a moment ago; raises `OSError` where there is no such address."""
    with socket.socket() as s:
        s.bind((host, 0))
        return int(s.getsockname()[1])


class HttpServer:
    """A server bound at once and serving from `start`; requests wait in the backlog until then.

    `stop` also cuts the connections that are open, so that to its clients the server is gone;
    `start` brings it back on the same port.
    """

    def __init__(self, name: str, handler: Handler, port: int = 0) -> None:
        self.name = name
        self._handler = handler
        # macOS lets one bind a loopback port whose wildcard another program holds: ask first.
        if port and is_answering(port):
            raise PortTaken(port)
        self._server = self._bind(port)
        self.port = int(self._server.server_address[1])
        self._thread: threading.Thread | None = None

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        if self._thread is not None:
            return
        if self._server.is_closed:
            self._server = self._bind(self.port)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name=f"{self.name}-accept",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.close_all()

    def _bind(self, port: int) -> _Server:
        try:
            return _Server((HOST, port), self._handler, self.name)
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                raise PortTaken(port) from error
            raise


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], handler: Handler, name: str) -> None:
        self.handle_one = handler
        self.name = name
        self.is_closed = False
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Connection)

    def server_bind(self) -> None:
        # HTTPServer's own asks the resolver for this machine's name, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_all(self) -> None:
        self.is_closed = True
        self.server_close()
        with self._open_lock:
            connections = list(self._open)
        for connection in connections:
            # The connection's own thread closes it, once its read ends here.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("%s: connection lost", self.name, exc_info=True)


class _Connection(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Without it each answer on a kept-alive connection waits 40 ms for the client's delayed ACK.
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120

    def finish(self) -> None:
        # Closing the writer sends what it still holds: to a client that is gone it fails, and the
        # standard library then leaves the reader open, and with it the socket.
        try:
            with contextlib.suppress(OSError):
                super().finish()
        finally:
            self.rfile.close()

    def _answer(self) -> None:
        request = self._read_request()
        try:
            reply = self.server.handle_one(request)
        except Exception:
            log.exception("%s: handler failed", self.server.name)
            reply = Reply(500, [("Content-Type", "text/plain")], b"Internal error\n")
        if not request.body_read:
            self.close_connection = True
        self._write(reply)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _answer

    def _read_request(self) -> Request:
        body, complete = self._read_body()
        return Request(
            self.command,
            self._target(),
            list(self.headers.items()),
            body,
            str(self.client_address[0]),
            complete,
        )

    def _target(self) -> str:
        if self.path.startswith("/"):
            return self.path
        parts = urlsplit(self.path)  # a proxy's absolute form
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def _read_body(self) -> tuple[bytes, bool]:
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            return self._read_chunks()
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > MAX_BODY:
            return b"", False
        return self.rfile.read(int(length)), True

    def _read_chunks(self) -> tuple[bytes, bool]:
        body = b""
        while True:
            size = int(self.rfile.readline(64).partition(b";")[0], 16)
            if size + len(body) > MAX_BODY:
                return b"", False
            body += self.rfile.read(size)
            self.rfile.readline(8)
            if not size:
                return body, True

    def _write(self, reply: Reply) -> None:
        has_body = reply.status >= 200 and reply.status not in {204, 304}
        reason = http.client.responses.get(reply.status, "")
        lines = [f"HTTP/1.1 {reply.status} {reason}", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in reply.headers]
        if has_body:
            lines.append(f"Content-Length: {len(reply.body)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self.wfile.write(head + (reply.body if has_body and self.command != "HEAD" else b""))

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)
