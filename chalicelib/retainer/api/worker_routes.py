"""The worker's routes: what `retainer.js` calls. No API key; CORS open; throttled by seat key, and
without one by address."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, CORSConfig

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.kit.http.answers import as_json, as_text
from chalicelib.mturk.frame import PREVIEW_ASSIGNMENT_ID
from chalicelib.mturk.prices import format_dollars
from chalicelib.retainer.api.params import CONTENT_TYPES, EXACT_MOST, Params
from chalicelib.retainer.api.views import errors_answered
from chalicelib.retainer.domain.errors import BadInput, Unavailable
from chalicelib.retainer.domain.ids import is_path_id
from chalicelib.retainer.domain.pacing import SLOWEST_MS
from chalicelib.retainer.domain.pay import exact
from chalicelib.retainer.domain.reports import Report
from chalicelib.retainer.domain.seats import check_due_ms, counts_until_ms, paid_until_ms, waited_ms

if TYPE_CHECKING:
    from chalicelib.retainer.container import Retainer
    from chalicelib.retainer.domain.pay import Terms
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.services.pages import PageOfHit
    from chalicelib.retainer.services.seating import PageState

bp = Blueprint(__name__)

log = logging.getLogger("retainer.api")

PAGE_KEPT_S = 60

REPORT_MOST = 400

OPEN = CORSConfig(allow_origin="*", max_age=86_400, expose_headers=["Retry-After"])


def _room() -> Retainer:
    from chalicelib import bootstrap  # deferred: nothing is wired while routes are declared

    return bootstrap.get().retainer


@bp.route(
    "/retainer/gettask/assignment/{assignment_id}",
    methods=["GET", "POST"],
    content_types=CONTENT_TYPES,
    cors=OPEN,
)
@errors_answered
def gettask(assignment_id: str) -> Any:
    """Poll for work; by POST, which keeps the seat's key out of the address. The answer to a
    well-formed id is 200, in an outage too: the original's page never polls again after any
    other."""
    room = _room()
    _check_ids(assignment=assignment_id)
    params = Params.of(bp.current_request)
    key = params.text("seat", 2000, default="") or None
    _admit(room, assignment_id, key)
    try:
        signature = params.text("arrival", 300, default="")
        state = room.dispatch.poll(assignment_id, key, report_of(params), signature)
    except (StoreUnavailable, Unavailable) as error:
        # No 5xx tells of it, so that the log's errors, which are counted, must.
        log.error("a poll was put off", extra={"why": str(error)})
        return as_json(_busy(room.clock.now_ms()))
    return as_json(page_state(state))


@bp.route(
    "/retainer/ping/worker/{worker_id}/assignment/{assignment_id}/hit/{hit_id}/event/{event}",
    methods=["GET", "POST"],
    content_types=CONTENT_TYPES,
    cors=OPEN,
)
@errors_answered
def ping(worker_id: str, assignment_id: str, hit_id: str, event: str) -> Any:
    """Say that the page is there."""
    room = _room()
    if assignment_id == PREVIEW_ASSIGNMENT_ID:
        raise BadInput("This is a preview; accept the HIT first.", "preview")
    _check_ids(worker=worker_id, assignment=assignment_id, hit=hit_id)
    if event not in {"waiting", "working"}:
        raise BadInput("The event is waiting or working.", "bad_event")
    params = Params.of(bp.current_request)
    key = params.text("seat", 2000, default="") or None
    _admit(room, assignment_id, key)
    acks = params.flag("acks", default=False)
    submitting = params.flag("submitting", default=False)
    # All that can be wrong is read before anything is written.
    wants_state = params.flag("v", default=False)
    says_here = params.flag("here", default=False)
    told = report_of(params)
    signature = params.text("arrival", 300, default="")
    if event == "waiting":
        state = room.arrivals.waiting(
            worker_id, assignment_id, hit_id, key, signature, acks, submitting, told
        )
        if says_here:
            state = room.arrivals.check_in(state)
    else:
        ack = params.flag("ack", default=False)
        state = room.dispatch.working(
            worker_id, assignment_id, hit_id, key, acks or ack, ack, told, signature
        )
    if submitting:
        room.results.submitting(hit_id, assignment_id)
    return as_json(page_state(state)) if wants_state else as_text("OK")


@bp.route("/retainer/page/hit/{hit_id}", methods=["GET"], cors=OPEN)
@errors_answered
def page(hit_id: str) -> Any:
    """Give what the waiting page of a HIT shows, to previews too."""
    room = _room()
    _check_ids(hit=hit_id)
    _admit(room, f"page.{hit_id}", None)
    # The same for everybody who sees the HIT, so browsers and what stands before us may keep it.
    kept = {"Cache-Control": f"public, max-age={PAGE_KEPT_S}"}
    return as_json(page_of_hit(room.pages.of_hit(hit_id)), headers=kept)


def _admit(room: Retainer, about: str, key: str | None) -> None:
    """Slow down who asks too often. Others know an assignment's id, and a HIT's, so that what they
    ask counts for themselves: by the address that they ask from, unless they bring the seat's key.
    """
    if key and room.seating.is_key_of(about, key):
        return room.throttle.admit(f"seat {about}")
    identity = bp.current_request.context.get("identity") or {}
    return room.throttle.admit(f"{identity.get('sourceIp', '')} {about}")


def _busy(now_ms: int) -> dict[str, Any]:
    """Give what a page is told that is to ask again later: nothing about its seat, all of which
    stays as it is."""
    return {"start": False, "busy": True, "now": now_ms, "poll": {"every": SLOWEST_MS}}


def _check_ids(**named: str) -> None:
    for name, value in named.items():
        if not is_path_id(value):
            raise BadInput(
                f"The {name}'s id must be 1 to 64 letters, digits, _ or -.", "malformed_id"
            )


def report_of(params: Params) -> Report:
    """Read what a page tells of itself. What cannot be read is passed over: a page must not be
    turned away for it, and a later page may say what this service does not know."""

    def number(name: str, most: int) -> int | None:
        digits = str(params.raw(name) or "")
        return int(digits) if re.fullmatch(r"[0-9]{1,14}", digits) and int(digits) <= most else None

    load = str(params.raw("load") or "")
    return Report(
        version=number("page", 9_999),
        load=load if re.fullmatch(r"[0-9a-z]{1,16}", load) else "",
        marks=str(params.raw("did") or "")[:REPORT_MOST],
        shown_ms=number("shownAt", EXACT_MOST),
        seen_ms=number("seenAt", EXACT_MOST),
        ack_ms=number("ackAt", EXACT_MOST),
        muted=params.raw("muted") == "1",
    )


def page_state(state: PageState) -> dict[str, Any]:
    """Give what a page is told, leaving out what does not apply."""
    seat = state.seat
    body: dict[str, Any] = {"start": state.task is not None, "now": state.now_ms}
    if state.task is not None:
        body |= {
            "taskID": state.task.foreign_id,
            "reservation": state.task.id,
            "payload": state.task.payload,
            "ackWithin": state.ack_within_ms,
        }
        if state.is_acknowledged:
            body["acknowledged"] = True
        elif state.ack_left_ms is not None:
            body["ackLeft"] = state.ack_left_ms
    if state.work is not None:
        body |= {"hitType": state.work.hit_type_id, "url": state.work.url}
        if state.work.page.task:
            body["taskUrl"] = state.work.page.task
    body["known"] = seat is not None or state.withheld
    if seat is not None:
        body |= {
            "seat": state.seat_key,
            "waited": max(0, (seat.called_ms or seat.queued_ms or state.now_ms) - seat.began_ms),
            "waitMax": seat.waits_until_ms - seat.began_ms,
        }
        if seat.terms.is_any or seat.capped_cents is not None:
            body["pay"] = _pay(seat, state.now_ms)
    if state.pace is not None:
        body["poll"] = {"every": state.pace.every_ms}
        if state.pace.next_ms is not None:
            body["poll"]["next"] = state.pace.next_ms
        if state.pace.due_in_ms is not None:
            body["dueIn"] = state.pace.due_in_ms
    if state.reward_cents is not None:
        body["reward"] = format_dollars(state.reward_cents)
    for name, applies in (
        ("waitOver", state.is_wait_over),
        ("released", state.released),
        ("surplus", state.surplus),
        ("superseded", state.is_superseded),
        ("returned", state.is_returned),
        ("noted", state.noted),
        ("outdated", state.is_outdated),
        ("behind", state.is_behind),
        ("excluded", seat is not None and seat.excluded),
    ):
        if applies:
            body[name] = True
    if state.released and state.why:
        body["why"] = state.why
    if seat is not None and (check := _check(state, seat)):
        body["check"] = check
    if seat is not None and seat.rests_until_ms is not None and state.is_wait_over:
        body["restsUntil"] = seat.rests_until_ms
    return body


def _check(state: PageState, seat: Seat) -> dict[str, Any] | None:
    """Give when the worker is to say that they are there, and until when they may before their wait
    stops counting, in milliseconds from now; 0: it is time, or it has stopped."""
    due = check_due_ms(seat)
    is_still = seat.behind is not None or seat.closed is not None
    if due is None or state.task is not None or state.is_wait_over or is_still:
        return None
    left = counts_until_ms(seat) - state.now_ms
    return {"dueIn": max(0, due - state.now_ms), "within": max(0, left)}


def page_of_hit(found: PageOfHit) -> dict[str, Any]:
    """Give a page's texts, with the HIT's own where it has none, and what the HIT promises."""
    proto, terms = found.proto, found.terms
    texts = {"title": proto.title, "instructions": proto.description}
    own = proto.page.to_dict()
    body = {name: value or texts.get(name, "") for name, value in own.items()}
    body |= {
        "reward": format_dollars(found.reward_cents),
        "waitMax": proto.max_wait * 1000,
        "ackWithin": proto.ack_within * 1000,
        "checkEvery": proto.check_every * 1000,
        "maxUnanswered": found.max_unanswered,
    }
    if terms.is_any:
        body["pay"] = _promise(terms)
    return body


def _promise(terms: Terms) -> dict[str, Any]:
    return {
        "rate": exact(terms.rate_micro),
        "most": exact(int(terms.most_micro)),
        "quick": format_dollars(terms.quick_cents),
        "quickWithin": terms.quick_within_ms,
    }


def _pay(seat: Seat, now_ms: int) -> dict[str, Any]:
    """Give what the wait has earned, exact to a millionth and never rounded up, and for how many
    milliseconds a page may carry it on by itself: what is shown must not run ahead of what is
    paid."""
    terms = seat.terms
    is_over = seat.called_ms is not None or seat.closed is not None or seat.behind is not None
    cap = seat.capped_cents
    return (
        _promise(terms)
        | ({} if cap is None else {"perHour": format_dollars(cap)})
        | {
            "earned": exact(int(terms.earned_micro(waited_ms(seat, now_ms)))),
            "for": 0 if is_over else max(0, paid_until_ms(seat) - now_ms),
        }
    )
