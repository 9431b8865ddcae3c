"""The admin console's routes about ProtoHITs. They need a key with the admin scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.kit.http.answers import as_json, as_text
from chalicelib.retainer.api import admin_wire
from chalicelib.retainer.api.params import parse_json_field
from chalicelib.retainer.api.routing import routes_of
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.services.keys import Scope

if TYPE_CHECKING:
    from chalicelib.retainer.api.params import Params
    from chalicelib.retainer.container import Retainer

bp = Blueprint(__name__)

_route = routes_of(bp, Scope.ADMIN)


@_route("/retainer/protohits", "GET", takes="q state market cursor limit")
def search(room: Retainer, params: Params) -> Response:
    """Search ProtoHITs."""
    found, following = room.protohits.page(
        params.text("q", 100, default=""),
        one_of(params, "state", "running", "stopped", "archived"),
        one_of(params, "market", "sandbox", "production"),
        params.text("cursor", 100, default="") or None,
        params.whole("limit", 1, 100, default=25),
    )
    return as_json(
        [admin_wire.proto(p) for p in found],
        headers={} if following is None else {"x-next-cursor": following},
    )


@_route("/retainer/protohit", "GET", takes="hitType")
def look(room: Retainer, params: Params) -> Response:
    """Show one ProtoHIT: what it says, what is out, what it costs."""
    return as_json(admin_wire.looked(room.protohits.look(params.text("hitType", 100))))


@_route("/retainer/protohit/check", "POST", takes="json")
def check(room: Retainer, params: Params) -> Response:
    """Check a ProtoHIT without saving it: all errors by field, and what it will cost."""
    given = parse_json_field("json", params.need("json"))
    return as_json(admin_wire.checked(room.protohits.check(given)))


@_route("/retainer/protohit/archive", "POST", takes="hitType")
def archive(room: Retainer, params: Params) -> Response:
    """Put a ProtoHIT away; refused while anything of it is under way."""
    room.protohits.archive(params.text("hitType", 100))
    return as_text("OK")


@_route("/retainer/protohit/restore", "POST", takes="hitType")
def restore(room: Retainer, params: Params) -> Response:
    """Take a ProtoHIT back into service."""
    room.protohits.restore(params.text("hitType", 100))
    return as_text("OK")


def one_of(params: Params, name: str, *choices: str) -> str:
    """Read one of the choices, or nothing."""
    given = params.text(name, 20, default="")
    if given and given not in choices:
        raise BadInput(f"{name} must be {' or '.join(choices)}.", "out_of_range", name)
    return given
