"""The worker site's JSON API of messages: a page of them, how many are unread, which are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib.marketplace.api import worker_views as views
from chalicelib.marketplace.api import worker_wire
from chalicelib.marketplace.domain.errors import BadRequest

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.messages import Message

bp = Blueprint(__name__)

PAGE = 25
MAX_READ = 100


@bp.route("/market/messages", methods=["GET"], cors=views.SITE)
@views.answered
def list_messages() -> Any:
    """List what the worker was told, the newest first."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    cursor = views.query_of(bp.current_request).get("cursor", "")
    found = market.contact.inbox(worker, worker_wire.position_of("messages", cursor), PAGE)
    end = found[-1][0] if len(found) == PAGE else None
    return {
        "messages": [_shown(message) for _, message in found],
        "unread": market.contact.unread(worker),
        "cursor": worker_wire.cursor("messages", end),
        "now": market.clock.now_ms(),
    }


@bp.route("/market/messages/unread", methods=["GET"], cors=views.SITE)
@views.answered
def count_unread() -> Any:
    """Count what the worker has not read, up to a hundred."""
    market = views.market()
    return {"unread": market.contact.unread(views.worker_of(market, bp.current_request))}


@bp.route("/market/messages/read", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def read_messages() -> Any:
    """Note messages as read: `messageIds`, or all up to one, a hundred at a time (`upTo`)."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    body = views.body_of(bp.current_request)
    more = False
    if "upTo" in body:
        up_to = body["upTo"]
        if not _is_id(up_to):
            raise BadRequest("upTo is a message's id.")
        more = market.contact.mark_all_read(worker, up_to) == MAX_READ
    else:
        given = body.get("messageIds")
        valid = isinstance(given, list) and len(given) <= MAX_READ
        if not valid or not all(_is_id(one) for one in given or ()):
            raise BadRequest(f"messageIds is a list of at most {MAX_READ} ids.")
        market.contact.mark_read(worker, given or ())
    return {"unread": market.contact.unread(worker), "more": more}


def _is_id(given: Any) -> bool:
    return isinstance(given, str) and 0 < len(given) <= 64


def _shown(message: Message) -> dict[str, Any]:
    return {
        "id": message.message_id,
        "from": message.requester,
        "subject": message.subject,
        "text": message.text,
        "at": message.at_ms,
        "read": message.read,
        "qualificationTypeId": message.qualification_type_id,
    }
