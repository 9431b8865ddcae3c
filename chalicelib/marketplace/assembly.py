"""Puts the marketplace together: the only place that picks implementations."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.clock import Clock
from chalicelib.config import MarketplaceConfig
from chalicelib.dynamo import Dynamo
from chalicelib.marketplace.domain.calling_ports import CallStore, Mail, Push
from chalicelib.marketplace.mail import mail_of
from chalicelib.marketplace.services.accounts import Accounts
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
from chalicelib.marketplace.services.submissions import Submissions
from chalicelib.marketplace.services.tick import Tick
from chalicelib.marketplace.services.work import Work
from chalicelib.marketplace.services.work_times import WorkTimes
from chalicelib.marketplace.services.workforce import Workforce
from chalicelib.marketplace.store.announced import DynamoAnnounced
from chalicelib.marketplace.store.assignments import DynamoAssignments
from chalicelib.marketplace.store.callings import DynamoCallings
from chalicelib.marketplace.store.calls import DynamoCalls
from chalicelib.marketplace.store.changes import DynamoHitChanges
from chalicelib.marketplace.store.consents import DynamoConsents
from chalicelib.marketplace.store.contact import DynamoBlocks, DynamoBonuses, DynamoMessages
from chalicelib.marketplace.store.hit_reports import DynamoHitReports
from chalicelib.marketplace.store.hits import DynamoHits
from chalicelib.marketplace.store.invitations import DynamoInvitations, DynamoSessions
from chalicelib.marketplace.store.money import DynamoMoney
from chalicelib.marketplace.store.offers import DynamoOffers
from chalicelib.marketplace.store.outbox import DynamoOutbox, DynamoSettings
from chalicelib.marketplace.store.pay import DynamoPay
from chalicelib.marketplace.store.people import DynamoRequesters, DynamoWorkers
from chalicelib.marketplace.store.policies import DynamoReports
from chalicelib.marketplace.store.qualification_requests import DynamoQualificationRequests
from chalicelib.marketplace.store.qualification_types import DynamoQualificationTypes
from chalicelib.marketplace.store.qualifications import DynamoQualifications
from chalicelib.marketplace.store.slots import DynamoSlots
from chalicelib.marketplace.store.tables import MODELS
from chalicelib.marketplace.store.timers import DynamoTimers
from chalicelib.marketplace.store.work_times import DynamoWorkTimes
from chalicelib.marketplace.store.worker_pay import DynamoWorkerPay
from chalicelib.marketplace.transport import BotoTransport
from chalicelib.marketplace.web_push import WebPush
from chalicelib.starter import LambdaStarter


@dataclass(frozen=True, slots=True)
class Marketplace:
    """What the marketplace offers: to requesters' programs, then to workers."""

    config: MarketplaceConfig
    clock: Clock
    accounts: Accounts
    postings: Postings
    review: Review
    changes: Changes
    bonuses: Bonuses
    contact: Contact
    policies: Policies
    policy_reports: PolicyReports
    notifications: Notifications
    tick: Tick
    pay: PayRecords
    sessions: Sessions
    invitations: Invitations
    sign_up: SignUp
    workforce: Workforce
    listing: Listing
    work: Work
    questions: Questions
    submissions: Submissions
    earnings: Earnings
    qualification_types: QualificationTypes
    qualifications: Qualifications
    qualification_requests: QualificationRequests
    profiles: Profiles
    consents: Consents
    hit_reports: HitReports
    links: Links
    callings: Callings
    announcing: Announcing
    attending: Attending
    calls: CallStore
    call_sender: CallSender
    calling_run: CallingRun


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
    hits = DynamoHits()
    slots = DynamoSlots()
    offers = DynamoOffers(hits)
    assignments = DynamoAssignments()
    money = DynamoMoney()
    workers = DynamoWorkers()
    blocks = DynamoBlocks()
    changes, reports = DynamoHitChanges(), DynamoReports()
    policies = Policies(reports, hits, changes, offers, assignments, money, clock)
    lifecycle = Lifecycle(hits, slots, assignments, money, workers, policies, clock)
    requesters = DynamoRequesters()
    accounts = Accounts(
        requesters,
        lifecycle,
        clock,
        config.master_key,
        config.keys_secret,
        config.initial_balance_cents,
    )
    work_times = WorkTimes(DynamoWorkTimes(), clock)
    consents = Consents(DynamoConsents(), requesters, clock)
    bonuses = DynamoBonuses()
    types, held = DynamoQualificationTypes(), DynamoQualifications()
    requests = DynamoQualificationRequests()
    qualifying = Qualifying(types, held)
    kinds = QualificationTypes(types, requests, hits, accounts, clock)
    postings = Postings(hits, offers, accounts, lifecycle, clock, qualifying, config.fees)
    questions = Questions(hits, assignments, config, accounts.arrival_key_of, clock)
    transport = BotoTransport(dynamo.region)
    tick_function = config.tick_function
    starter = (
        LambdaStarter({"market_tick": tick_function}, dynamo.region) if tick_function else None
    )
    notifications = Notifications(DynamoSettings(), DynamoOutbox(), transport, hits, clock, starter)
    tick = Tick(DynamoTimers(), hits, assignments, lifecycle, notifications, clock)
    entries, open_sessions = DynamoInvitations(), DynamoSessions()
    sessions = Sessions(workers, open_sessions, config, clock)
    invitations = Invitations(entries, workers, open_sessions, sessions, config, clock)
    links = Links(config)
    choices, planned, announced = DynamoCallings(), DynamoCalls(), DynamoAnnounced()
    mail = mail or mail_of(config.mail, config.mail_from, dynamo.region, clock)
    push = push or _push(config, clock)
    callings = Callings(choices, mail, push, links, config, clock)
    attending = Attending(announced, planned, callings, workers, blocks, qualifying, links, clock)
    candidates = Candidates(
        announced, attending, workers, blocks, assignments, qualifying, config, clock
    )
    rounds = Rounds(choices, planned, announced, offers, candidates, clock)
    sender = CallSender(planned, callings, announced, hits, mail, push, links, clock)
    return Marketplace(
        config=config,
        clock=clock,
        accounts=accounts,
        postings=postings,
        review=Review(assignments, money, postings, lifecycle, clock, config.fees),
        changes=Changes(changes, hits, offers, postings, lifecycle, clock, qualifying),
        bonuses=Bonuses(bonuses, assignments, postings),
        contact=Contact(blocks, DynamoMessages(), workers, accounts.name_of, clock),
        policies=policies,
        policy_reports=PolicyReports(reports, assignments, lifecycle),
        notifications=notifications,
        tick=tick,
        pay=PayRecords(DynamoPay(), accounts, workers, tick),
        sessions=sessions,
        invitations=invitations,
        sign_up=SignUp(entries, workers, invitations, sessions, config, clock),
        workforce=Workforce(workers),
        listing=Listing(
            hits, offers, assignments, blocks, qualifying, questions, clock, work_times
        ),
        work=Work(
            hits,
            slots,
            offers,
            assignments,
            workers,
            blocks,
            lifecycle,
            questions,
            clock,
            qualifying,
            consents,
            notifications,
        ),
        questions=questions,
        submissions=Submissions(hits, assignments, lifecycle, clock, work_times, notifications),
        earnings=Earnings(hits, assignments, workers, lifecycle, DynamoWorkerPay(), bonuses),
        qualification_types=kinds,
        qualifications=Qualifications(
            kinds, types, held, requests, hits, assignments, workers, postings, clock
        ),
        qualification_requests=QualificationRequests(
            kinds, types, held, requests, hits, assignments, clock
        ),
        profiles=Profiles(workers),
        consents=consents,
        hit_reports=HitReports(DynamoHitReports(), hits, postings, accounts, clock),
        links=links,
        callings=callings,
        announcing=Announcing(announced, hits, qualifying, accounts.name_of, clock),
        attending=attending,
        calls=planned,
        call_sender=sender,
        calling_run=CallingRun(rounds, sender, clock),
    )


def _push(config: MarketplaceConfig, clock: Clock) -> Push | None:
    if not config.push_contact or not config.master_key:
        return None
    return WebPush(config.master_key, config.push_contact, config.push_hosts, clock)
