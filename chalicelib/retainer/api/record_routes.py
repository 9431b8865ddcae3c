"""The admin console's routes about reservations and HITs. They need a key with the admin scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.kit.http.answers import as_json
from chalicelib.retainer.api import admin_wire, wire
from chalicelib.retainer.api.proto_routes import one_of
from chalicelib.retainer.api.routing import routes_of
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.ids import is_own_id, is_path_id
from chalicelib.retainer.services.keys import Scope

if TYPE_CHECKING:
    from chalicelib.retainer.api.params import Params
    from chalicelib.retainer.container import Retainer

bp = Blueprint(__name__)

_route = routes_of(bp, Scope.ADMIN)


@_route("/retainer/reservations", "GET", takes="q hitType state cursor limit")
def search(room: Retainer, params: Params) -> Response:
    """Search reservations, newest first."""
    # Deferred, as all services are until their room is built.
    from chalicelib.retainer.services.reservation_search import State

    state = one_of(params, "state", *State)
    cursor = params.text("cursor", 64, default="") or None
    if cursor is not None and not is_own_id(cursor):
        raise BadInput("The cursor was not given by this list.", "bad_cursor", "cursor")
    found, following = room.reservation_search.page(
        params.text("q", 100, default="").strip(),
        params.text("hitType", 100, default="") or None,
        State(state) if state else None,
        cursor,
        params.whole("limit", 1, 100, default=25),
    )
    protos = {p.hit_type_id: p for p in room.reservations.protos(archived=True)}
    # Without payloads, of which one alone may be 60 KB.
    now = room.clock.now_ms()
    body = [
        {**wire.reservation(r, ledger, protos.get(r.proto), now), "payload": None}
        for r, ledger in found
    ]
    return as_json(body, headers={} if following is None else {"x-next-cursor": following})


_OF_RESULTS = frozenset({"slots", "gone", "missing"})


@_route("/retainer/reservation", "GET", takes="id")
def look(room: Retainer, params: Params) -> Response:
    """Show one reservation with its slots and what became of them."""
    reservation, ledger = room.reservation_search.get(params.text("id", 64))
    # The console's reader is not the application that the lease is for.
    results = room.results.read(reservation.id, None, 0, renews=False)
    now = room.clock.now_ms()
    protos = {p.hit_type_id: p for p in room.reservations.protos(archived=True)}
    return as_json(
        {
            **wire.reservation(reservation, ledger, protos.get(reservation.proto), now),
            "created": reservation.created_ms,
            "policy": ledger.policy.value,
            "distinct": ledger.distinct,
            "autoInvoke": ledger.auto_invoke,
            **{k: v for k, v in wire.results(results, now).items() if k in _OF_RESULTS},
        }
    )


@_route("/retainer/hits", "GET", takes="hitType state cursor limit")
def hits(room: Retainer, params: Params) -> Response:
    """List HITs, newest first."""
    found, following = room.hits.page(
        params.text("hitType", 100, default="") or None,
        one_of(params, "state", "out", "closed", "past"),
        params.text("cursor", 64, default="") or None,
        params.whole("limit", 1, 100, default=25),
    )
    return as_json(
        [admin_wire.posting(p) for p in found],
        headers={} if following is None else {"x-next-cursor": following},
    )


@_route("/retainer/hit/expire", "POST", takes="hit")
def expire(room: Retainer, params: Params) -> Response:
    """Have a HIT's free seats taken back; who is in it is served and paid."""
    hit = params.text("hit", 64)
    if not is_path_id(hit):
        raise BadInput(
            "The HIT's id must be 1 to 64 letters, digits, _ or -.", "malformed_id", "hit"
        )
    room.hits.expire(hit)
    return as_json({"expiring": 1}, 202)


@_route("/retainer/hit/expire/all", "POST", takes="hitType")
def expire_all(room: Retainer, params: Params) -> Response:
    """The same for all HITs of a ProtoHIT that are out."""
    return as_json({"expiring": room.hits.expire_all(params.text("hitType", 100))}, 202)
