"""A Lambda Function URL without authentication: payload format 2.0 for one function."""

from __future__ import annotations

import base64
import json
import logging
import uuid
from typing import Any

from local.events import function_url_event
from local.functions import Functions
from local.http_server import Reply, Request

log = logging.getLogger("local.function_url")

MAX_PAYLOAD = 6 * 1024 * 1024


class FunctionUrl:
    def __init__(self, functions: Functions, name: str) -> None:
        self._functions = functions
        self._full_name = functions.full_name(name)

    def handle(self, request: Request) -> Reply:
        if not request.body_read or len(request.body) > MAX_PAYLOAD:
            return _message(413, "Request must be smaller than 6291556 bytes")
        event = function_url_event(request, self._functions.clock.now_ms())
        try:
            answer = self._functions.call(self._full_name, event)
            return _reply(answer, event["requestContext"]["requestId"])
        except Exception:
            log.exception("the function %s failed", self._full_name)
            return Reply(502, [("Content-Type", "application/json")], b"Internal Server Error")


def _reply(answer: Any, request_id: str) -> Reply:
    if not isinstance(answer, dict) or "statusCode" not in answer:
        # Lambda takes anything else for the body of a 200.
        text = answer if isinstance(answer, str) else json.dumps(answer)
        answer = {"statusCode": 200, "body": text}
    headers = [(str(k), str(v)) for k, v in (answer.get("headers") or {}).items()]
    headers += [("Set-Cookie", cookie) for cookie in answer.get("cookies") or []]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    if not any(name.lower() == "x-amzn-requestid" for name, _ in headers):
        headers.append(("x-amzn-RequestId", request_id))
    body = answer.get("body")
    text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    raw = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
    return Reply(int(answer["statusCode"]), headers, raw)


def _message(status: int, message: str) -> Reply:
    return Reply(
        status,
        [("Content-Type", "application/json"), ("x-amzn-RequestId", str(uuid.uuid4()))],
        json.dumps({"Message": message}).encode(),
    )
