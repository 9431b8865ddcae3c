"""The worker site's JSON API, and the form that a worker's frame submits."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from chalice.app import Blueprint, CORSConfig, Response

from chalicelib.config import Config
from chalicelib.dynamo import StoreUnavailable
from chalicelib.marketplace.api import forms, message_routes, pages, worker_wire
from chalicelib.marketplace.api.forms import FormError
from chalicelib.marketplace.assembly import Marketplace
from chalicelib.marketplace.domain.errors import (
    AlreadyDone,
    BadRequest,
    Blocked,
    Ended,
    NoneLeft,
    NotFound,
    NotQualified,
    NotSignedIn,
    SignInClosed,
    SubmissionRefused,
    TooMany,
    WorkerRefused,
)
from chalicelib.marketplace.domain.people import Worker

bp = Blueprint(__name__)

MAX_BODY = 65_536
_JSON = ["application/json"]
# All that a page might send, so that Chalice lets it through and the answer is a page.
_FORMS = [forms.URLENCODED, forms.MULTIPART, "text/plain", "application/json"]

# Chalice answers a preflight from what is declared here, so it must be known when routes are.
_SITE = CORSConfig(
    allow_origin=Config.from_env(os.environ).marketplace.worker_origin,
    allow_headers=["x-worker-session"],
    max_age=86_400,
)
_ANYBODY = CORSConfig(allow_origin="*", max_age=86_400)

_STATUS: dict[type[WorkerRefused], int] = {
    BadRequest: 400,
    NotSignedIn: 401,
    SignInClosed: 403,
    NotQualified: 403,
    Blocked: 403,
    NotFound: 404,
    NoneLeft: 409,
    AlreadyDone: 409,
    TooMany: 409,
    Ended: 409,
}

View = Callable[..., Any]


def _market() -> Marketplace:
    from chalicelib import bootstrap  # deferred: nothing is wired while routes are declared

    return bootstrap.get().marketplace


def _answered(view: View) -> View:
    """Make the domain's refusals answers; anything else propagates and is logged once."""

    @wraps(view)
    def answering(*args: Any, **kwargs: Any) -> Any:
        try:
            return _json(view(*args, **kwargs))
        except WorkerRefused as error:
            return _error(_STATUS[type(error)], error.code, str(error))
        except StoreUnavailable:
            return _error(503, "unavailable", "The service is busy; please try again.")

    return answering


@bp.route("/market/session", methods=["POST"], content_types=_JSON, cors=_SITE)
@_answered
def sign_in() -> Any:
    """Sign in by picking a name."""
    token, worker = _market().sessions.sign_in(_text(_body(), "name"))
    return {"token": token, "worker": worker_wire.worker(worker)}


@bp.route("/market/session/end", methods=["POST"], content_types=_JSON, cors=_SITE)
@_answered
def sign_out() -> Any:
    """End the session."""
    _market().sessions.end(_token())
    return {}


@bp.route("/market/hits", methods=["GET"], cors=_SITE)
@_answered
def list_groups() -> Any:
    """List the groups of HITs that can be accepted."""
    market = _market()
    worker = _worker(market)
    query = _query()
    sort = query.get("sort") or "newest"
    if sort not in {"newest", "reward"}:
        raise BadRequest("The listing is sorted by newest or reward.")
    words = query.get("q", "")
    if len(words) > 200:
        raise BadRequest("A search has at most 200 characters.")
    before = worker_wire.position_of(sort, query.get("cursor", ""))
    groups, end = market.listing.browse(worker, words, sort, before)
    return {
        "groups": [worker_wire.group(found) for found in groups],
        "cursor": worker_wire.cursor(sort, end),
    }


@bp.route("/market/hits/group/{group_id}", methods=["GET"], cors=_SITE)
@_answered
def show_group(group_id: str) -> Any:
    """Show a group and the address of its preview."""
    market = _market()
    preview = market.listing.preview(_worker(market), _checked_id(group_id))
    return {
        **worker_wire.group(preview.group),
        "previewUrl": preview.url,
        "frameHeight": preview.frame_height,
    }


