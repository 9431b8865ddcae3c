"""The worker site's JSON API, and the form that a worker's frame submits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, CORSConfig, Response

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.api import forms, pages, site_wire, worker_wire
from chalicelib.marketplace.api import worker_views as views
from chalicelib.marketplace.api.forms import FormError
from chalicelib.marketplace.api.worker_views import answered as _answered
from chalicelib.marketplace.api.worker_views import checked_id as _checked_id
from chalicelib.marketplace.api.worker_views import market as _market
from chalicelib.marketplace.api.worker_views import pairs as _pairs
from chalicelib.marketplace.api.worker_views import raw as _raw
from chalicelib.marketplace.api.worker_views import text as _text
from chalicelib.marketplace.domain.errors import BadRequest, SubmissionRefused

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace
    from chalicelib.marketplace.domain.people import Worker

bp = Blueprint(__name__)

_JSON = views.JSON_ONLY
_SITE = views.SITE
# All that a page might send, so that Chalice lets it through and the answer is a page.
_FORMS = [forms.URLENCODED, forms.MULTIPART, "text/plain", "application/json"]

_ANYBODY = CORSConfig(allow_origin="*", max_age=86_400)


@bp.route("/market/session", methods=["POST"], content_types=_JSON, cors=_SITE)
@_answered
def sign_in() -> Any:
    """Sign in by picking a name."""
    token, worker = _market().sessions.sign_in(_text(_body(), "name"))
    return {"token": token, "worker": worker_wire.worker(worker)}


@bp.route("/market/session/end", methods=["POST"], content_types=_JSON, cors=_SITE)
@_answered
def sign_out() -> Any:
    """End the session."""
    _market().sessions.end(_token())
    return {}


@bp.route("/market/hits", methods=["GET"], cors=_SITE)
@_answered
def list_groups() -> Any:
    """List the groups of HITs that can be accepted."""
    market = _market()
    worker = _worker(market)
    query = _query()
    sort = query.get("sort") or "newest"
    if sort not in {"newest", "reward"}:
        raise BadRequest("The listing is sorted by newest or reward.")
    before = worker_wire.position_of(sort, query.get("cursor", ""))
    qualified = query.get("qualified") == "1"
    groups, end = market.listing.browse(worker, views.words(query), sort, before, qualified)
    return {
        "groups": [worker_wire.group(found) for found in groups],
        "cursor": worker_wire.cursor(sort, end),
    }


@bp.route("/market/hits/group/{group_id}", methods=["GET"], cors=_SITE)
@_answered
def show_group(group_id: str) -> Any:
    """Show a group and the address of its preview."""
    market = _market()
    worker = _worker(market)
    preview = market.listing.preview(worker, _checked_id(group_id))
    account_id = preview.group.hit_type.account_id
    answer = {
        **worker_wire.group(preview.group),
        **worker_wire.shown(preview.shown, "previewUrl"),
        "consent": site_wire.consent(market.consents.shown(worker, account_id)),
    }
    if preview.shown.url is None:
        answer["form"] = market.questions.form(preview.group.hit)
    return answer


@bp.route("/market/accept", methods=["POST"], content_types=_JSON, cors=_SITE)
@_answered
def accept() -> Any:
    """Accept a HIT, or any of a group but those named in `skip`."""
    market = _market()
    worker = _worker(market)
    body = _body()
    consent = site_wire.consent_given(body)
    if "hitId" in body:
        hit_id = _checked_id(_text(body, "hitId"))
        return worker_wire.job(market.work.accept(worker, hit_id, consent))
    hit_type = market.listing.type_of(_checked_id(_text(body, "groupId")))
    skipped = site_wire.skipped(body)
    return worker_wire.job(market.work.accept_any(worker, hit_type, consent, skipped))


@bp.route("/market/assignments", methods=["GET"], cors=_SITE)
@_answered
def list_queue() -> Any:
    """List what the worker holds."""
    market = _market()
    jobs = market.work.queue(_worker(market))
    return {"queue": [worker_wire.job(job) for job in jobs], "now": market.clock.now_ms()}


@bp.route("/market/return", methods=["POST"], content_types=_JSON, cors=_SITE)
@_answered
def give_back() -> Any:
    """Return an assignment."""
    market = _market()
    worker = _worker(market)
    market.work.give_back(worker, _checked_id(_text(_body(), "assignmentId")))
    return {}


@bp.route("/market/earnings", methods=["GET"], cors=_SITE)
@_answered
def show_earnings() -> Any:
    """Show what the worker has earned."""
    market = _market()
    return worker_wire.statement(market.earnings.statement(_worker(market)))


# Submitted before, or the HIT is not the worker's any more.
_FINAL = frozenset({409, 410})


@bp.route("/mturk/externalSubmit", methods=["GET", "POST"], content_types=_FORMS, cors=_ANYBODY)
def external_submit() -> Response:
    """Take a worker's form; the answer is a page, whatever happens."""
    market = _market()
    request = bp.current_request
    query = _pairs(request.query_params)
    try:
        kind = request.headers.get("content-type", "")
        given = forms.fields_of(kind, query, _raw(request.raw_body))
        done = market.submissions.submit(given)
        status, page = 200, pages.thanks(done.assignment_id, market.config.worker_origin)
    except SubmissionRefused as refused:
        status = refused.status
        page = pages.refusal(str(refused), again=status not in _FINAL)
    except FormError as error:
        status, page = 400, pages.refusal(str(error), again=True)
    except StoreUnavailable:
        # It may have been cut short after the work was taken.
        sentence = "The service is busy. Please submit it again: your work counts once."
        status, page = 503, pages.refusal(sentence, again=True)
    response = Response(body=page[0], status_code=status, headers={**page[1]})
    return views.busy(response) if status == 503 else response


def _worker(market: Marketplace) -> Worker:
    return views.worker_of(market, bp.current_request)


def _token() -> str:
    return views.token_of(bp.current_request)


def _query() -> dict[str, str]:
    return views.query_of(bp.current_request)


def _body() -> dict[str, Any]:
    return views.body_of(bp.current_request)
