"""The worker site's JSON API of what was submitted, bonuses, and reports of HITs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib.marketplace.api import site_wire, worker_wire
from chalicelib.marketplace.api import worker_views as views
from chalicelib.marketplace.domain.assignments import VISIBLE
from chalicelib.marketplace.domain.errors import BadRequest

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.assignments import AssignmentStatus

bp = Blueprint(__name__)

_STATUSES = {status.value: status for status in VISIBLE}


@bp.route("/market/submitted", methods=["GET"], cors=views.SITE)
@views.answered
def list_submitted() -> Any:
    """List what the worker has submitted, the newest first, or what of it is in one state."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    query = views.query_of(bp.current_request)
    status = _status(query.get("status", ""))
    # A cursor belongs to one filter: another one's would skip what it has not looked at.
    name = f"submitted {status or ''}"
    before = worker_wire.position_of(name, query.get("cursor", ""))
    found, end = market.earnings.submitted(worker, status, before)
    return {
        "submitted": [site_wire.submitted(done) for done in found],
        "cursor": worker_wire.cursor(name, end),
        "now": market.clock.now_ms(),
    }


@bp.route("/market/earned", methods=["GET"], cors=views.SITE)
@views.answered
def show_earned() -> Any:
    """Show what the worker was paid since their own day and week began."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    moments = site_wire.moments(views.query_of(bp.current_request), market.clock.now_ms())
    return site_wire.periods(market.earnings.since(worker, moments))


@bp.route("/market/bonuses", methods=["GET"], cors=views.SITE)
@views.answered
def list_bonuses() -> Any:
    """List the bonuses that the worker was paid, the newest first."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    query = views.query_of(bp.current_request)
    before = worker_wire.position_of("bonuses", query.get("cursor", ""))
    found, end = market.earnings.bonuses(worker, before)
    return {
        "bonuses": [site_wire.bonus(given) for given in found],
        "cursor": worker_wire.cursor("bonuses", end),
    }


@bp.route("/market/report", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def report_hit() -> Any:
    """Report a HIT to whoever runs the marketplace."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    body = views.body_of(bp.current_request)
    text = body.get("text", "")
    if not isinstance(text, str):
        raise BadRequest("text is text.")
    hit_id = views.checked_id(views.text(body, "hitId"))
    market.hit_reports.report(worker, hit_id, views.text(body, "reason"), text)
    return {"message": "Thank you. Whoever runs this marketplace will look at it."}


def _status(given: str) -> AssignmentStatus | None:
    if not given:
        return None
    if given not in _STATUSES:
        raise BadRequest(f"status is one of {', '.join(sorted(_STATUSES))}.")
    return _STATUSES[given]
