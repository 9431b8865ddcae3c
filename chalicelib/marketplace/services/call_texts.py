"""What calls say: a mail's subject and text, and a notification's title and line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain.calls import CallKind
from chalicelib.marketplace.domain.local_time import when_text
from chalicelib.mturk.prices import format_dollars

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.announced import Session
    from chalicelib.marketplace.domain.calling import Calling
    from chalicelib.marketplace.domain.hits import HitType
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.services.calling_links import Links


@dataclass(frozen=True, slots=True)
class Text:
    """`line` and `page` are for a notification, which leads to that page of the site."""

    subject: str
    body: str
    line: str
    page: str


def confirm(links: Links, calling: Calling, worker: Worker) -> Text:
    body = (
        "Somebody, we hope it was you, gave this address on our worker site to be called by mail.\n"
        "\nTo confirm it, open this link and press the button:\n\n"
        f"{links.confirm(calling, worker)}\n\n"
        "The link is good for seven days. If it was not you, do nothing: nothing more will come "
        "for a month, no matter who gives your address. To never get mail from us, open this "
        "one:\n\n"
        f"{links.never(calling, links.addressee(calling.address or ''))}\n"
    )
    return Text("Please confirm your address", body, "", "calls")


def of_session(
    kind: CallKind, session: Session, calling: Calling, worker: Worker, links: Links
) -> Text:
    """The invitation, the news of a change, or the reminder."""
    when = when_text(session.starts_ms, calling.zone)
    facts = [f"When: {when}", f"How long: about {session.minutes} minutes"]
    if kind is not CallKind.REMINDER:
        facts.append(f"How many people: about {session.people}")
    if session.pay:
        facts.append(f"Pay: {session.pay}")
    reply = links.reply(worker, session.session_id)
    ask = f"Say yes, maybe or no here:\n{reply}"
    if session.is_cancelled:
        subject, opening = f"Cancelled: {session.title}", f"{session.requester} has cancelled:"
        facts, ask = facts[:1], "You need not come. Thank you for having been ready to."
        if session.reason:
            facts.append(f"They say: {session.reason}")
    elif kind is CallKind.CHANGED:
        subject = f"New time: {session.title}"
        opening = f"{session.requester} has moved this session to another time:"
        ask = f"Your earlier answer was to the old time. {ask}"
    elif kind is CallKind.REMINDER:
        subject = f"Soon: {session.title}"
        opening = f"You said yes to this session of {session.requester}:"
        site = links.site("sessions")
        ask = f"Be on the worker site a few minutes before{f': {site}' if site else '.'}"
        ask += f"\n\nYou cannot come after all? Say so here:\n{reply}"
    else:
        subject = session.title
        opening = f"{session.requester} announces a session:"
    parts = [opening, session.title]
    if session.description and kind is CallKind.SESSION:
        parts.append(session.description)
    body = "\n\n".join([*parts, "\n".join(facts), ask]) + "\n"
    return Text(subject, body, when, "sessions")


def of_work(hit_type: HitType, links: Links) -> Text:
    reward = format_dollars(hit_type.reward_cents)
    parts = [
        f"{hit_type.requester} has work that waits for somebody:",
        hit_type.title,
        hit_type.description,
        f"Reward: ${reward} each",
    ]
    if site := links.site(""):
        parts.append(f"Who comes first gets it:\n{site}")
    body = "\n\n".join(part for part in parts if part) + "\n"
    return Text(f"Work for you: {hit_type.title}", body, f"${reward} · {hit_type.requester}", "")


def footer(calling: Calling, links: Links) -> str:
    site = links.site("calls")
    settings = f"Other ways, hours and bounds: {site}\n" if site else ""
    return (
        "\n-- \nYou get this because you asked to be called.\n"
        f"{settings}Stop all mail with one click: {links.stop(calling)}\n"
    )
