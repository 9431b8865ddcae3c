"""What happened to one assignment; needs the admin scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.kit.http.answers import as_json
from chalicelib.retainer.api.routing import routes_of
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.ids import is_path_id
from chalicelib.retainer.services.keys import Scope

if TYPE_CHECKING:
    from chalicelib.retainer.api.params import Params
    from chalicelib.retainer.container import Retainer

bp = Blueprint(__name__)

_route = routes_of(bp, Scope.ADMIN)


@_route("/retainer/assignment/events", "GET", takes="assignment reservation")
def assignment_events(room: Retainer, params: Params) -> Response:
    """Give what the server, the market and the worker's page say of an assignment, in order."""
    assignment = params.text("assignment", 64)
    if not is_path_id(assignment):
        raise BadInput("The assignment's id must be 1 to 64 letters, digits, _ or -.",
                       "malformed_id", "assignment")  # fmt: skip
    found = room.histories.of(assignment, params.text("reservation", 64, default=""))
    return as_json(
        [
            {"at": one.at_ms, "event": one.event, "by": one.by.value, "detail": one.detail}
            for one in found
        ]
    )
