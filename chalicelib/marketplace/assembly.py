"""Puts the marketplace together: the only place that picks implementations.

What the passing of time needs is wired here. The rest is wired when it is first asked for, so that
a cold start waits for nothing that its call does not use: what requesters' programs ask for
(`assembly_requests`), the workers' site (`assembly_site`), and calling (`assembly_calling`).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.kit import invocation
from chalicelib.kit.clock import Clock
from chalicelib.kit.config import MarketplaceConfig
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.kit.starter import LambdaStarter
from chalicelib.marketplace.domain.notifications import OwnDestinations
from chalicelib.marketplace.services.accounts import Accounts
from chalicelib.marketplace.services.lifecycle import Lifecycle
from chalicelib.marketplace.services.notifications import Notifications
from chalicelib.marketplace.services.policies import Policies
from chalicelib.marketplace.services.qualifying import Qualifying
from chalicelib.marketplace.services.tick import Tick
from chalicelib.marketplace.store.assignments import DynamoAssignments
from chalicelib.marketplace.store.changes import DynamoHitChanges
from chalicelib.marketplace.store.contact import DynamoBlocks, DynamoBonuses
from chalicelib.marketplace.store.hits import DynamoHits
from chalicelib.marketplace.store.money import DynamoMoney
from chalicelib.marketplace.store.offers import DynamoOffers
from chalicelib.marketplace.store.outbox import DynamoOutbox, DynamoSettings
from chalicelib.marketplace.store.people import DynamoRequesters, DynamoWorkers
from chalicelib.marketplace.store.policies import DynamoReports
from chalicelib.marketplace.store.qualification_types import DynamoQualificationTypes
from chalicelib.marketplace.store.qualifications import DynamoQualifications
from chalicelib.marketplace.store.rates import DynamoRates
from chalicelib.marketplace.store.slots import DynamoSlots
from chalicelib.marketplace.store.tables import MODELS
from chalicelib.marketplace.store.timers import DynamoTimers
from chalicelib.marketplace.transport import BotoTransport

if TYPE_CHECKING:
    from chalicelib.marketplace.assembly_calling import Calling
    from chalicelib.marketplace.assembly_requests import Requests
    from chalicelib.marketplace.assembly_site import Site
    from chalicelib.marketplace.domain.calling_ports import CallStore, Mail, Push
    from chalicelib.marketplace.services.announcing import Announcing
    from chalicelib.marketplace.services.attending import Attending
    from chalicelib.marketplace.services.bonuses import Bonuses
    from chalicelib.marketplace.services.call_sender import CallSender
    from chalicelib.marketplace.services.calling_links import Links
    from chalicelib.marketplace.services.calling_run import CallingRun
    from chalicelib.marketplace.services.callings import Callings
    from chalicelib.marketplace.services.changes import Changes
    from chalicelib.marketplace.services.consents import Consents
    from chalicelib.marketplace.services.contact import Contact
    from chalicelib.marketplace.services.earnings import Earnings
    from chalicelib.marketplace.services.hit_reports import HitReports
    from chalicelib.marketplace.services.invitations import Invitations
    from chalicelib.marketplace.services.listing import Listing
    from chalicelib.marketplace.services.pay import PayRecords
    from chalicelib.marketplace.services.policy_reports import PolicyReports
    from chalicelib.marketplace.services.postings import Postings
    from chalicelib.marketplace.services.profiles import Profiles
    from chalicelib.marketplace.services.qualification_requests import QualificationRequests
    from chalicelib.marketplace.services.qualification_types import QualificationTypes
    from chalicelib.marketplace.services.qualifications import Qualifications
    from chalicelib.marketplace.services.questions import Questions
    from chalicelib.marketplace.services.review import Review
    from chalicelib.marketplace.services.sessions import Sessions
    from chalicelib.marketplace.services.sign_up import SignUp
    from chalicelib.marketplace.services.signing_out import SigningOut
    from chalicelib.marketplace.services.submissions import Submissions
    from chalicelib.marketplace.services.work import Work
    from chalicelib.marketplace.services.worker_erasure import WorkerErasure
    from chalicelib.marketplace.services.workforce import Workforce


class Shared:
    """What all parts of the marketplace use."""

    def __init__(
        self,
        dynamo: Dynamo,
        config: MarketplaceConfig,
        clock: Clock,
        mail: Mail | None,
        push: Push | None,
    ) -> None:
        self.region = dynamo.region
        self.config = config
        self.clock = clock
        self.mail = mail
        self.push = push
        self.hits = DynamoHits()
        self.slots = DynamoSlots()
        self.offers = DynamoOffers(self.hits)
        self.assignments = DynamoAssignments()
        self.money = DynamoMoney()
        self.workers = DynamoWorkers()
        self.rates = DynamoRates()
        self.blocks = DynamoBlocks()
        self.paid_bonuses = DynamoBonuses()
        self.requesters = DynamoRequesters()
        self.made_changes, self.reports = DynamoHitChanges(), DynamoReports()
        self.types, self.held = DynamoQualificationTypes(), DynamoQualifications()
        self.qualifying = Qualifying(self.types, self.held)
        self.policies = Policies(
            self.reports,
            self.hits,
            self.made_changes,
            self.offers,
            self.assignments,
            self.money,
            clock,
        )
        self.lifecycle = Lifecycle(
            self.hits,
            self.slots,
            self.assignments,
            self.money,
            self.workers,
            self.policies,
            clock,
        )
        self.accounts = Accounts(
            self.requesters,
            self.lifecycle,
            clock,
            config.master_key,
            config.keys_secret,
            config.initial_balance_cents,
        )
        function = config.tick_function
        starter = LambdaStarter({"market_tick": function}, dynamo.region) if function else None
        self.notifications = Notifications(
            DynamoSettings(),
            DynamoOutbox(),
            BotoTransport(dynamo.region),
            self.hits,
            clock,
            self.rates,
            starter,
            OwnDestinations(frozenset(config.own_destinations), invocation.account.get),
        )
        self.tick = Tick(
            DynamoTimers(), self.hits, self.assignments, self.lifecycle, self.notifications, clock
        )


class Marketplace:
    """What the marketplace offers: to requesters' programs, to workers, and by itself."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.config = shared.config
        self.clock = shared.clock
        self.accounts = shared.accounts
        self.policies = shared.policies
        self.notifications = shared.notifications
        self.tick = shared.tick

    @cached_property
    def _requests(self) -> Requests:
        from chalicelib.marketplace.assembly_requests import requests_of

        return requests_of(self._shared)

    @cached_property
    def _site(self) -> Site:
        from chalicelib.marketplace.assembly_site import site_of

        return site_of(self._shared)

    @cached_property
    def _calling(self) -> Calling:
        from chalicelib.marketplace.assembly_calling import calling_of

        return calling_of(self._shared)

    def check(self, function: str) -> list[str]:
        """Do what a health check of this function does; return what was read."""
        from chalicelib.marketplace import health  # deferred: hardly ever asked

        return health.check(self._shared, self, function)

    @property
    def postings(self) -> Postings:
        return self._requests.postings

    @property
    def review(self) -> Review:
        return self._requests.review

    @property
    def changes(self) -> Changes:
        return self._requests.changes

    @property
    def bonuses(self) -> Bonuses:
        return self._requests.bonuses

    @property
    def contact(self) -> Contact:
        return self._requests.contact

    @property
    def policy_reports(self) -> PolicyReports:
        return self._requests.policy_reports

    @property
    def pay(self) -> PayRecords:
        return self._requests.pay

    @property
    def qualification_types(self) -> QualificationTypes:
        return self._requests.qualification_types

    @property
    def qualifications(self) -> Qualifications:
        return self._requests.qualifications

    @property
    def qualification_requests(self) -> QualificationRequests:
        return self._requests.qualification_requests

    @property
    def hit_reports(self) -> HitReports:
        return self._requests.hit_reports

    @property
    def sessions(self) -> Sessions:
        return self._site.sessions

    @property
    def invitations(self) -> Invitations:
        return self._site.invitations

    @property
    def sign_up(self) -> SignUp:
        return self._site.sign_up

    @property
    def signing_out(self) -> SigningOut:
        return self._site.signing_out

    @property
    def workforce(self) -> Workforce:
        return self._site.workforce

    @property
    def worker_erasure(self) -> WorkerErasure:
        return self._site.worker_erasure

    @property
    def listing(self) -> Listing:
        return self._site.listing

    @property
    def work(self) -> Work:
        return self._site.work

    @property
    def questions(self) -> Questions:
        return self._site.questions

    @property
    def submissions(self) -> Submissions:
        return self._site.submissions

    @property
    def earnings(self) -> Earnings:
        return self._site.earnings

    @property
    def profiles(self) -> Profiles:
        return self._site.profiles

    @property
    def consents(self) -> Consents:
        return self._site.consents

    @property
    def links(self) -> Links:
        return self._calling.links

    @property
    def callings(self) -> Callings:
        return self._calling.callings

    @property
    def announcing(self) -> Announcing:
        return self._calling.announcing

    @property
    def attending(self) -> Attending:
        return self._calling.attending

    @property
    def calls(self) -> CallStore:
        return self._calling.calls

    @property
    def call_sender(self) -> CallSender:
        return self._calling.call_sender

    @property
    def calling_run(self) -> CallingRun:
        return self._calling.calling_run


def assemble(
    dynamo: Dynamo,
    config: MarketplaceConfig,
    clock: Clock,
    *,
    mail: Mail | None = None,
    push: Push | None = None,
) -> Marketplace:
    """Bind the tables to the connection and wire the services; creates nothing.

    Mail and push are those of the configuration unless they are given.
    """
    dynamo.bind(MODELS)
    return Marketplace(Shared(dynamo, config, clock, mail, push))
