"""The poll's own web page and its JSON API.

    python -m examples.poll.server --retainer http://127.0.0.1:8000/api \\
        --worker-page http://127.0.0.1:8002/examples/poll/worker/index.html
"""

from __future__ import annotations

import argparse
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from examples.poll.app import BadQuestion, PollApp
from examples.poll.retainer_client import Retainer, RetainerError

_WEB = Path(__file__).parent / "web"
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/poll.css": ("poll.css", "text/css; charset=utf-8"),
    "/poll.js": ("poll.js", "text/javascript; charset=utf-8"),
}
_MAX_BODY = 64 * 1024


class PollServer(ThreadingHTTPServer):
    """Serves one `PollApp` on the loopback address."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, app: PollApp, port: int = 0) -> None:
        self.poll_app = app
        super().__init__(("127.0.0.1", port), _Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, name="poll-server", daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: PollServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        if not self._is_asked_by_name():
            return self._send_json(403, {"error": "This machine has no such name."})
        parts = urlsplit(self.path)
        if parts.path in _FILES:
            name, kind = _FILES[parts.path]
            self._send(200, (_WEB / name).read_bytes(), kind)
        elif parts.path == "/api/pool":
            self._send_pool()
        elif parts.path == "/api/polls":
            polls = self.server.poll_app.recent()
            self._send_json(200, {"polls": [poll.to_json() for poll in polls]})
        elif parts.path.startswith("/api/polls/"):
            self._send_poll(parts.path.rpartition("/")[2], parse_qs(parts.query))
        else:
            self._send_json(404, {"error": "There is nothing here."})

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > _MAX_BODY:
            self.close_connection = True
            return self._send_json(413, {"error": "That is too long."})
        body = self.rfile.read(int(length))
        if not self._is_asked_by_name():
            return self._send_json(403, {"error": "This machine has no such name."})
        if self.path != "/api/polls":
            return self._send_json(404, {"error": "There is nothing here."})
        # A page of another site can send a form without asking, but not JSON.
        if self.headers.get_content_type() != "application/json":
            return self._send_json(415, {"error": "Send JSON."})
        try:
            asked = json.loads(body)
            poll = self.server.poll_app.ask(
                str(asked["question"]),
                [str(option) for option in asked["options"]],
                int(asked.get("people") or self.server.poll_app.people),
            )
        except BadQuestion as error:
            return self._send_json(400, {"error": str(error)})
        except (ValueError, KeyError, TypeError, AttributeError):
            return self._send_json(400, {"error": "Send a question and its options as JSON."})
        except RetainerError as error:
            return self._send_json(502, {"error": str(error)})
        self._send_json(201, poll.to_json())

    def _is_asked_by_name(self) -> bool:
        """Whether the browser knows this machine as itself: a page of another site may lead a name
        of its own here, and would then read the answers."""
        host = self.headers.get("Host", "localhost").partition(":")[0]
        return host in {"127.0.0.1", "localhost"}

    def _send_pool(self) -> None:
        try:
            pool = self.server.poll_app.pool()
        except RetainerError as error:
            return self._send_json(502, {"error": str(error)})
        answer = {
            "waiting": pool["waiting"],
            "people": self.server.poll_app.people,
            "perWorker": pool["cost"]["perWorker"],
            "latency": pool["latency"],
        }
        self._send_json(200, answer)

    def _send_poll(self, poll_id: str, query: dict[str, list[str]]) -> None:
        poll = self.server.poll_app.find(poll_id)
        if poll is None:
            return self._send_json(404, {"error": "No such poll."})
        since = query.get("since", [""])[0]
        if since.isdigit():
            self.server.poll_app.wait_for_change(poll, int(since), 15)
        self._send_json(200, poll.to_json())

    def _send_json(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description="Instant poll")
    parser.add_argument("--retainer", required=True, help="Retainer's API, ending in /api")
    parser.add_argument("--worker-page", required=True, help="address of the workers' page")
    parser.add_argument("--api-key", default="")
    parser.add_argument("--people", type=int, default=5)
    parser.add_argument("--port", type=int, default=8005)
    given = parser.parse_args()
    app = PollApp(Retainer(given.retainer, given.api_key), given.worker_page, given.people)
    app.open()
    server = PollServer(app, given.port)
    print(f"Ask at {server.address}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        app.close()


if __name__ == "__main__":
    main()
