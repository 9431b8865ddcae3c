"""The marketplace as operators are shown it, in the console and on the command line."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.domain import local_time
from chalicelib.marketplace.domain.announced import Answer
from chalicelib.marketplace.domain.errors import BadRequest
from chalicelib.marketplace.domain.invitations import State
from chalicelib.mturk.prices import format_dollars

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.announced import Attendance
    from chalicelib.marketplace.domain.hit_reports import HitReport
    from chalicelib.marketplace.domain.invitations import Invitation
    from chalicelib.marketplace.domain.people import Requester, Worker
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.domain.qualifications import QualificationType


def worker(found: Worker) -> dict[str, Any]:
    place = found.country and "-".join(filter(None, (found.country, found.subdivision)))
    return {
        "worker": found.worker_id,
        "name": found.name,
        "country": place,
        "adult": found.adult,
        "master": found.master,
        "closed": found.closed,
        "submitted": found.submitted,
        "approved": found.approved,
        "earned": format_dollars(found.rewards_cents + found.bonuses_cents),
    }


def invitation(found: Invitation, now_ms: int) -> dict[str, Any]:
    state = found.state(now_ms)
    return {
        "invitation": found.invitation_id,
        "kind": found.kind.value,
        "worker": found.worker_id,
        "name": found.name,
        "invitedBy": found.invited_by,
        "state": state.value,
        "made": found.made_ms,
        "expires": found.expires_ms,
        "used": found.used_ms if state is State.USED else None,
    }


def requester(found: Requester) -> dict[str, Any]:
    return {
        "account": found.account_id,
        "name": found.name,
        "available": format_dollars(found.available_cents),
        "held": format_dollars(found.held_cents),
        "spent": format_dollars(found.spent_cents),
    }


def session(found: Attendance) -> dict[str, Any]:
    one = found.session
    return {
        "session": one.session_id,
        "account": one.account_id,
        "requester": one.requester,
        "title": one.title,
        "starts": one.starts_ms,
        "when": local_time.when_text(one.starts_ms, one.zone),
        "minutes": one.minutes,
        "people": one.people,
        "state": one.state.value,
        "reason": one.reason,
        "replies": {answer.value: found.of(answer) for answer in Answer},
    }


def qualification(kind: QualificationType) -> dict[str, Any]:
    return {
        "type": kind.qualification_type_id,
        "name": kind.name,
        "description": kind.description,
        "requester": kind.requester,
        "test": kind.test is not None,
    }


def report(found: HitReport, requester: str) -> dict[str, Any]:
    return {
        "hit": found.hit_id,
        "hitType": found.hit_type_id,
        "account": found.account_id,
        "requester": requester,
        "worker": found.worker_id,
        "reason": found.reason.value,
        "text": found.text,
        "at": found.at_ms,
        "state": found.state.value,
    }


def report_position(name: str, text: str) -> Position | None:
    """Read a cursor of the reports, whose key is two ids; raises `BadRequest` for another's."""
    if not text:
        return None
    try:
        given, at, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, RecursionError):
        given = None
    ids = key.split("/") if given == name and isinstance(key, str) else []
    if (
        len(ids) != 2
        or not all(one.isascii() and one.isalnum() and len(one) <= 64 for one in ids)
        or type(at) is not int
        or not 0 <= at < 2**53
    ):
        raise BadRequest("The cursor is not one of this list's.")
    return at, key