@bp.route("/market/accept", methods=["POST"], content_types=_JSON, cors=_SITE)
@_answered
def accept() -> Any:
    """Accept a HIT, or any of a group."""
    market = _market()
    worker = _worker(market)
    body = _body()
    if "hitId" in body:
        return worker_wire.job(market.work.accept(worker, _checked_id(_text(body, "hitId"))))
    hit_type = market.listing.type_of(_checked_id(_text(body, "groupId")))
    return worker_wire.job(market.work.accept_any(worker, hit_type))


@bp.route("/market/assignments", methods=["GET"], cors=_SITE)
@_answered
def list_queue() -> Any:
    """List what the worker holds."""
    market = _market()
    return {"queue": [worker_wire.job(job) for job in market.work.queue(_worker(market))]}


@bp.route("/market/return", methods=["POST"], content_types=_JSON, cors=_SITE)
@_answered
def give_back() -> Any:
    """Return an assignment."""
    market = _market()
    worker = _worker(market)
    market.work.give_back(worker, _checked_id(_text(_body(), "assignmentId")))
    return {}


@bp.route("/market/earnings", methods=["GET"], cors=_SITE)
@_answered
def show_earnings() -> Any:
    """Show what the worker has earned."""
    market = _market()
    return worker_wire.statement(market.earnings.statement(_worker(market)))


@bp.route("/market/messages", methods=["GET"], cors=_SITE)
@_answered
def list_messages() -> Any:
    """List what the worker was told."""
    market = _market()
    return message_routes.inbox(market, _worker(market), _query().get("cursor", ""))


@bp.route("/market/messages/read", methods=["POST"], content_types=_JSON, cors=_SITE)
@_answered
def read_messages() -> Any:
    """Note which messages the worker has read."""
    market = _market()
    return message_routes.mark_read(market, _worker(market), _body().get("messageIds"))


@bp.route("/mturk/externalSubmit", methods=["GET", "POST"], content_types=_FORMS, cors=_ANYBODY)
def external_submit() -> Response:
    """Take a worker's form; the answer is a page, whatever happens."""
    market = _market()
    request = bp.current_request
    query = _pairs(request.query_params)
    try:
        kind = request.headers.get("content-type", "")
        given = forms.fields_of(kind, query, _raw(request.raw_body))
        done = market.submissions.submit(given)
        status, page = 200, pages.thanks(done.assignment_id, market.config.worker_origin)
    except SubmissionRefused as refused:
        status, page = refused.status, pages.refusal(str(refused))
    except FormError as error:
        status, page = 400, pages.refusal(str(error))
    except StoreUnavailable:
        sentence = "The service is busy and has not taken your work. Please submit it again."
        status, page = 503, pages.refusal(sentence)
    return Response(body=page[0], status_code=status, headers={**page[1]})


def _worker(market: Marketplace) -> Worker:
    return market.sessions.worker_of(_token())


def _token() -> str:
    return str(bp.current_request.headers.get("x-worker-session", ""))


def _query() -> dict[str, str]:
    return dict(_pairs(bp.current_request.query_params))


def _pairs(params: Any) -> list[tuple[str, str]]:
    """Chalice gives None for no query, and the last of several values unless asked for all."""
    return [(name, value) for name in (params or {}) for value in params.getlist(name)]


def _raw(body: str | bytes) -> bytes:
    return body.encode() if isinstance(body, str) else body


def _body() -> dict[str, Any]:
    raw = _raw(bp.current_request.raw_body)
    if len(raw) > MAX_BODY:
        raise BadRequest(f"A request has at most {MAX_BODY} bytes.")
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError):
        raise BadRequest("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{name} is needed, as text.")
    return value


def _checked_id(value: str) -> str:
    if not (value.isascii() and value.isalnum() and len(value) <= 64):
        raise BadRequest("An id is 1 to 64 letters and digits.")
    return value


def _json(body: Any) -> Response:
    return Response(
        body=body, headers={"Content-Type": "application/json", "Cache-Control": "no-store"}
    )


def _error(status: int, code: str, message: str) -> Response:
    response = _json({"error": {"code": code, "message": message}})
    response.status_code = status
    return response
