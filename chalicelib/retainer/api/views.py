"""What every view shares: errors become answers, keys are checked, text and JSON are shaped."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from chalice.app import Response

from chalicelib.kit import logs
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.kit.http.app import error_body
from chalicelib.retainer.api.params import TooLarge
from chalicelib.retainer.domain.errors import (
    BadInput,
    CallOver,
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

View = Callable[..., Any]


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
    if isinstance(error, SlowDown | Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    body = error_body(error.code, error.message, error.field)
    if isinstance(error, CallOver) and error.why:
        body["error"]["why"] = error.why
    return as_json(body, status, headers)


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


def as_json_text(body: Any, headers: Mapping[str, str]) -> Response:
    """JSON for a program that parses it itself, and as no page: whatever reads it as one finds
    plain text."""
    safe = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return as_text(without_markup(body), {**safe, **headers})


def without_markup(body: Any) -> str:
    """JSON in which nothing begins a tag."""
    return json.dumps(body).replace("<", "\\u003c")


def check_key(
    keys: Keys, is_open: bool, params: Params, header: str | None, scope: Scope,
    in_addresses: bool = False,
) -> ApiKey | None:  # fmt: skip
    """Return the caller's key; refuse one without a key in force, unless this is the open,
    one-machine stack.

    A key that is given is checked in any case, so that a wrong one is noticed on a laptop too. In
    an address, which logs and histories keep, none is taken unless `in_addresses`.
    """
    if "apiKey" in params.in_address and not in_addresses:
        raise BadInput(
            "An API key does not belong in an address: send it in the header x-api-key, or as "
            "apiKey in the body of a POST. RETAINER_KEYS_IN_ADDRESSES=1 takes it here, too.",
            "key_in_address",
            "apiKey",
        )
    given = params.text("apiKey", 200, default="") or header or ""
    if given:
        found = keys.check(given, scope)
        logs.note(key=found.name)
        return found
    if not is_open:
        raise NotAllowed("This route needs an API key.", "key_needed")
    return None
