"""What every view shares: errors become answers, keys are checked, text and JSON are shaped."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from chalice.app import Chalice, Response

from chalicelib import bootstrap, logs
from chalicelib.dynamo import StoreUnavailable
from chalicelib.invocation import invocation
from chalicelib.retainer.api.params import TooLarge
from chalicelib.retainer.domain.errors import (
    BadInput,
    Conflict,
    NotAllowed,
    NotFound,
    RetainerError,
    SlowDown,
    Unavailable,
)
from chalicelib.retainer.domain.ids import is_hit_type_id
from chalicelib.retainer.domain.market import MarketUnavailable

if TYPE_CHECKING:
    from chalicelib.retainer.api.params import Params
    from chalicelib.retainer.domain.ports import ApiKey
    from chalicelib.retainer.services.keys import Keys, Scope

log = logging.getLogger("retainer.api")

_STATUS: dict[type[RetainerError], int] = {
    BadInput: 400,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    SlowDown: 429,
    Unavailable: 503,
}
_UNAUTHENTICATED = {"bad_key", "key_needed"}

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
    "unsupported_media_type": "The body must be a form or JSON.",
    "internal": "Something went wrong here; it has been logged.",
}

View = Callable[..., Any]


class ShapedChalice(Chalice):
    """Chalice, with the errors that it makes itself in the shape that ours have, and with the
    request's id in what went wrong here: whoever met it can say which line of the log is theirs."""

    def __call__(self, event: Any, context: Any) -> Any:
        request_id = event.get("requestContext", {}).get("requestId")
        with invocation(context, request_id, bootstrap.errors_met):
            answer = super().__call__(event, context)
        if not isinstance(answer, dict) or answer.get("statusCode", 200) < 400:
            return answer
        shaped = _reshape(answer)
        return _with_request_id(shaped, request_id) if shaped["statusCode"] >= 500 else shaped


def _reshape(answer: dict[str, Any]) -> dict[str, Any]:
    try:
        body = json.loads(answer.get("body") or "null")
    except ValueError:
        return answer
    if not isinstance(body, dict) or "Code" not in body:
        return answer
    code = _FRAMEWORK_CODES.get(answer["statusCode"], "error")
    message = _FRAMEWORK_MESSAGES.get(code, "The request was not understood.")
    return {**answer, "body": json.dumps(_body(code, message))}


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


_IN_LINES = {
    "worker_id": "worker",
    "assignment_id": "assignment",
    "hit_id": "hit",
    "hit_type_id": "hitType",
}
"""Ids in a route's path, as log lines name them."""


def note_ids(**given: Any) -> None:
    """Have log lines name what a request is about; what is no id is left out."""
    logs.note(**{k: v for k, v in given.items() if isinstance(v, str) and is_hit_type_id(v)})


def errors_answered(view: View) -> View:
    """Make the domain's errors answers; anything else propagates and is logged once."""

    @wraps(view)
    def answering(*args: Any, **kwargs: Any) -> Any:
        note_ids(**{_IN_LINES[name]: kwargs[name] for name in kwargs if name in _IN_LINES})
        try:
            return view(*args, **kwargs)
        except RetainerError as error:
            return refusal(error)
        except (StoreUnavailable, MarketUnavailable) as error:
            log.warning("unavailable", extra={"view": view.__name__, "why": str(error)})
            return refusal(Unavailable("Something behind the service did not answer; try again."))

    return answering


def refusal(error: RetainerError) -> Response:
    status = next(s for kind, s in _STATUS.items() if isinstance(error, kind))
    if error.code in _UNAUTHENTICATED:
        status = 401
    headers = {}
    if isinstance(error, SlowDown):
        headers["Retry-After"] = str(error.retry_after_s)
    return as_json(_body(error.code, error.message, error.field), status, headers)


def _body(code: str, message: str, field: str | None = None) -> dict[str, Any]:
    more = {} if field is None else {"field": field}
    return {"error": {"code": code, "message": message, **more}}


def as_text(text: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        body=text, headers={"Content-Type": "text/plain; charset=utf-8", **(headers or {})}
    )


def as_json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        body=body,
        status_code=status,
        headers={
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            **(headers or {}),
        },
    )


def check_key(
    keys: Keys, is_open: bool, params: Params, header: str | None, scope: Scope
) -> ApiKey | None:
    """Return the caller's key; refuse one without a key in force, unless this is the open,
    one-machine stack.

    A key that is given is checked in any case, so that a wrong one is noticed on a laptop too.
    """
    given = params.text("apiKey", 200, default="") or header or ""
    if given:
        return keys.check(given, scope)
    if not is_open:
        raise NotAllowed("This route needs an API key.", "key_needed")
    return None
