"""JSON of calling: a worker's choices, sessions as workers see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.domain import local_time

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.calling import Calling
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.services.attending import Invitation
    from chalicelib.marketplace.services.calling_links import Links
    from chalicelib.marketplace.services.callings import Callings


def calling(
    found: Calling, worker: Worker, callings: Callings, links: Links, now_ms: int
) -> dict[str, Any]:
    """For the worker themselves, and nobody else."""
    found = found.of_generation(worker.generation)
    quiet = found.quiet
    most = callings.most_a_day
    return {
        "new": found.version == 0,
        "choices": sorted(found.choices),
        "mail": {
            "offered": callings.offers_mail,
            "address": found.address,
            "state": found.address_state.value if found.address_state else None,
            "askedAt": found.code_ms or None,
        },
        "push": {"key": callings.push_key, "browsers": sorted(found.subscriptions)},
        "feed": links.feed(found, worker) if found.feed_on else None,
        "zone": found.zone_name,
        "quiet": quiet
        and {
            "from": local_time.clock_text(quiet.from_minute),
            "to": local_time.clock_text(quiet.to_minute),
        },
        "mostADay": min(found.most_a_day, most),
        "bound": most,
        "today": most - found.calls_left(now_ms, most) if found.day else 0,
    }


def invitation(found: Invitation, now_ms: int) -> dict[str, Any]:
    session = found.session
    return {
        "sessionId": session.session_id,
        "requester": session.requester,
        "title": session.title,
        "description": session.description,
        "pay": session.pay,
        "startsAt": session.starts_ms,
        "minutes": session.minutes,
        "zone": session.zone_name,
        "when": local_time.when_text(session.starts_ms, session.zone),
        "people": session.people,
        "revision": session.revision,
        "cancelled": session.is_cancelled,
        "reason": session.reason,
        "begun": session.starts_ms <= now_ms,
        "answer": found.answer.value if found.answer else None,
        "moved": found.has_moved,
    }
