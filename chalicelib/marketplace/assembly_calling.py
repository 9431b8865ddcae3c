"""Wires calling: who is told of what, by mail and push, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain.calling_ports import CallStore
from chalicelib.marketplace.mail import mail_of
from chalicelib.marketplace.services.admission import Admission
from chalicelib.marketplace.services.announcing import Announcing
from chalicelib.marketplace.services.attending import Attending
from chalicelib.marketplace.services.call_sender import CallSender
from chalicelib.marketplace.services.calling_links import Links
from chalicelib.marketplace.services.calling_run import CallingRun
from chalicelib.marketplace.services.callings import Callings
from chalicelib.marketplace.services.candidates import Candidates
from chalicelib.marketplace.services.rounds import Rounds
from chalicelib.marketplace.store.announced import DynamoAnnounced
from chalicelib.marketplace.store.callings import DynamoCallings
from chalicelib.marketplace.store.calls import DynamoCalls

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.kit.config import MarketplaceConfig
    from chalicelib.marketplace.assembly import Shared
    from chalicelib.marketplace.domain.calling_ports import Push


@dataclass(frozen=True, slots=True)
class Calling:
    links: Links
    callings: Callings
    announcing: Announcing
    attending: Attending
    calls: CallStore
    call_sender: CallSender
    calling_run: CallingRun


def calling_of(given: Shared) -> Calling:
    config, clock = given.config, given.clock
    links = Links(config)
    choices, planned, announced = DynamoCallings(), DynamoCalls(), DynamoAnnounced()
    mail = given.mail or mail_of(config.mail, config.mail_from, given.region, clock)
    push = given.push or _push(config, clock)
    admission = Admission(given.workers, config)
    callings = Callings(choices, mail, push, links, admission, given.rates, config, clock)
    attending = Attending(
        announced,
        planned,
        callings,
        admission,
        given.blocks,
        given.qualifying,
        clock,
    )
    candidates = Candidates(
        announced,
        attending,
        given.workers,
        given.blocks,
        given.assignments,
        given.qualifying,
        config,
        clock,
    )
    rounds = Rounds(choices, planned, announced, given.offers, candidates, clock)
    sender = CallSender(
        planned, callings, announced, given.workers, given.hits, mail, push, links, clock
    )
    return Calling(
        links=links,
        callings=callings,
        announcing=Announcing(
            announced, given.hits, given.qualifying, given.accounts.name_of, clock
        ),
        attending=attending,
        calls=planned,
        call_sender=sender,
        calling_run=CallingRun(rounds, sender, clock),
    )


def _push(config: MarketplaceConfig, clock: Clock) -> Push | None:
    if not config.push_contact or not config.master_key:
        return None
    # Deferred: it signs with elliptic curves, which take a while to load.
    from chalicelib.marketplace.web_push import WebPush

    return WebPush(config.master_key, config.push_contact, config.push_hosts, clock)
