"""Ways in: which are open, links that let a worker in, accounts of one's own, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib.marketplace.api import worker_views as views
from chalicelib.marketplace.api import worker_wire
from chalicelib.marketplace.domain.errors import BadRequest, NotSignedIn
from chalicelib.marketplace.domain.proof_of_work import LEAST_BITS

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.services.invitations import Made

bp = Blueprint(__name__)

_MAX_SECRET = 64


@bp.route("/market/entry", methods=["GET"], cors=views.SITE)
@views.answered
def show_ways() -> Any:
    """Say which ways in are open besides an invitation, and what work an account costs at least."""
    config = views.market().config
    ways = {"market": config.name, "byName": config.open_sign_in, "signUp": config.open_sign_up}
    return ways | ({"workBits": LEAST_BITS} if config.open_sign_up else {})


@bp.route("/market/join/look", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def look_at_link() -> Any:
    """Show whose link it is. It uses nothing up: mail scanners open links."""
    market = views.market()
    body = views.body_of(bp.current_request)
    invitation, worker = market.invitations.look(_secret(body), _nonce(body))
    here = _signed_in(market)
    return {
        "kind": invitation.kind.value,
        "invitedBy": invitation.invited_by,
        "worker": worker_wire.worker(worker),
        "expires": invitation.expires_ms,
        "signedIn": here is not None and here.worker_id == worker.worker_id,
    }


@bp.route("/market/join", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def join() -> Any:
    """Exchange a link for a session; the same nonce gives the same answer for ten minutes."""
    market = views.market()
    body = views.body_of(bp.current_request)
    token, worker = market.invitations.join(_secret(body), views.text(body, "nonce"))
    return {"token": token, "worker": worker_wire.worker(worker)}


@bp.route("/market/sign-up", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def sign_up() -> Any:
    """Make an account of one's own, where that is open; the personal link is shown this once."""
    market = views.market()
    body = views.body_of(bp.current_request)
    country, adult = body.get("country") or None, body.get("adult", False)
    if not isinstance(adult, bool) or not (country is None or isinstance(country, str)):
        raise BadRequest("country is text, adult is true or false.")
    work = body.get("work", "")
    if not isinstance(work, str):
        raise BadRequest("work is text.")
    identity = bp.current_request.context.get("identity") or {}
    made = market.sign_up.join(
        views.text(body, "name"),
        country,
        adult,
        views.text(body, "nonce"),
        work,
        str(identity.get("sourceIp") or ""),
    )
    return {
        "token": made.token,
        "worker": worker_wire.worker(made.worker),
        "personalLink": made.personal_url,
    }


@bp.route("/market/link/device", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def make_device_link() -> Any:
    """Make a link that lets this worker in on one more device."""
    market = views.market()
    return _made(market.invitations.make_for_device(_worker(market)))


@bp.route("/market/link/personal", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE)
@views.answered
def make_personal_link() -> Any:
    """Make a link that always leads back; the one before stops working."""
    market = views.market()
    return _made(market.invitations.make_personal(_worker(market)))


@bp.route(
    "/market/session/end-all", methods=["POST"], content_types=views.JSON_ONLY, cors=views.SITE
)
@views.answered
def sign_out_everywhere() -> Any:
    """End all that lets the worker in; with a nonce, a new personal link is shown this once."""
    market = views.market()
    nonce = views.body_of(bp.current_request).get("nonce")
    if nonce is None:
        # Pages of an earlier version do not show a link.
        market.sessions.end_all(_worker(market))
        return {}
    if not isinstance(nonce, str):
        raise BadRequest("nonce is text.")
    token = views.token_of(bp.current_request)
    return {"personalLink": market.signing_out.everywhere(token, nonce)}


def _worker(market: Marketplace) -> Worker:
    return views.worker_of(market, bp.current_request)


def _signed_in(market: Marketplace) -> Worker | None:
    try:
        return _worker(market)
    except NotSignedIn:
        return None


def _secret(body: dict[str, Any]) -> str:
    secret = views.text(body, "secret")
    return secret if len(secret) <= _MAX_SECRET else ""


def _nonce(body: dict[str, Any]) -> str | None:
    nonce = body.get("nonce")
    return nonce if isinstance(nonce, str) else None


def _made(made: Made) -> dict[str, Any]:
    return {"link": made.url, "expires": made.invitation.expires_ms}
