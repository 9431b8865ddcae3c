"""A client for many simulated people: kept-alive connections, one per thread and origin."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

_STALE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)


class Unreachable(Exception):
    """The server refused, cut or timed out."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error_code(self) -> str:
        """The code of an error's body; empty where there is none."""
        try:
            error = json.loads(self.body).get("error")
            return str(error["code"]) if isinstance(error, dict) else ""
        except (ValueError, KeyError, AttributeError):
            return ""


class HttpClient:
    def __init__(self, timeout_s: float = 15) -> None:
        self._timeout_s = timeout_s
        # By origin, connections that nobody uses at the moment.
        self._idle: dict[str, list[http.client.HTTPConnection]] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close what lies idle; the client can still be used."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for connection in connections:
                connection.close()

    def get(
        self, url: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] = {}
    ) -> Answer:
        target = url + ("?" + urlencode(query) if query else "")
        return self._send("GET", target, None, headers)

    def post_form(
        self,
        url: str,
        form: Mapping[str, str] | Sequence[tuple[str, str]],
        headers: Mapping[str, str] = {},
    ) -> Answer:
        typed = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._send("POST", url, urlencode(form).encode(), typed)

    def post_json(self, url: str, value: Any, headers: Mapping[str, str] = {}) -> Answer:
        typed = {"Content-Type": "application/json", **headers}
        return self._send("POST", url, json.dumps(value).encode(), typed)

    def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        kept = self._take_idle(parts.netloc)
        if kept is not None:
            try:
                return self._exchange(kept, parts.netloc, method, target, body, headers)
            except _STALE:
                pass  # the server closed it while it lay idle: a fresh one tells
            except (OSError, http.client.HTTPException) as error:
                raise Unreachable(f"{parts.netloc}: {error}") from error
        fresh = http.client.HTTPConnection(parts.netloc, timeout=self._timeout_s)
        try:
            return self._exchange(fresh, parts.netloc, method, target, body, headers)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{parts.netloc}: {error}") from error

    def _take_idle(self, netloc: str) -> http.client.HTTPConnection | None:
        with self._lock:
            idle = self._idle.get(netloc)
            return idle.pop() if idle else None

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        netloc: str,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Answer:
        try:
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            answer = Answer(response.status, dict(response.headers), response.read())
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.setdefault(netloc, []).append(connection)
        return answer
