"""A Lambda Function URL on 127.0.0.1: HTTP requests become payload 2.0 events for a handler."""

from __future__ import annotations

import base64
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chalicelib.kit.clock import Clock
from tests.patience import PATIENCE_S

Handler = Callable[[dict[str, Any], object], dict[str, Any]]

_TEXT = ("text/", "application/json", "application/x-amz-json", "application/javascript")
_NO_BODY = {204, 304}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Many clients connect at the same moment.
    request_queue_size = 128


@contextmanager
def serving(handler: Handler, clock: Clock) -> Iterator[str]:
    """Yield the URL of a server that calls `handler` in a thread per connection."""
    server = _Server(("127.0.0.1", 0), _make_request_class(handler, clock))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE_S)


def event_of(
    method: str,
    target: str,
    headers: list[tuple[str, str]],
    body: bytes,
    now_ms: int,
    source_ip: str = "127.0.0.1",
) -> dict[str, Any]:
    """Build the event that AWS would send: names in lower case, several values joined."""
    path, _, query = target.partition("?")
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    domain = joined.get("host", "localhost")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": joined,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": domain.partition(".")[0],
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source_ip,
                "userAgent": joined.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": now_ms,
        },
        "isBase64Encoded": False,
    }
    if body:
        is_text = joined.get("content-type", "").startswith(_TEXT) and _is_utf8(body)
        event["body"] = body.decode() if is_text else base64.b64encode(body).decode()
        event["isBase64Encoded"] = not is_text
    return event


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _make_request_class(handler: Handler, clock: Clock) -> type[BaseHTTPRequestHandler]:
    class Request(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body are written separately: with Nagle's algorithm that costs 40 ms.
        disable_nagle_algorithm = True
        wbufsize = -1

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            event = event_of(
                self.command, self.path, list(self.headers.items()), body, clock.now_ms()
            )
            result = handler(event, None)
            raw = result.get("body") or ""
            out = base64.b64decode(raw) if result.get("isBase64Encoded") else raw.encode()
            self.send_response(result["statusCode"])
            for name, value in result.get("headers", {}).items():
                self.send_header(name, value)
            if result["statusCode"] not in _NO_BODY:
                self.send_header("content-length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Request
