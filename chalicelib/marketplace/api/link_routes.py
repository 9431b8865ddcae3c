"""What links in mails and calendars lead to: no sign-in, the token in the address is enough.

GET only shows; POST acts. By `List-Unsubscribe-Post` (RFC 8058) mail programs POST by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from chalice.app import Blueprint, Response

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.api import forms
from chalicelib.marketplace.api import worker_views as views
from chalicelib.marketplace.api.calling_pages import page
from chalicelib.marketplace.api.calling_routes import answer_of
from chalicelib.marketplace.domain import icalendar, local_time
from chalicelib.marketplace.domain.announced import Answer
from chalicelib.marketplace.domain.calling_errors import LinkDead
from chalicelib.marketplace.domain.errors import WorkerRefused
from chalicelib.marketplace.domain.icalendar import Entry

if TYPE_CHECKING:
    from chalicelib.marketplace.services.attending import Invitation

bp = Blueprint(__name__)

# Chalice takes a request without a content type, as GET is, for JSON.
_FORMS = [forms.URLENCODED, forms.MULTIPART, "application/json"]
_BUTTONS = ((Answer.YES, "Yes, I will come"), (Answer.MAYBE, "Maybe"), (Answer.NO, "No"))
_SAID = {
    Answer.YES: "You said yes. Be on the worker site when it begins.",
    Answer.MAYBE: "You said maybe. Say yes when you know.",
    Answer.NO: "You said no. Thank you for saying so.",
}

_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}

View = Callable[..., Response]


def _as_page(view: View) -> View:
    """Refusals are pages, too."""

    @wraps(view)
    def answering(*args: Any, **kwargs: Any) -> Response:
        try:
            return view(*args, **kwargs)
        except LinkDead as error:
            return page("This link leads nowhere", [str(error)], status=404)
        except WorkerRefused as error:
            return page("That did not work", [str(error)], status=409)
        except StoreUnavailable:
            sentence = "The service is busy. Please try again in a moment."
            return views.busy(page("Please try again", [sentence], status=503))

    return answering


@bp.route("/market/calls/confirm/{token}", methods=["GET", "POST"], content_types=_FORMS)
@_as_page
def confirm(token: str) -> Response:
    """Confirm an address for mail."""
    callings = views.market().callings
    found = callings.confirming(token)
    if bp.current_request.method == "POST":
        found = callings.confirm(token)
    if found.mail_works:
        return page(
            "Your address is confirmed",
            ["From now on you can be called by mail. Each mail has a link that stops them all."],
        )
    lines = [
        "Press the button, and you can be called by mail at the address this link was sent to."
    ]
    return page("Confirm your address", lines, [("confirm", "Confirm")])


@bp.route("/market/calls/stop/{token}", methods=["GET", "POST"], content_types=_FORMS)
@_as_page
def stop(token: str) -> Response:
    """Stop all mail to an address."""
    callings = views.market().callings
    if bp.current_request.method == "POST":
        callings.stop_mail(token)
        return page(
            "Stopped",
            ["You get no more mail from us. You can switch it on again on the worker site."],
        )
    callings.check_stop(token)
    lines = ["Press the button, and no more mail comes from us to the address this was sent to."]
    return page("Stop all mail", lines, [("stop", "Stop all mail")])


@bp.route("/market/calls/never/{token}", methods=["GET", "POST"], content_types=_FORMS)
@_as_page
def never(token: str) -> Response:
    """Never write to an address again, no matter who gives it."""
    callings = views.market().callings
    if bp.current_request.method == "POST":
        callings.never_write(token)
        return page(
            "Never again",
            ["We will not write to this address again, no matter who gives it to us."],
        )
    callings.check_never(token)
    lines = [
        "Somebody gave the address that this was sent to on our worker site. Press the button, and "
        "we never write there again."
    ]
    return page("No mail from us", lines, [("never", "Never write again")])


@bp.route("/market/sessions/reply/{token}", methods=["GET", "POST"], content_types=_FORMS)
@_as_page
def reply(token: str) -> Response:
    """Show a session and take a worker's reply."""
    market = views.market()
    worker, invitation = market.attending.invited(token)
    if bp.current_request.method == "POST":
        given = _form()
        revision = given.get("revision", "")
        is_number = revision.isascii() and revision.isdigit() and len(revision) <= 9
        number = int(revision) if is_number else 0
        session_id = invitation.session.session_id
        answer = answer_of(given.get("do"))
        invitation = market.attending.reply(worker, session_id, answer, number)
    zone = market.callings.of(worker.worker_id).zone_name
    return _session_page(invitation, zone, market.clock.now_ms())


@bp.route("/market/calendar/{token}", methods=["GET"])
def calendar(token: str) -> Response:
    """A worker's calendar feed."""
    market = views.market()
    headers = {
        "Content-Type": "text/calendar; charset=utf-8",
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    try:
        worker = market.callings.of_feed(token.removesuffix(".ics"))
        entries = [
            Entry(i.session, i.answer is Answer.YES, market.links.site("sessions"))
            for i in market.attending.calendar(worker)
        ]
    except LinkDead as error:
        return Response(str(error), {**_PLAIN}, 404)
    except StoreUnavailable:
        return views.busy(Response("The service is busy; please try again.", {**_PLAIN}, 503))
    feed = icalendar.render(entries, market.clock.now_ms(), "Sessions for me")
    return Response(feed, {**headers}, 200)


def _form() -> dict[str, str]:
    request = bp.current_request
    body = views.raw(request.raw_body)[:10_000]
    return {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}


def _session_page(invitation: Invitation, zone_name: str, now_ms: int) -> Response:
    session = invitation.session
    when = local_time.when_text(session.starts_ms, local_time.zone(zone_name))
    lines = [f"{session.requester} · {when}, about {session.minutes} minutes"]
    if session.zone_name != zone_name:
        there = local_time.when_text(session.starts_ms, session.zone)
        lines.append(f"Announced for {there}")
    lines += [f"About {session.people} people"]
    lines += [f"Pay: {session.pay}" if session.pay else "", session.description]
    if session.is_cancelled:
        lines += ["This session was cancelled. You need not come.", session.reason]
        return page(session.title, lines)
    if not session.takes_replies(now_ms):
        return page(session.title, [*lines, "This session has begun already."])
    if invitation.answer:
        lines.append(_SAID[invitation.answer])
    elif invitation.has_moved:
        lines.append("The time has changed since you answered. Can you come at this one?")
    buttons = [(answer.value, name) for answer, name in _BUTTONS]
    return page(session.title, lines, buttons, [("revision", str(session.revision))])
