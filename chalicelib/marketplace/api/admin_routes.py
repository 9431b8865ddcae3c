"""The operator's door to the marketplace, for the console: names, invitations, requesters,
sessions, qualifications and reports.

It takes the service's admin key, which the composition root checks. It reads, and does the two
things that an operator does every day: invite somebody, and dismiss a report. What ends an
account, spends money or shows a secret stays with the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from chalice.app import Blueprint, Response

from chalicelib.kit import logs, nearest
from chalicelib.kit.http.answers import as_json
from chalicelib.marketplace.api import admin_wire as wire
from chalicelib.marketplace.api import worker_views as views
from chalicelib.marketplace.api import worker_wire
from chalicelib.marketplace.api.cors import DESK
from chalicelib.marketplace.domain.errors import (
    BadRequest,
    MarketplaceError,
    NotFound,
)
from chalicelib.marketplace.domain.hit_reports import ReportState
from chalicelib.marketplace.domain.invitations import DAY_MS, State
from chalicelib.marketplace.domain.system_qualifications import SystemType

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace

bp = Blueprint(__name__)

MOST_NAMES = 100
_ANY_ROUTE_TAKES = ("_", "callback")
_STATES = {state.value.lower(): state for state in ReportState}

Given = dict[str, Any]
Answered = tuple[Any, str | None]
Handler = Callable[["Marketplace", Given], Answered]
Row = TypeVar("Row")


def _route(path: str, method: str = "GET", takes: str = "") -> Callable[[Handler], Handler]:
    """Declare a route: its handler answers a body, and where its list goes on."""

    def declare(handler: Handler) -> Handler:
        @wraps(handler)
        def view() -> Response:
            body, following = _asked(handler, takes.split())
            response = as_json(body)
            if following is not None:
                response.headers["x-next-cursor"] = following
            return response

        # Chalice calls a view by its path's parameters; the wrapped signature would mislead it.
        del view.__wrapped__
        more = {"content_types": views.JSON_ONLY} if method == "POST" else {}
        bp.route(path, methods=[method], cors=DESK, **more)(views.answered(view))
        return handler

    return declare


def _asked(handler: Handler, takes: list[str]) -> Answered:
    from chalicelib import bootstrap  # deferred: nothing is wired while routes are declared

    request = bp.current_request
    app = bootstrap.get()
    name = app.admit_operator(str(request.headers.get("x-api-key") or ""))
    if name is not None:
        logs.note(key=name)
    given: Given = dict(views.query_of(request))
    if request.method == "POST":
        given |= views.body_of(request)
    for one in given:
        if one not in takes and one not in _ANY_ROUTE_TAKES:
            hint = nearest.hint(one, takes)
            raise BadRequest(f"This route takes no parameter {one[:40]!r}.{hint}")
    return handler(app.marketplace, given)


@_route("/market/admin/names", takes="workers")
def names(market: Marketplace, given: Given) -> Answered:
    """Tell the names of up to a hundred workers, by their ids; strangers are left out."""
    ids = [one for one in views.text(given, "workers").split(",") if one]
    if len(ids) > MOST_NAMES:
        raise BadRequest(f"workers are at most {MOST_NAMES} ids, with commas between them.")
    return {"names": market.workforce.names_of([views.checked_id(one) for one in ids])}, None


@_route("/market/admin/workers", takes="q cursor limit")
def workers(market: Marketplace, given: Given) -> Answered:
    """List workers by name."""
    words = views.words(given).casefold()
    found = [
        one
        for one in market.workforce.list_all()
        if words in one.name.casefold() or words in one.worker_id.casefold()
    ]
    shown, following = _page(found, lambda one: one.worker_id, given)
    return [wire.worker(one) for one in shown], following


@_route("/market/admin/invitations", takes="q state cursor limit")
def invitations(market: Marketplace, given: Given) -> Answered:
    """List invitations and other links, the newest first, without what lets anybody in."""
    words, now_ms = views.words(given).casefold(), market.clock.now_ms()
    state = _one_of(given, "state", {one.value: one for one in State})
    found = [
        one
        for one in market.invitations.list_all()
        if words in one.name.casefold() and state in {None, one.state(now_ms)}
    ]
    shown, following = _page(found, lambda one: one.invitation_id, given)
    return [wire.invitation(one, now_ms) for one in shown], following


@_route("/market/admin/invitations", "POST", takes="name worker invitedBy")
def invite(market: Marketplace, given: Given) -> Answered:
    """Invite a new worker by name, or one who is there by their id; the link is shown this once."""
    invited_by = given.get("invitedBy", "")
    if not isinstance(invited_by, str):
        raise BadRequest("invitedBy is text.")
    if ("name" in given) == ("worker" in given):
        raise BadRequest("Give the name of a new worker, or the id of one who is there.")
    if "worker" in given:
        worker = market.workforce.show(views.checked_id(views.text(given, "worker")))
    else:
        worker = market.invitations.newcomer(views.text(given, "name"), None, None, False)
    logs.note(worker=worker.worker_id)
    made = market.invitations.make(worker, invited_by)
    shown = wire.invitation(made.invitation, made.invitation.made_ms)
    return {**shown, "link": made.url}, None


@_route("/market/admin/requesters", takes="q cursor limit")
def requesters(market: Marketplace, given: Given) -> Answered:
    """List requesters by name, with their money and without their keys."""
    words = views.words(given).casefold()
    found = [one for one in market.accounts.requesters() if words in one.name.casefold()]
    shown, following = _page(found, lambda one: one.account_id, given)
    return [wire.requester(one) for one in shown], following


@_route("/market/admin/sessions", takes="limit")
def sessions(market: Marketplace, given: Given) -> Answered:
    """List announced sessions from yesterday on, the next first, with who has replied."""
    since = market.clock.now_ms() - DAY_MS
    return [wire.session(one) for one in market.announcing.since(since, _limit(given))], None


@_route("/market/admin/qualifications", takes="q cursor limit")
def qualifications(market: Marketplace, given: Given) -> Answered:
    """List the qualification types that workers can ask for, by name."""
    words, limit = views.words(given), _limit(given)
    name = f"types {words}"
    after = worker_wire.position_of(name, _text(given, "cursor"))
    found, end = market.qualification_types.list(None, words, True, after, limit)
    # Those that can be asked for are never the system's own.
    kinds = [one for _, one in found if not isinstance(one, SystemType)]
    return [wire.qualification(one) for one in kinds], worker_wire.cursor(name, end)


@_route("/market/admin/reports", takes="state cursor limit")
def reports(market: Marketplace, given: Given) -> Answered:
    """List what workers reported of HITs, the oldest first."""
    state = _one_of(given, "state", _STATES) or ReportState.OPEN
    limit, name = _limit(given), f"reports {state.value}"
    after = wire.report_position(name, _text(given, "cursor"))
    found = market.hit_reports.page(state, after, limit)
    called = {one.account_id: market.accounts.name_of(one.account_id) for _, one in found}
    end = found[-1][0] if len(found) == limit else None
    return [wire.report(one, called[one.account_id]) for _, one in found], worker_wire.cursor(
        name, end
    )


@_route("/market/admin/reports/dismiss", "POST", takes="hit")
def dismiss(market: Marketplace, given: Given) -> Answered:
    """Close a HIT's open reports; the HIT stays."""
    hit = views.checked_id(views.text(given, "hit"))
    logs.note(hit=hit)
    try:
        return {"hit": hit, "dismissed": market.hit_reports.dismiss(hit)}, None
    except MarketplaceError as unknown:
        raise NotFound(str(unknown)) from None


def _page(
    rows: Sequence[Row], id_of: Callable[[Row], str], given: Given
) -> tuple[Sequence[Row], str | None]:
    """A page of a list that was read in one scan, as the operator's command does."""
    limit, cursor = _limit(given), _text(given, "cursor")
    start = next((n + 1 for n, row in enumerate(rows) if id_of(row) == cursor), 0)
    shown = rows[start : start + limit]
    return shown, id_of(shown[-1]) if start + limit < len(rows) else None


def _limit(given: Given) -> int:
    return views.whole(given.get("limit") or 25, "limit", 1, 100)


def _text(given: Given, name: str) -> str:
    found = str(given.get(name, ""))
    if len(found) > 300:
        raise BadRequest(f"{name} is too long.")
    return found


def _one_of(given: Given, name: str, known: dict[str, Row]) -> Row | None:
    """Read one of these values; None where none is given."""
    text = given.get(name) or ""
    if not text:
        return None
    if text not in known:
        raise BadRequest(f"{name} is one of {', '.join(known)}.")
    return known[text]
