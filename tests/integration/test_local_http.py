"""The HTTP server and the engine as real sockets and processes."""

from __future__ import annotations

import http.client
import signal
import socket
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from socketserver import StreamRequestHandler
from types import FrameType

import pytest

from local.engine import Engine
from local.http_server import HttpServer, PortTaken, Reply, Request, free_port, is_answering
from tests.patience import PATIENCE_S, until
from tests.processes import is_gone


def echo(request: Request) -> Reply:
    return Reply(200, [("Content-Type", "text/plain")], request.method.encode() + request.body)


@pytest.fixture
def server() -> Iterator[HttpServer]:
    server = HttpServer("echo", echo)
    server.start()
    yield server
    server.stop()


def status(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/")
    response = connection.getresponse()
    response.read()
    return response.status


def test_keep_alive__answers_fast(server: HttpServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    for _ in range(3):
        connection.request("POST", "/x", body=b"hi")
        assert connection.getresponse().read() == b"POSThi"

    # With Nagle's delay each answer but the first would take a twenty-fifth of a second.
    (accepted,) = server._server._open
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    connection.close()


def test_chunked_body_and_head__are_understood(server: HttpServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("POST", "/", body=iter([b"a", b"bc"]), encode_chunked=True)
    assert connection.getresponse().read() == b"POSTabc"
    connection.request("HEAD", "/")
    assert connection.getresponse().read() == b""
    connection.close()


def test_stopped__refuses_and_cuts__and_comes_back(server: HttpServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    assert status(connection) == 200

    server.stop()

    assert not is_answering(server.port)
    with pytest.raises((http.client.HTTPException, OSError)):
        status(connection)
    connection.close()
    server.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    assert status(connection) == 200
    connection.close()


def test_taken_port__says_so(server: HttpServer) -> None:
    with pytest.raises(PortTaken, match=str(server.port)):
        HttpServer("second", echo, server.port)


def test_engine__keeps_its_file(tmp_path: Path) -> None:
    engine = Engine(free_port(), tmp_path / "db.sqlite")
    assert engine.is_alive
    engine.stop()
    assert not engine.is_alive
    assert (tmp_path / "db.sqlite").exists()


def test_engine__dies_with_its_parent__even_killed() -> None:
    code = (
        "from local.engine import Engine; from local.http_server import free_port\n"
        "print(Engine(free_port()).pid, flush=True); input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert parent.stdin is not None
    parent.stdin.close()

    until(lambda: is_gone(pid), "the end of the engine")


def test_client_gone_before_its_answer__leaves_no_socket_open() -> None:
    gone = threading.Event()
    seen: list[tuple[FrameType, threading.Thread]] = []

    def handler(request: Request) -> Reply:
        # Held as an exception in a reference cycle holds it, until the next garbage collection.
        seen.append((sys._getframe(), threading.current_thread()))
        assert gone.wait(PATIENCE_S)
        return Reply(200, [], b"nobody hears this")

    server = HttpServer("lonely", handler)
    server.start()
    client = socket.create_connection(("127.0.0.1", server.port))
    client.sendall(b"GET / HTTP/1.1\r\n\r\n")
    while not seen:
        pass
    # Cut, not closed: the answer cannot be sent.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    gone.set()
    frame, thread = seen[0]
    thread.join(PATIENCE_S)
    server.stop()

    callers = [caller.f_locals.get("self") for caller, _ in traceback.walk_stack(frame)]
    readers = [caller.rfile for caller in callers if isinstance(caller, StreamRequestHandler)]
    assert readers
    assert all(reader.closed for reader in readers)
