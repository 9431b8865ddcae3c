"""The dashboard's route. It takes an application's key, like all that the dashboard does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.kit.http.answers import as_json
from chalicelib.retainer.api.routing import routes_of

if TYPE_CHECKING:
    from chalicelib.retainer.api.params import Params
    from chalicelib.retainer.container import Retainer

bp = Blueprint(__name__)

_route = routes_of(bp)


@_route("/retainer/status", "GET", takes="hitType full since")
def status(room: Retainer, params: Params) -> Response:
    """Tell of every pool in brief, and of one in full."""
    # Deferred: nobody but the dashboard needs what forecasts are made of.
    from chalicelib.retainer.api import status_wire

    found = room.status.read(
        params.text("hitType", 100, default="") or None, params.flag("full", default=False)
    )
    return as_json(status_wire.overview(found, params.text("since", 64, default="") or None))
