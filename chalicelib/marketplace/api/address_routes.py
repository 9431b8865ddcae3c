"""The service's own addresses of a group of HITs, which programs print or send to workers.

A program then has one host to change, that of its forms and its links alike.
"""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.marketplace.api import pages
from chalicelib.marketplace.api import worker_views as views
from chalicelib.marketplace.domain.errors import BadRequest

bp = Blueprint(__name__)

_NOWHERE = "This address leads to no work. Look for it on the worker site."


@bp.route("/mturk/preview", methods=["GET"], cors=False)
def preview() -> Response:
    """Lead to the group that `groupId` names, by its own id or its HIT type's."""
    return _lead(views.query_of(bp.current_request).get("groupId", ""))


@bp.route("/mturk/previewandaccept", methods=["GET"], cors=False)
def preview_and_accept() -> Response:
    """The same: nothing is accepted by following a link."""
    return _lead(views.query_of(bp.current_request).get("groupId", ""))


@bp.route("/projects/{group_id}/tasks", methods=["GET"], cors=False)
def tasks(group_id: str) -> Response:
    return _lead(group_id)


def _lead(group_id: str) -> Response:
    origin = views.market().config.worker_origin
    try:
        shown = views.checked_id(group_id)
    except BadRequest:
        shown = ""
    if not shown or origin == "*":
        body, headers = pages.notice("Nothing to do here", _NOWHERE)
        return Response(body=body, status_code=404, headers={**headers})
    location = f"{origin}/work/#/hits/{shown}"
    return Response(body="", status_code=302, headers={"Location": location})
