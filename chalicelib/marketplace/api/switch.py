"""What the marketplace's routes answer where configuration has none."""

from __future__ import annotations

from chalice.app import Request, Response

from chalicelib.kit.http.answers import refused
from chalicelib.marketplace.api import pages
from chalicelib.marketplace.api.cors import DESK, SITE
from chalicelib.marketplace.domain.errors import SwitchedOff

_SITE_PATH = "/market/"
_DESK_PATH = "/market/admin/"
_PAGES = ("/mturk/", "/projects/")


def answer_without_marketplace(request: Request) -> Response | None:
    """404 with a sentence on a route of the marketplace; None on any other."""
    refusal = SwitchedOff()
    path = str(request.path)
    if path.startswith(_PAGES):
        body, headers = pages.refusal(refusal.message, again=True)
        return Response(body=body, status_code=refusal.status, headers={**headers})
    if not path.startswith(_SITE_PATH):
        return None
    response = refused(refusal)
    # It takes the place of the view, which would have been given these.
    asker = DESK if path.startswith(_DESK_PATH) else SITE
    response.headers.update(asker.get_access_control_headers())
    return response
