"""What the worker site's routes share: refusals as answers, and readers of what comes in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from chalice.app import Request, Response

from chalicelib.kit import logs
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.kit.http.answers import as_json, refused
from chalicelib.kit.refusals import Refusal
from chalicelib.kit.strict_json import NotJson, parse_json
from chalicelib.marketplace.api.cors import SITE as SITE
from chalicelib.marketplace.domain.errors import BadRequest, Busy

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace
    from chalicelib.marketplace.domain.people import Worker

MAX_BODY = 65_536
JSON_ONLY = ["application/json"]

View = Callable[..., Any]


def market() -> Marketplace:
    from chalicelib import bootstrap  # deferred: nothing is wired while routes are declared

    return bootstrap.get().marketplace


def answered(view: View) -> View:
    """Make the domain's refusals answers; anything else propagates and is logged once."""

    @wraps(view)
    def answering(*args: Any, **kwargs: Any) -> Any:
        try:
            given = view(*args, **kwargs)
            return given if isinstance(given, Response) else as_json(given)
        except Refusal as refusal:
            return refused(refusal)
        except StoreUnavailable:
            return refused(Busy("The service is busy; please try again."))

    return answering


def worker_of(there: Marketplace, request: Request) -> Worker:
    found = there.sessions.worker_of(token_of(request))
    logs.note(worker=found.worker_id)
    return found


def token_of(request: Request) -> str:
    return str(request.headers.get("x-worker-session", ""))


def query_of(request: Request) -> dict[str, str]:
    return dict(pairs(request.query_params))


def pairs(params: Any) -> list[tuple[str, str]]:
    """Chalice gives None for no query, and the last of several values unless asked for all."""
    return [(name, value) for name in (params or {}) for value in params.getlist(name)]


def raw(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


def body_of(request: Request, most: int = MAX_BODY) -> dict[str, Any]:
    given = raw(request.raw_body)
    if len(given) > most:
        raise BadRequest(f"A request has at most {most} bytes.")
    try:
        body = parse_json(given or b"{}")
    except NotJson:
        raise BadRequest("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body


def fields(body: dict[str, Any], most: int = 1_000) -> list[tuple[str, str]]:
    """A form's fields: pairs of a name and a value, each as often as the form has it."""
    given = body.get("fields")
    valid = (
        isinstance(given, list)
        and len(given) <= most
        and all(
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(v, str) for v in pair)
            for pair in given
        )
    )
    if not valid or given is None:
        raise BadRequest("fields is needed: pairs of a name and a value, both text.")
    return [(name, value) for name, value in given]


def text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{name} is needed, as text.")
    return value


def words(query: dict[str, str]) -> str:
    """The words of a search."""
    found = query.get("q", "")
    if len(found) > 200:
        raise BadRequest("A search has at most 200 characters.")
    return found


def checked_id(value: str) -> str:
    if not (value.isascii() and value.isalnum() and len(value) <= 64):
        raise BadRequest("An id is 1 to 64 letters and digits.")
    return value


def whole(value: Any, name: str, least: int, most: int) -> int:
    """Read a whole number, given as one or as its digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadRequest(f"{name} is a whole number from {least} to {most}.")
    return value


def busy(response: Response) -> Response:
    """Have a 503 say when to come back."""
    response.headers["Retry-After"] = str(Busy.retry_after_s)
    return response
