"""API Gateway's part (REST API): what it does before and after it calls the Lambda function.

Functions' time limits are not enforced: a thread cannot be killed as Lambda kills a process.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chalice.app import CORSConfig

from chalicelib.kit.clock import Clock
from chalicelib.kit.nearest import nearest
from local.events import STAGE, is_signature_v4, rest_event
from local.functions import Functions
from local.http_server import Reply, Request
from local.routing import Match, Routes

log = logging.getLogger("local.gateway")

# A Lambda function takes and gives at most 6 MB.
MAX_PAYLOAD = 6 * 1024 * 1024

Headers = Sequence[tuple[str, str]]

# Neither a key nor a session.
_NO_HEADERS_OF_OURS = CORSConfig().allow_headers


class Throttle:
    """A stage's token bucket: `rate` requests a second, `burst` at once."""

    def __init__(self, rate: float, burst: int, clock: Clock) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._tokens = float(burst)
        self._at_ms = clock.now_ms()
        self._lock = threading.Lock()

    def admits(self) -> bool:
        with self._lock:
            now_ms = self._clock.now_ms()
            earned = (now_ms - self._at_ms) / 1000 * self._rate
            self._tokens = min(self._burst, self._tokens + earned)
            self._at_ms = now_ms
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


class Gateway:
    """Serves an app's routes below `/api`; `latency_s` is injected each way."""

    def __init__(
        self, functions: Functions, *, throttle: Throttle | None = None, latency_s: float = 0
    ) -> None:
        self._functions = functions
        self._app = functions.app
        self._routes = Routes(self._app.routes)
        self._throttle = throttle
        self.latency_s = latency_s

    def handle(self, request: Request) -> Reply:
        if not self.latency_s:
            return self._handle(request)
        self._functions.clock.sleep(self.latency_s)
        reply = self._handle(request)
        self._functions.clock.sleep(self.latency_s)
        return reply

    def is_for_any_page(self, request: Request) -> bool:
        """Whether a route is for pages of whatever origin: those of workers, which take no key, and
        pages and scripts that say nothing of origins."""
        match = self._match(request)
        configs = [entry.cors for entry in self._app.routes[match.route].values()] if match else []
        return any(
            cors is None or (cors.allow_origin == "*" and cors.allow_headers == _NO_HEADERS_OF_OURS)
            for cors in configs
        )

    def _handle(self, request: Request) -> Reply:
        match = self._match(request)
        if match is None:
            return self._lost(request)
        if self._throttle is not None and not self._throttle.admits():
            return _error(429, "Too Many Requests", "TooManyRequests")
        if request.method == "OPTIONS" and "OPTIONS" not in self._app.routes[match.route]:
            return self._preflight(match.route)
        if not request.body_read or len(request.body) > MAX_PAYLOAD:
            return _error(413, "Request Too Long", "RequestTooLarge")
        return self._invoke(_without_signature(request), match)

    def _match(self, request: Request) -> Match | None:
        stage = f"/{STAGE}"
        if request.path != stage and not request.path.startswith(f"{stage}/"):
            return None
        match = self._routes.find(_below_stage(request))
        if match is None:
            return None
        methods = self._app.routes[match.route]
        if request.method in methods:
            return match
        has_preflight = any(entry.cors is not None for entry in methods.values())
        return match if request.method == "OPTIONS" and has_preflight else None

    def _lost(self, request: Request) -> Reply:
        """Say that there is no such route, or that it does not take this method, and what is near:
        API Gateway itself says `Missing Authentication Token`, and by its template only the first.
        """
        path = request.path.removeprefix(f"/{STAGE}") or "/"
        here = self._routes.find(path) if path != request.path else None
        if here is not None:
            methods = ", ".join(sorted(self._app.routes[here.route]))
            what = f"{_shown(here.route)} does not take {request.method[:10]}; it takes {methods}."
            return _refusal(405, "method_not_allowed", what, [("Allow", methods)])
        near = nearest(path, list(self._app.routes))
        methods = "" if near is None else " or ".join(sorted(self._app.routes[near]))
        meant = "" if near is None else f" Did you mean {methods} {_shown(near)}?"
        what = f"There is no route {path[:100]!r} below /{STAGE}.{meant}"
        return _refusal(404, "unknown_route", what)

    def _preflight(self, route: str) -> Reply:
        # A mock integration answers it from the route's CORSConfig; Lambda never sees it.
        entries = {m: e for m, e in self._app.routes[route].items() if e.cors is not None}
        headers = next(iter(entries.values())).cors.get_access_control_headers()
        methods = ",".join([*entries, "OPTIONS"])
        return Reply(
            200,
            [
                ("Content-Type", "application/json"),
                ("Access-Control-Allow-Methods", methods),
                *headers.items(),
                ("x-amzn-RequestId", str(uuid.uuid4())),
            ],
        )

    def _invoke(self, request: Request, match: Match) -> Reply:
        event = rest_event(
            request,
            match,
            _below_stage(request),
            self._app.api.binary_types,
            self._functions.clock.now_ms(),
        )
        try:
            answer = self._functions.call(self._functions.prefix, event)
            reply = _reply(answer, event["requestContext"]["requestId"])
        except Exception:
            log.exception("the function failed: %s %s", request.method, request.path)
            return _error(502, "Internal server error", "InternalServerError")
        if len(reply.body) > MAX_PAYLOAD:
            return _error(502, "Internal server error", "InternalServerError")
        return reply


def _below_stage(request: Request) -> str:
    return request.path[len(STAGE) + 1 :] or "/"


def _without_signature(request: Request) -> Request:
    kept = [
        (name, value)
        for name, value in request.headers
        if name.lower() != "authorization" or not is_signature_v4(value)
    ]
    return replace(request, headers=kept)


def _reply(answer: Any, request_id: str) -> Reply:
    if not isinstance(answer, dict) or not set(answer) <= {
        "statusCode",
        "headers",
        "multiValueHeaders",
        "body",
        "isBase64Encoded",
    }:
        raise ValueError("malformed Lambda proxy response")
    headers: list[tuple[str, str]] = []
    multi = answer.get("multiValueHeaders") or {}
    for name, values in multi.items():
        headers += [(name, str(value)) for value in values]
    taken = {name.lower() for name in multi}
    for name, value in (answer.get("headers") or {}).items():
        if name.lower() not in taken:
            headers.append((name, str(value)))
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    headers.append(("x-amzn-RequestId", request_id))
    return Reply(int(answer["statusCode"]), headers, _body(answer))


def _body(answer: dict[str, Any]) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise ValueError("a Lambda proxy response's body must be a string")
    return base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()


def _shown(route: str) -> str:
    return route.lstrip("/")


def _refusal(status: int, code: str, message: str, headers: Headers = ()) -> Reply:
    """An answer of the gateway's own in the API's shape, which pages of any origin can read: the
    template's `GatewayResponses`."""
    return Reply(
        status,
        [
            ("Content-Type", "application/json"),
            ("Access-Control-Allow-Origin", "*"),
            ("x-amzn-RequestId", str(uuid.uuid4())),
            *headers,
        ],
        json.dumps({"error": {"code": code, "message": message}}).encode(),
    )


def _error(status: int, message: str, kind: str) -> Reply:
    # Without CORS headers, as API Gateway's own answers are unless the stage is told otherwise.
    return Reply(
        status,
        [
            ("Content-Type", "application/json"),
            ("x-amzn-ErrorType", f"{kind}Exception"),
            ("x-amzn-RequestId", str(uuid.uuid4())),
        ],
        json.dumps({"message": message}).encode(),
    )
