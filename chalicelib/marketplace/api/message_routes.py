"""The worker site's messages. Routes are declared in `worker_routes`, which owns the blueprint."""

from __future__ import annotations

from typing import Any

from chalicelib.marketplace.api import worker_wire
from chalicelib.marketplace.assembly import Marketplace
from chalicelib.marketplace.domain.contact import Message
from chalicelib.marketplace.domain.errors import BadRequest
from chalicelib.marketplace.domain.people import Worker

PAGE = 25
MAX_READ = 100


def inbox(market: Marketplace, worker: Worker, cursor: str) -> dict[str, Any]:
    """A page of messages, the newest first, and where the next one begins."""
    before = worker_wire.position_of("messages", cursor)
    found = market.contact.inbox(worker, before, PAGE)
    end = found[-1][0] if len(found) == PAGE else None
    return {
        "messages": [_shown(message) for _, message in found],
        "cursor": worker_wire.cursor("messages", end),
    }


def mark_read(market: Marketplace, worker: Worker, given: Any) -> dict[str, Any]:
    valid = isinstance(given, list) and len(given) <= MAX_READ
    if not valid or not all(isinstance(i, str) and 0 < len(i) <= 64 for i in given):
        raise BadRequest(f"messageIds is a list of at most {MAX_READ} ids.")
    market.contact.mark_read(worker, given)
    return {}


def _shown(message: Message) -> dict[str, Any]:
    return {
        "id": message.message_id,
        "from": message.requester,
        "subject": message.subject,
        "text": message.text,
        "at": message.at_ms,
        "read": message.read,
    }
