"""HITs' questions on the worker site: requesters' own pages, served here, and forms.

A requester's page is a stranger's program. It is served without any session, and with a header that
puts it into an opaque origin however it is opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.api import forms, pages
from chalicelib.marketplace.api import worker_views as views
from chalicelib.marketplace.domain.errors import BadRequest, PageRefused
from chalicelib.marketplace.domain.frames import HELPER_PATH, PAGE_PATH
from chalicelib.mturk.frame import CONTENT_SECURITY_POLICY

bp = Blueprint(__name__)

_HELPER = Path(__file__).with_name("external_hit.js")
_PARAMETERS = ("assignmentId", "hitId", "workerId")
_HEADERS = {
    "Content-Type": pages.CONTENT_TYPE,
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # The address is a key: it goes to nobody whom the page links or loads.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_BUSY = "The service is busy. Please load this page again."


@bp.route(f"/{PAGE_PATH}/{{token}}", methods=["GET"], cors=False)
def show_page(token: str) -> Response:
    """Show a requester's page to whoever has its address; always a page, whatever happens."""
    market = views.market()
    try:
        body = market.questions.page(token, *_ids(views.query_of(bp.current_request)))
        return Response(body=body, status_code=200, headers={**_HEADERS})
    except PageRefused as refused:
        status, page = refused.status, pages.notice("Nothing to do here", str(refused))
    except BadRequest:
        status, page = 404, pages.notice("Nothing to do here", "There is no such page.")
    except StoreUnavailable:
        status, page = 503, pages.notice("Please try again", _BUSY)
    response = Response(body=page[0], status_code=status, headers={**page[1]})
    return views.busy(response) if status == 503 else response


@bp.route(f"/{HELPER_PATH}", methods=["GET"], cors=False)
def show_helper() -> Response:
    """The script that requesters' pages call by the service's name for it."""
    headers = {
        "Content-Type": "text/javascript; charset=utf-8",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "public, max-age=3600",
        # A page of an opaque origin may ask for it with `crossorigin`.
        "Access-Control-Allow-Origin": "*",
    }
    return Response(body=_HELPER.read_text(encoding="utf-8"), status_code=200, headers={**headers})


@bp.route("/market/form/{assignment_id}", methods=["GET"], cors=views.SITE)
@views.answered
def show_form(assignment_id: str) -> Any:
    """Show the form of an assignment that the worker holds."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    form = market.questions.form_of_job(worker, views.checked_id(assignment_id))
    return {"assignmentId": assignment_id, "form": form}


@bp.route("/market/form/submit", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def submit_form() -> Any:
    """Submit a form: `fields` are pairs of a name and a value."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    body = views.body_of(bp.current_request, forms.MAX_BYTES)
    assignment_id = views.checked_id(views.text(body, "assignmentId"))
    done = market.submissions.submit_form(worker, assignment_id, views.fields(body))
    return {"assignmentId": done.assignment_id, "status": done.status.value}


@bp.route("/market/assignments/{assignment_id}", methods=["GET"], cors=views.SITE)
@views.answered
def show_assignment(assignment_id: str) -> Any:
    """Tell what became of one of the worker's assignments."""
    market = views.market()
    worker = views.worker_of(market, bp.current_request)
    found = market.work.find(worker, views.checked_id(assignment_id))
    return {"assignmentId": found.assignment_id, "status": found.status.value}


def _ids(query: dict[str, str]) -> list[str]:
    given = [query.get(name, "") for name in _PARAMETERS]
    # The protocol's word for a preview has an underscore, which ids have not.
    for value in given:
        views.checked_id(value.replace("_", "") or "0")
    return given
