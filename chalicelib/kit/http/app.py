"""The Chalice app that API Gateway calls: what the framework itself answers, in our shape."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from chalice.app import Chalice

from chalicelib.kit import trail
from chalicelib.kit.http.answers import error_body
from chalicelib.kit.invocation import invocation

# Chalice's own refusals, in our words: the body that a client sees has one shape everywhere, and
# gives back nothing of what was sent.
_FRAMEWORK_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    415: "unsupported_media_type",
    500: "internal",
}

_FRAMEWORK_MESSAGES = {
    "not_found": "There is no such route.",
    "method_not_allowed": "This route does not take that method.",
    "unsupported_media_type": (
        "This route takes no body of that content type. All take JSON but externalSubmit, "
        "which takes a form."
    ),
    "internal": "Something went wrong here; it has been logged.",
}


class ShapedChalice(Chalice):
    """Chalice, with the errors that it makes itself in the shape that ours have, and with the
    request's id in what went wrong here: whoever met it can say which line of the log is theirs.

    `declare`, where it is set, is told the route of each request before it is looked up;
    `count_errors`, how many error lines a request has left.
    """

    declare: Callable[[str], None] | None = None
    count_errors: Callable[[int], None] = staticmethod(lambda count: None)

    def __call__(self, event: Any, context: Any) -> Any:
        called = event.get("requestContext", {})
        request_id = called.get("requestId")
        with invocation(context, request_id, self.count_errors):
            if self.declare is not None:
                self.declare(str(called.get("resourcePath", "")))
            answer = super().__call__(_as_asked(event), context)
            if not isinstance(answer, dict):
                return answer
            status = answer.get("statusCode", 200)
            # Polls are many, and what they are answered is not read again.
            shaped = _reshape(answer) if status >= 400 else answer
            method = str(event.get("httpMethod", ""))
            trail.tell(method, str(called.get("resourcePath", "")), shaped)
        return _with_request_id(shaped, request_id) if status >= 500 else shaped


def _as_asked(event: dict[str, Any]) -> dict[str, Any]:
    """Leave out the content type that a GET names: it says nothing of what is asked for, and
    Chalice would refuse the request for it."""
    if event.get("httpMethod") != "GET":
        return event
    kept = {
        kind: {name: v for name, v in event[kind].items() if name.lower() != "content-type"}
        for kind in ("headers", "multiValueHeaders")
        if event.get(kind)
    }
    return {**event, **kept}


def _reshape(answer: dict[str, Any]) -> dict[str, Any]:
    try:
        body = json.loads(answer.get("body") or "null")
    except ValueError:
        return answer
    if not isinstance(body, dict) or "Code" not in body:
        return answer
    code = _FRAMEWORK_CODES.get(answer["statusCode"], "error")
    message = _FRAMEWORK_MESSAGES.get(code, "The request was not understood.")
    return {**answer, "body": json.dumps(error_body(code, message))}


def _with_request_id(answer: dict[str, Any], request_id: str | None) -> dict[str, Any]:
    """Add the id as a header, and to an error's body where that is JSON of ours."""
    if request_id is None:
        return answer
    found = {**answer, "headers": {**answer.get("headers", {}), "x-request-id": request_id}}
    try:
        body = json.loads(answer.get("body") or "null")
    except ValueError:
        return found
    if not isinstance(body, dict) or not isinstance(body.get("error"), dict):
        return found
    body["error"]["requestId"] = request_id
    return {**found, "body": json.dumps(body)}
