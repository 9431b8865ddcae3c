"""The worker site's JSON: what it is sent, and where a page of the listing ended."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.api import site_wire
from chalicelib.marketplace.domain import ids
from chalicelib.marketplace.domain.errors import BadRequest
from chalicelib.marketplace.domain.system_qualifications import Locale
from chalicelib.mturk.prices import format_dollars
from chalicelib.mturk.waiting import terms_of

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.domain.requirements import Requirement
    from chalicelib.marketplace.domain.system_qualifications import Value
    from chalicelib.marketplace.services.earnings import Done, Statement
    from chalicelib.marketplace.services.listing import Group
    from chalicelib.marketplace.services.qualifying import Unmet
    from chalicelib.marketplace.services.questions import Shown
    from chalicelib.marketplace.services.work import Job


def worker(found: Worker) -> dict[str, Any]:
    return {"id": found.worker_id, "name": found.name}


def group(found: Group) -> dict[str, Any]:
    hit_type = found.hit_type
    terms = terms_of(found.hit.annotation)
    return {
        "groupId": ids.group_id_of(hit_type.hit_type_id),
        "hitTypeId": hit_type.hit_type_id,
        "title": hit_type.title,
        "description": hit_type.description,
        "requester": hit_type.requester,
        "reward": format_dollars(hit_type.reward_cents),
        "keywords": hit_type.keywords or "",
        "durationS": hit_type.duration_s,
        "available": found.available,
        "availableIsLeast": found.at_least,
        "newest": found.newest_ms,
        "hitId": found.hit.hit_id,
        "kind": found.hit.question_kind.value,
        "qualified": not found.unmet,
        "unmet": [unmet(item) for item in found.unmet],
        "previewable": found.previewable,
        "done": found.done,
        "held": found.held,
        "pace": site_wire.pace(found.pace, hit_type.reward_cents, terms),
        "maxWaitS": terms.max_wait_s if terms else None,
        "terms": site_wire.terms(terms, hit_type.reward_cents),
    }


def unmet(item: Unmet) -> dict[str, Any]:
    """What keeps a worker from accepting; `value` is their own, null if they hold none."""
    required = item.requirement
    return {
        "qualificationTypeId": required["QualificationTypeId"],
        "name": item.name,
        "comparator": required["Comparator"],
        "integers": required.get("IntegerValues") or [],
        "locales": [place(v["Country"], v.get("Subdivision")) for v in _locales(required)],
        "requestable": item.requestable,
        "value": qualification_value(item.value),
    }


def qualification_value(value: Value | None) -> Any:
    if isinstance(value, Locale):
        return place(value.country, value.subdivision)
    return value


def place(country: str, subdivision: str | None) -> str:
    """A locale as one word: US, or US-NY."""
    return f"{country}-{subdivision}" if subdivision else country


def _locales(required: Requirement) -> list[dict[str, Any]]:
    return required.get("LocaleValues") or []


def job(found: Job) -> dict[str, Any]:
    assignment = found.assignment
    return {
        "assignmentId": assignment.assignment_id,
        "hitId": assignment.hit_id,
        "groupId": ids.group_id_of(found.hit_type.hit_type_id),
        "title": found.hit_type.title,
        "requester": found.hit_type.requester,
        "reward": format_dollars(assignment.reward_cents),
        "deadline": assignment.deadline_ms,
        "terms": site_wire.terms(terms_of(found.annotation), assignment.reward_cents),
        **shown(found.shown, "frameUrl"),
    }


def shown(found: Shown, url_name: str) -> dict[str, Any]:
    """How a question is shown: in a frame of an address, or as a form, which a job's page asks for
    by itself, since forms are long and queues are looked at often."""
    if found.url is None:
        return {"kind": found.kind.value}
    return {"kind": found.kind.value, url_name: found.url, "frameHeight": found.frame_height}


def statement(found: Statement) -> dict[str, Any]:
    who = found.worker
    return {
        "submitted": who.submitted,
        "approved": who.approved,
        "unreviewed": who.submitted - who.approved - who.rejected,
        "approvalPercent": site_wire.percent(who.approved, who.approved + who.rejected),
        "rejected": who.rejected,
        "pending": format_dollars(who.pending_cents),
        "rewards": format_dollars(who.rewards_cents),
        "bonuses": format_dollars(who.bonuses_cents),
        "total": format_dollars(who.rewards_cents + who.bonuses_cents),
        "hourly": found.hourly
        and {"dollars": format_dollars(found.hourly.cents), "hits": found.hourly.hits},
        "recent": [_done(item) for item in found.recent],
    }


def _done(item: Done) -> dict[str, Any]:
    assignment = item.assignment
    return {
        "assignmentId": assignment.assignment_id,
        "title": item.title,
        "reward": format_dollars(assignment.reward_cents),
        "bonus": format_dollars(assignment.bonus_cents),
        "status": assignment.status.value,
        "submittedAt": assignment.submit_ms,
        "feedback": assignment.feedback,
    }


def cursor(sort: str, position: Position | None) -> str | None:
    if position is None:
        return None
    raw = json.dumps([sort, *position], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def position_of(sort: str, text: str) -> Position | None:
    """Read a cursor; raises `BadRequest` for one of another list."""
    if not text:
        return None
    try:
        name, at, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, RecursionError):
        name = None
    if (
        name != sort
        or type(at) is not int  # true is an int to isinstance
        or not isinstance(key, str)
        or not (key.isascii() and key.isalnum() and len(key) <= 64)
        or not 0 <= at < 2**53
    ):
        raise BadRequest("The cursor is not one of this list's.")
    return at, key
