"""The worker site's JSON API of calling and sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib.marketplace.api import calling_wire
from chalicelib.marketplace.api import worker_views as views
from chalicelib.marketplace.domain.announced import Answer
from chalicelib.marketplace.domain.calls import CallKind
from chalicelib.marketplace.domain.errors import BadRequest

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace
    from chalicelib.marketplace.domain.calling import Calling
    from chalicelib.marketplace.domain.people import Worker

bp = Blueprint(__name__)

# Of the latest calls, so many are looked at, and so many shown; older ones only alone.
_LOOKED_AT = 25
_SHOWN = 3
_FRESH_MS = 15 * 60_000


@bp.route("/market/calls", methods=["GET"], cors=views.SITE)
@views.answered
def show_calling() -> Any:
    """Show how the worker is called."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    return _shown(market, worker, market.callings.of(worker.worker_id))


@bp.route("/market/calls", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def choose_calling() -> Any:
    """Replace what the worker is called for, when not, and how often at most."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    body = views.body_of(bp.current_request)
    choices, quiet, most = body.get("choices"), body.get("quiet"), body.get("mostADay")
    if not isinstance(choices, list) or not all(isinstance(c, str) for c in choices):
        raise BadRequest("choices is needed, a list of texts.")
    if not isinstance(most, int) or isinstance(most, bool):
        raise BadRequest("mostADay is needed, a number.")
    hours = None
    if quiet is not None:
        if not isinstance(quiet, dict):
            raise BadRequest("quiet is an object with from and to, or null.")
        hours = (views.text(quiet, "from"), views.text(quiet, "to"))
    zone = views.text(body, "zone")
    return _shown(market, worker, market.callings.choose(worker, choices, zone, hours, most))


@bp.route("/market/calls/mail", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def set_address() -> Any:
    """Take an address, and send the mail that confirms it; empty: no mail any more."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    body = views.body_of(bp.current_request)
    address = body.get("address")
    if not isinstance(address, str):
        raise BadRequest("address is needed, as text.")
    return _shown(market, worker, market.callings.set_address(worker, address, _zone(body)))


@bp.route("/market/calls/push", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def subscribe() -> Any:
    """Call this browser from now on; `token` is for its service worker."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    body = views.body_of(bp.current_request)
    endpoint = views.text(body, "endpoint")
    found, token = market.callings.subscribe(worker, endpoint, _zone(body))
    return {**_shown(market, worker, found), "token": token}


@bp.route(
    "/market/calls/push/stop", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE
)
@views.answered
def unsubscribe() -> Any:
    """Call this browser no more; without an endpoint, none."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    endpoint = views.body_of(bp.current_request).get("endpoint") or ""
    if not isinstance(endpoint, str):
        raise BadRequest("endpoint is text.")
    return _shown(market, worker, market.callings.unsubscribe(worker, endpoint))


@bp.route("/market/calls/feed", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def set_feed() -> Any:
    """Give the calendar a new address, or take it away."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    body = views.body_of(bp.current_request)
    if not isinstance(body.get("on"), bool):
        raise BadRequest("on is needed, true or false.")
    return _shown(market, worker, market.callings.set_feed(worker, body["on"], _zone(body)))


@bp.route("/market/calls/news", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def show_news() -> Any:
    """What a service worker shall show after a push: the latest calls that still stand.

    There may be several, since each push only says that there is something.
    """
    market = views.market()
    token = views.text(views.body_of(bp.current_request), "token")
    worker, calling, key = market.callings.of_push(token)
    news: list[dict[str, str]] = []
    for call in market.calls.of_worker(calling.worker_id, _LOOKED_AT):
        now_ms = market.clock.now_ms()
        fresh = not news or now_ms - call.at_ms < _FRESH_MS
        told = call.kind is not CallKind.CONFIRM and f"push:{key}" in call.states
        if not (fresh and told and now_ms < call.expires_ms):
            continue
        text = market.call_sender.text_of(call, calling, worker)
        if text is not None:
            line = {"title": text.subject, "text": text.line, "page": text.page}
            news.append({"id": call.call_id, **line})
    return {"news": news[:_SHOWN]}


@bp.route("/market/sessions", methods=["GET"], cors=views.SITE)
@views.answered
def list_sessions() -> Any:
    """List the announced sessions that are open to the worker, or that they replied to."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    now_ms = market.clock.now_ms()
    found = market.attending.upcoming(worker)
    return {"sessions": [calling_wire.invitation(i, now_ms) for i in found], "now": now_ms}


@bp.route(
    "/market/sessions/reply", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE
)
@views.answered
def reply() -> Any:
    """Say yes, maybe or no to a session as the worker saw it."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    body = views.body_of(bp.current_request)
    session_id = views.checked_id(views.text(body, "sessionId"))
    revision = body.get("revision")
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise BadRequest("revision is needed, a number.")
    done = market.attending.reply(worker, session_id, answer_of(body.get("answer")), revision)
    return calling_wire.invitation(done, market.clock.now_ms())


def answer_of(value: Any) -> Answer:
    try:
        return Answer(value)
    except ValueError:
        raise BadRequest("answer is yes, maybe or no.") from None


def _zone(body: dict[str, Any]) -> str:
    """The browser's zone, for who has not chosen one yet."""
    zone = body.get("zone")
    return zone if isinstance(zone, str) else ""


def _shown(market: Marketplace, worker: Worker, found: Calling) -> dict[str, Any]:
    now_ms = market.clock.now_ms()
    return calling_wire.calling(found, worker, market.callings, market.links, now_ms)
