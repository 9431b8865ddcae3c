"""The worker site's JSON API of qualifications: held, asked for, and tests taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib.marketplace.api import worker_views as views
from chalicelib.marketplace.api import worker_wire
from chalicelib.marketplace.domain.errors import BadRequest
from chalicelib.marketplace.domain.qualifications import Asking
from chalicelib.marketplace.domain.system_qualifications import SYSTEM_TYPES, values_of

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.system_qualifications import Value
    from chalicelib.marketplace.services.qualification_requests import Standing

bp = Blueprint(__name__)


@bp.route("/market/qualifications", methods=["GET"], cors=views.SITE)
@views.answered
def list_qualifications() -> Any:
    """List what the worker holds, has asked for and could ask for."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    query = views.query_of(bp.current_request)
    after = worker_wire.position_of("qualifications", query.get("cursor", ""))
    found = market.qualification_requests.overview(worker, views.words(query), after)
    return {
        "system": [_system(type_id, value) for type_id, value in found.system.items()],
        "held": [_standing(item) for item in found.held],
        "pending": [_standing(item) for item in found.pending],
        "refused": [_standing(item) for item in found.refused],
        "requestable": [_standing(item) for item in found.requestable],
        "cursor": worker_wire.cursor("qualifications", found.end),
        "now": market.clock.now_ms(),
    }


@bp.route("/market/qualifications/type/{type_id}", methods=["GET"], cors=views.SITE)
@views.answered
def show_type(type_id: str) -> Any:
    """Show one type, as the worker stands to it; the system's own too."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    now_ms = market.clock.now_ms()
    if type_id in SYSTEM_TYPES:
        shown = _system(type_id, values_of(worker).get(type_id))
        return {**shown, "system": True, "now": now_ms}
    found = market.qualification_requests.standing(worker, views.checked_id(type_id))
    return {**_standing(found), "system": False, "now": now_ms}


@bp.route(
    "/market/qualifications/request",
    methods=["POST"],
    content_types=views.JSON_ONLY,
    cors=views.SITE,
)
@views.answered
def request_qualification() -> Any:
    """Ask for a qualification; where it has a test, this opens it and its time runs."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    found = market.qualification_requests.request(worker, _type_id())
    return {**_standing(found), "now": market.clock.now_ms()}


@bp.route("/market/qualifications/test/{type_id}", methods=["GET"], cors=views.SITE)
@views.answered
def show_test(type_id: str) -> Any:
    """Show the test that the worker has open; opens nothing by itself."""
    # Deferred: only a test needs the parsers of forms and answer keys.
    from chalicelib.marketplace.services import qualification_tests

    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    opened = market.qualification_requests.open_test(worker, views.checked_id(type_id))
    return {
        "qualificationTypeId": opened.kind.qualification_type_id,
        "name": opened.kind.name,
        "form": qualification_tests.view(opened.test),
        "deadline": opened.request.deadline_ms,
        "now": market.clock.now_ms(),
    }


@bp.route(
    "/market/qualifications/test", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE
)
@views.answered
def hand_in_test() -> Any:
    """Hand a test in: `fields` are names and values, each as often as the form has it."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    found = market.qualification_requests.hand_in(worker, _type_id(), _fields())
    return {**_standing(found), "now": market.clock.now_ms()}


@bp.route(
    "/market/qualifications/adult", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE
)
@views.answered
def agree_to_adult_content() -> Any:
    """Record whether the worker agrees to see adult content."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    agreed = views.body_of(bp.current_request).get("agreed")
    if not isinstance(agreed, bool):
        raise BadRequest("agreed is needed, true or false.")
    market.profiles.agree_to_adult_content(worker, agreed)
    return {}


def _type_id() -> str:
    return views.checked_id(views.text(views.body_of(bp.current_request), "qualificationTypeId"))


def _fields() -> list[tuple[str, str]]:
    return views.fields(views.body_of(bp.current_request))


def _system(type_id: str, value: Value | None) -> dict[str, Any]:
    kind = SYSTEM_TYPES[type_id]
    return {
        "qualificationTypeId": type_id,
        "name": kind.name,
        "description": kind.description,
        "value": worker_wire.qualification_value(value),
    }


def _standing(found: Standing) -> dict[str, Any]:
    """A type as this worker sees it; times are null where there are none."""
    kind, held, request = found.kind, found.held, found.request
    return {
        "qualificationTypeId": kind.qualification_type_id,
        "name": kind.name,
        "description": kind.description,
        "keywords": kind.keywords or "",
        "requester": kind.requester,
        "hasTest": kind.test is not None,
        "scoredAtOnce": kind.answer_key is not None,
        "testDurationS": kind.test_duration_s,
        "autoGranted": kind.auto_granted,
        "retryDelayS": kind.retry_delay_s,
        "status": held.status.value if held else None,
        "value": held.value if held and held.is_held else None,
        "grantedAt": held.grant_ms if held else None,
        # Why it was taken back, where it was; why it was not granted, where it was asked for.
        "reason": held.reason if held else None,
        "requestReason": request.reason if request else None,
        "request": request.state.value if request else None,
        "requestedAt": request.requested_ms if request else None,
        "timedOut": found.is_timed_out,
        "deadline": request.deadline_ms if request and found.asking is Asking.OPEN else None,
        "asking": found.asking.value,
        "askAgainAt": found.again_ms if found.asking is Asking.TOO_SOON else None,
    }
