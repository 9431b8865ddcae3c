"""Wires the marketplace: each part is built, and its module loaded, when it is first asked for.

So a cold start waits for nothing that its call does not use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.kit import invocation
from chalicelib.kit.lazy import Container, lazy
from chalicelib.kit.starter import LambdaStarter
from chalicelib.marketplace.stores import Stores

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.kit.config import MarketplaceConfig
    from chalicelib.kit.dynamo.connection import Dynamo
    from chalicelib.marketplace.domain.calling_ports import Mail, Push
    from chalicelib.marketplace.services.accounts import Accounts
    from chalicelib.marketplace.services.admission import Admission
    from chalicelib.marketplace.services.announcing import Announcing
    from chalicelib.marketplace.services.attending import Attending
    from chalicelib.marketplace.services.bonuses import Bonuses
    from chalicelib.marketplace.services.call_sender import CallSender
    from chalicelib.marketplace.services.calling_links import Links
    from chalicelib.marketplace.services.calling_run import CallingRun
    from chalicelib.marketplace.services.callings import Callings
    from chalicelib.marketplace.services.candidates import Candidates
    from chalicelib.marketplace.services.changes import Changes
    from chalicelib.marketplace.services.consents import Consents
    from chalicelib.marketplace.services.contact import Contact
    from chalicelib.marketplace.services.earnings import Earnings
    from chalicelib.marketplace.services.hit_reports import HitReports
    from chalicelib.marketplace.services.invitations import Invitations
    from chalicelib.marketplace.services.lifecycle import Lifecycle
    from chalicelib.marketplace.services.listing import Listing
    from chalicelib.marketplace.services.notifications import Notifications
    from chalicelib.marketplace.services.pay import PayRecords
    from chalicelib.marketplace.services.policies import Policies
    from chalicelib.marketplace.services.policy_reports import PolicyReports
    from chalicelib.marketplace.services.postings import Postings
    from chalicelib.marketplace.services.profiles import Profiles
    from chalicelib.marketplace.services.qualification_requests import QualificationRequests
    from chalicelib.marketplace.services.qualification_types import QualificationTypes
    from chalicelib.marketplace.services.qualifications import Qualifications
    from chalicelib.marketplace.services.qualifying import Qualifying
    from chalicelib.marketplace.services.questions import Questions
    from chalicelib.marketplace.services.review import Review
    from chalicelib.marketplace.services.rounds import Rounds
    from chalicelib.marketplace.services.sessions import Sessions
    from chalicelib.marketplace.services.sign_up import SignUp
    from chalicelib.marketplace.services.signing_out import SigningOut
    from chalicelib.marketplace.services.submissions import Submissions
    from chalicelib.marketplace.services.tick import Tick
    from chalicelib.marketplace.services.work import Work
    from chalicelib.marketplace.services.work_times import WorkTimes
    from chalicelib.marketplace.services.worker_erasure import WorkerErasure
    from chalicelib.marketplace.services.workforce import Workforce
    from chalicelib.marketplace.store.announced import DynamoAnnounced
    from chalicelib.marketplace.store.callings import DynamoCallings
    from chalicelib.marketplace.store.calls import DynamoCalls
    from chalicelib.marketplace.store.consents import DynamoConsents
    from chalicelib.marketplace.store.contact import DynamoMessages
    from chalicelib.marketplace.store.erasure import DynamoErasure
    from chalicelib.marketplace.store.hit_reports import DynamoHitReports
    from chalicelib.marketplace.store.invitations import DynamoInvitations, DynamoSessions
    from chalicelib.marketplace.store.outbox import DynamoOutbox, DynamoSettings
    from chalicelib.marketplace.store.pay import DynamoPay
    from chalicelib.marketplace.store.qualification_requests import DynamoQualificationRequests
    from chalicelib.marketplace.store.timers import DynamoTimers
    from chalicelib.marketplace.store.work_times import DynamoWorkTimes
    from chalicelib.marketplace.store.worker_pay import DynamoWorkerPay


class Marketplace(Container):
    """What the marketplace offers: to requesters' programs, to workers, and by itself."""

    def __init__(
        self,
        config: MarketplaceConfig,
        clock: Clock,
        region: str,
        mail: Mail | None = None,
        push: Push | None = None,
    ) -> None:
        """Mail and push are those of the configuration unless they are given."""
        super().__init__()
        self.config = config
        self.clock = clock
        self.region = region
        self._mail = mail
        self._push = push

    @lazy
    def stores(self) -> Stores:
        from chalicelib.marketplace.store.assignments import DynamoAssignments
        from chalicelib.marketplace.store.changes import DynamoHitChanges
        from chalicelib.marketplace.store.contact import DynamoBlocks, DynamoBonuses
        from chalicelib.marketplace.store.hits import DynamoHits
        from chalicelib.marketplace.store.money import DynamoMoney
        from chalicelib.marketplace.store.offers import DynamoOffers
        from chalicelib.marketplace.store.people import DynamoRequesters, DynamoWorkers
        from chalicelib.marketplace.store.policies import DynamoReports
        from chalicelib.marketplace.store.qualification_types import DynamoQualificationTypes
        from chalicelib.marketplace.store.qualifications import DynamoQualifications
        from chalicelib.marketplace.store.rates import DynamoRates
        from chalicelib.marketplace.store.slots import DynamoSlots

        hits = DynamoHits()
        return Stores(
            hits=hits,
            changes=DynamoHitChanges(),
            slots=DynamoSlots(),
            offers=DynamoOffers(hits),
            assignments=DynamoAssignments(),
            money=DynamoMoney(),
            requesters=DynamoRequesters(),
            workers=DynamoWorkers(),
            blocks=DynamoBlocks(),
            bonuses=DynamoBonuses(),
            rates=DynamoRates(),
            types=DynamoQualificationTypes(),
            held=DynamoQualifications(),
            reports=DynamoReports(),
        )

    # What all others use.

    @lazy
    def qualifying(self) -> Qualifying:
        from chalicelib.marketplace.services.qualifying import Qualifying

        return Qualifying(self.stores.types, self.stores.held)

    @lazy
    def policies(self) -> Policies:
        from chalicelib.marketplace.services.policies import Policies

        return Policies(self.stores, self.clock)

    @lazy
    def lifecycle(self) -> Lifecycle:
        from chalicelib.marketplace.services.lifecycle import Lifecycle

        return Lifecycle(self.stores, self.policies, self.clock)

    @lazy
    def accounts(self) -> Accounts:
        from chalicelib.marketplace.services.accounts import Accounts

        return Accounts(
            self.stores.requesters,
            self.lifecycle,
            self.clock,
            self.config.master_key,
            self.config.keys_secret,
            self.config.initial_balance_cents,
        )

    # What happens by itself.

    @lazy
    def settings(self) -> DynamoSettings:
        from chalicelib.marketplace.store.outbox import DynamoSettings

        return DynamoSettings()

    @lazy
    def outbox(self) -> DynamoOutbox:
        from chalicelib.marketplace.store.outbox import DynamoOutbox

        return DynamoOutbox()

    @lazy
    def notifications(self) -> Notifications:
        from chalicelib.marketplace.domain.notifications import OwnDestinations
        from chalicelib.marketplace.services.notifications import Notifications
        from chalicelib.marketplace.transport import BotoTransport

        function = self.config.tick_function
        return Notifications(
            self.settings,
            self.outbox,
            BotoTransport(self.region),
            self.stores.hits,
            self.clock,
            self.stores.rates,
            LambdaStarter({"market_tick": function}, self.region) if function else None,
            OwnDestinations(frozenset(self.config.own_destinations), invocation.account.get),
        )

    @lazy
    def timers(self) -> DynamoTimers:
        from chalicelib.marketplace.store.timers import DynamoTimers

        return DynamoTimers()

    @lazy
    def tick(self) -> Tick:
        from chalicelib.marketplace.services.tick import Tick

        return Tick(self.stores, self.timers, self.lifecycle, self.notifications, self.clock)

    # What requesters' programs ask for.

    @lazy
    def postings(self) -> Postings:
        from chalicelib.marketplace.services.postings import Postings

        return Postings(
            self.stores,
            self.accounts,
            self.lifecycle,
            self.clock,
            self.qualifying,
            self.config.fees,
        )

    @lazy
    def review(self) -> Review:
        from chalicelib.marketplace.services.review import Review

        return Review(self.stores, self.postings, self.lifecycle, self.clock, self.config.fees)

    @lazy
    def changes(self) -> Changes:
        from chalicelib.marketplace.services.changes import Changes

        return Changes(self.stores, self.postings, self.lifecycle, self.clock, self.qualifying)

    @lazy
    def bonuses(self) -> Bonuses:
        from chalicelib.marketplace.services.bonuses import Bonuses

        return Bonuses(self.stores, self.postings)

    @lazy
    def messages(self) -> DynamoMessages:
        from chalicelib.marketplace.store.contact import DynamoMessages

        return DynamoMessages()

    @lazy
    def contact(self) -> Contact:
        from chalicelib.marketplace.services.contact import Contact

        return Contact(self.stores, self.messages, self.accounts.name_of, self.clock)

    @lazy
    def policy_reports(self) -> PolicyReports:
        from chalicelib.marketplace.services.policy_reports import PolicyReports

        return PolicyReports(self.stores, self.lifecycle)

    @lazy
    def pay_rows(self) -> DynamoPay:
        from chalicelib.marketplace.store.pay import DynamoPay

        return DynamoPay()

    @lazy
    def pay(self) -> PayRecords:
        from chalicelib.marketplace.services.pay import PayRecords

        return PayRecords(self.pay_rows, self.accounts, self.stores.workers, self.tick)

    @lazy
    def requests(self) -> DynamoQualificationRequests:
        from chalicelib.marketplace.store.qualification_requests import DynamoQualificationRequests

        return DynamoQualificationRequests()

    @lazy
    def qualification_types(self) -> QualificationTypes:
        from chalicelib.marketplace.services.qualification_types import QualificationTypes

        return QualificationTypes(self.stores, self.requests, self.accounts, self.clock)

    @lazy
    def qualifications(self) -> Qualifications:
        from chalicelib.marketplace.services.qualifications import Qualifications

        return Qualifications(
            self.stores, self.qualification_types, self.requests, self.postings, self.clock
        )

    @lazy
    def qualification_requests(self) -> QualificationRequests:
        from chalicelib.marketplace.services.qualification_requests import QualificationRequests

        return QualificationRequests(
            self.stores, self.qualification_types, self.requests, self.clock
        )

    @lazy
    def reported(self) -> DynamoHitReports:
        from chalicelib.marketplace.store.hit_reports import DynamoHitReports

        return DynamoHitReports()

    @lazy
    def hit_reports(self) -> HitReports:
        from chalicelib.marketplace.services.hit_reports import HitReports

        return HitReports(self.reported, self.stores.hits, self.postings, self.accounts, self.clock)

    # The workers' site.

    @lazy
    def entries(self) -> DynamoInvitations:
        from chalicelib.marketplace.store.invitations import DynamoInvitations

        return DynamoInvitations()

    @lazy
    def open_sessions(self) -> DynamoSessions:
        from chalicelib.marketplace.store.invitations import DynamoSessions

        return DynamoSessions()

    @lazy
    def sessions(self) -> Sessions:
        from chalicelib.marketplace.services.sessions import Sessions

        return Sessions(self.stores.workers, self.open_sessions, self.config, self.clock)

    @lazy
    def invitations(self) -> Invitations:
        from chalicelib.marketplace.services.invitations import Invitations

        return Invitations(
            self.entries,
            self.stores.workers,
            self.open_sessions,
            self.sessions,
            self.config,
            self.clock,
        )

    @lazy
    def sign_up(self) -> SignUp:
        from chalicelib.marketplace.services.sign_up import SignUp

        return SignUp(
            self.stores, self.entries, self.invitations, self.sessions, self.config, self.clock
        )

    @lazy
    def signing_out(self) -> SigningOut:
        from chalicelib.marketplace.services.signing_out import SigningOut

        return SigningOut(
            self.entries,
            self.stores.workers,
            self.invitations,
            self.sessions,
            self.config,
            self.clock,
        )

    @lazy
    def workforce(self) -> Workforce:
        from chalicelib.marketplace.services.workforce import Workforce

        return Workforce(self.stores.workers, self.choices, self.announced, self.clock)

    @lazy
    def erased(self) -> DynamoErasure:
        from chalicelib.marketplace.store.erasure import DynamoErasure

        return DynamoErasure()

    @lazy
    def worker_erasure(self) -> WorkerErasure:
        from chalicelib.marketplace.services.worker_erasure import WorkerErasure

        return WorkerErasure(self.erased, self.stores.workers, self.workforce, self.tick)

    @lazy
    def consent_texts(self) -> DynamoConsents:
        from chalicelib.marketplace.store.consents import DynamoConsents

        return DynamoConsents()

    @lazy
    def consents(self) -> Consents:
        from chalicelib.marketplace.services.consents import Consents

        return Consents(self.consent_texts, self.stores.requesters, self.clock)

    @lazy
    def questions(self) -> Questions:
        from chalicelib.marketplace.services.questions import Questions

        return Questions(self.stores, self.config, self.accounts.arrival_key_of, self.clock)

    @lazy
    def work_time_rows(self) -> DynamoWorkTimes:
        from chalicelib.marketplace.store.work_times import DynamoWorkTimes

        return DynamoWorkTimes()

    @lazy
    def work_times(self) -> WorkTimes:
        from chalicelib.marketplace.services.work_times import WorkTimes

        return WorkTimes(self.work_time_rows, self.clock)

    @lazy
    def listing(self) -> Listing:
        from chalicelib.marketplace.services.listing import Listing

        return Listing(self.stores, self.qualifying, self.questions, self.clock, self.work_times)

    @lazy
    def work(self) -> Work:
        from chalicelib.marketplace.services.work import Work

        return Work(
            self.stores,
            self.lifecycle,
            self.questions,
            self.clock,
            self.qualifying,
            self.consents,
            self.notifications,
        )

    @lazy
    def submissions(self) -> Submissions:
        from chalicelib.marketplace.services.submissions import Submissions

        return Submissions(
            self.stores, self.lifecycle, self.clock, self.work_times, self.notifications
        )

    @lazy
    def worker_pay(self) -> DynamoWorkerPay:
        from chalicelib.marketplace.store.worker_pay import DynamoWorkerPay

        return DynamoWorkerPay()

    @lazy
    def earnings(self) -> Earnings:
        from chalicelib.marketplace.services.earnings import Earnings

        return Earnings(self.stores, self.lifecycle, self.worker_pay)

    @lazy
    def profiles(self) -> Profiles:
        from chalicelib.marketplace.services.profiles import Profiles

        return Profiles(self.stores.workers)

    # Calling the crowd: who is told of what, by mail and push, and when.

    @lazy
    def choices(self) -> DynamoCallings:
        from chalicelib.marketplace.store.callings import DynamoCallings

        return DynamoCallings()

    @lazy
    def calls(self) -> DynamoCalls:
        from chalicelib.marketplace.store.calls import DynamoCalls

        return DynamoCalls()

    @lazy
    def announced(self) -> DynamoAnnounced:
        from chalicelib.marketplace.store.announced import DynamoAnnounced

        return DynamoAnnounced()

    @lazy
    def mail(self) -> Mail | None:
        from chalicelib.marketplace.mail import mail_of

        return self._mail or mail_of(
            self.config.mail, self.config.mail_from, self.region, self.clock
        )

    @lazy
    def push(self) -> Push | None:
        if self._push or not self.config.push_contact or not self.config.master_key:
            return self._push
        # It signs with elliptic curves, which take a while to load.
        from chalicelib.marketplace.web_push import WebPush

        return WebPush(
            self.config.master_key, self.config.push_contact, self.config.push_hosts, self.clock
        )

    @lazy
    def links(self) -> Links:
        from chalicelib.marketplace.services.calling_links import Links

        return Links(self.config)

    @lazy
    def admission(self) -> Admission:
        from chalicelib.marketplace.services.admission import Admission

        return Admission(self.stores.workers, self.config)

    @lazy
    def callings(self) -> Callings:
        from chalicelib.marketplace.services.callings import Callings

        return Callings(
            self.choices,
            self.mail,
            self.push,
            self.links,
            self.admission,
            self.stores.rates,
            self.config,
            self.clock,
        )

    @lazy
    def announcing(self) -> Announcing:
        from chalicelib.marketplace.services.announcing import Announcing

        return Announcing(
            self.announced, self.stores.hits, self.qualifying, self.accounts.name_of, self.clock
        )

    @lazy
    def attending(self) -> Attending:
        from chalicelib.marketplace.services.attending import Attending

        return Attending(
            self.announced,
            self.calls,
            self.callings,
            self.admission,
            self.stores.blocks,
            self.qualifying,
            self.clock,
        )

    @lazy
    def candidates(self) -> Candidates:
        from chalicelib.marketplace.services.candidates import Candidates

        return Candidates(
            self.stores, self.announced, self.attending, self.qualifying, self.config, self.clock
        )

    @lazy
    def rounds(self) -> Rounds:
        from chalicelib.marketplace.services.rounds import Rounds

        return Rounds(
            self.choices,
            self.calls,
            self.announced,
            self.stores.offers,
            self.candidates,
            self.clock,
        )

    @lazy
    def call_sender(self) -> CallSender:
        from chalicelib.marketplace.services.call_sender import CallSender

        return CallSender(
            self.stores,
            self.calls,
            self.callings,
            self.announced,
            self.mail,
            self.push,
            self.links,
            self.clock,
        )

    @lazy
    def calling_run(self) -> CallingRun:
        from chalicelib.marketplace.services.calling_run import CallingRun

        return CallingRun(self.rounds, self.call_sender, self.clock)


def assemble(
    dynamo: Dynamo,
    config: MarketplaceConfig,
    clock: Clock,
    *,
    mail: Mail | None = None,
    push: Push | None = None,
) -> Marketplace:
    """Bind the tables to the connection and wire the services; creates nothing."""
    from chalicelib.marketplace.store.tables import MODELS

    dynamo.bind(MODELS)
    return Marketplace(config, clock, dynamo.region, mail, push)
