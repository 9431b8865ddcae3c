"""The admin console's routes about the service itself and its API keys; they need that scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.kit.http.answers import as_json, as_text
from chalicelib.retainer.api.routing import routes_of
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.services.keys import NAME_MOST, Scope

if TYPE_CHECKING:
    from chalicelib.retainer.api.params import Params
    from chalicelib.retainer.container import Retainer

bp = Blueprint(__name__)

_route = routes_of(bp, Scope.ADMIN)


@_route("/retainer/admin", "GET")
def about(room: Retainer, params: Params) -> Response:
    """Tell whose key this is, and what the service is set up for."""
    caller = params.caller
    return as_json(
        {
            "key": None if caller is None else {"name": caller.name, "scope": caller.scope},
            "open": room.config.open,
            "markets": sorted(room.config.markets),
            "now": room.clock.now_ms(),
            "retentionDays": room.config.retention_days,
        }
    )


@_route("/retainer/keys", "GET", takes="state q cursor limit")
def list_keys(room: Retainer, params: Params) -> Response:
    """List API keys by name, without the keys themselves."""
    state = params.text("state", 10, default="")
    if state not in {"", "active", "revoked"}:
        raise BadInput("state must be active or revoked.", "out_of_range", "state")
    found, following = room.keys.page(
        params.text("q", 100, default=""),
        None if not state else state == "revoked",
        params.text("cursor", 64, default="") or None,
        params.whole("limit", 1, 100, default=25),
    )
    caller = params.caller
    return as_json(
        [
            {
                "name": key.name,
                "scope": key.scope,
                "created": key.created_ms,
                "lastUsed": key.last_used_day,
                "revoked": key.revoked,
                "yours": caller is not None and caller.digest == key.digest,
            }
            for key in found
        ],
        headers={} if following is None else {"x-next-cursor": following},
    )


@_route("/retainer/keys", "POST", takes="name scope")
def make_key(room: Retainer, params: Params) -> Response:
    """Make an API key; the answer is the only time that it can be read."""
    name = params.text("name", NAME_MOST).strip()
    given = params.text("scope", 20, default="") or Scope.APPLICATION
    if given not in list(Scope):
        raise BadInput("scope must be application or admin.", "out_of_range", "scope")
    key = room.keys.make(name, Scope(given))
    return as_json({"name": name, "scope": given, "key": key}, 201)


@_route("/retainer/keys/revoke", "POST", takes="name own")
def revoke_key(room: Retainer, params: Params) -> Response:
    """Revoke an API key; the caller's own only where `own` says so."""
    room.keys.revoke_as(
        params.caller, params.text("name", NAME_MOST), params.flag("own", default=False)
    )
    return as_text("OK")
