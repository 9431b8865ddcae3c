"""Wires the workers' site: how they come in, what they find, do, and have earned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.marketplace.services.consents import Consents
from chalicelib.marketplace.services.earnings import Earnings
from chalicelib.marketplace.services.invitations import Invitations
from chalicelib.marketplace.services.listing import Listing
from chalicelib.marketplace.services.profiles import Profiles
from chalicelib.marketplace.services.questions import Questions
from chalicelib.marketplace.services.sessions import Sessions
from chalicelib.marketplace.services.sign_up import SignUp
from chalicelib.marketplace.services.signing_out import SigningOut
from chalicelib.marketplace.services.submissions import Submissions
from chalicelib.marketplace.services.work import Work
from chalicelib.marketplace.services.work_times import WorkTimes
from chalicelib.marketplace.services.worker_erasure import WorkerErasure
from chalicelib.marketplace.services.workforce import Workforce
from chalicelib.marketplace.store.announced import DynamoAnnounced
from chalicelib.marketplace.store.callings import DynamoCallings
from chalicelib.marketplace.store.consents import DynamoConsents
from chalicelib.marketplace.store.erasure import DynamoErasure
from chalicelib.marketplace.store.invitations import DynamoInvitations, DynamoSessions
from chalicelib.marketplace.store.work_times import DynamoWorkTimes
from chalicelib.marketplace.store.worker_pay import DynamoWorkerPay

if TYPE_CHECKING:
    from chalicelib.marketplace.assembly import Shared


@dataclass(frozen=True, slots=True)
class Site:
    sessions: Sessions
    invitations: Invitations
    sign_up: SignUp
    signing_out: SigningOut
    workforce: Workforce
    worker_erasure: WorkerErasure
    listing: Listing
    work: Work
    questions: Questions
    submissions: Submissions
    earnings: Earnings
    profiles: Profiles
    consents: Consents


def site_of(given: Shared) -> Site:
    config, clock = given.config, given.clock
    work_times = WorkTimes(DynamoWorkTimes(), clock)
    consents = Consents(DynamoConsents(), given.requesters, clock)
    questions = Questions(
        given.hits, given.assignments, config, given.accounts.arrival_key_of, clock
    )
    entries, open_sessions = DynamoInvitations(), DynamoSessions()
    sessions = Sessions(given.workers, open_sessions, config, clock)
    invitations = Invitations(entries, given.workers, open_sessions, sessions, config, clock)
    workforce = Workforce(given.workers, DynamoCallings(), DynamoAnnounced(), clock)
    return Site(
        sessions=sessions,
        invitations=invitations,
        sign_up=SignUp(entries, given.workers, invitations, sessions, config, clock, given.rates),
        signing_out=SigningOut(entries, given.workers, invitations, sessions, config, clock),
        workforce=workforce,
        worker_erasure=WorkerErasure(DynamoErasure(), given.workers, workforce, given.tick),
        listing=Listing(
            given.hits,
            given.offers,
            given.assignments,
            given.blocks,
            given.qualifying,
            questions,
            clock,
            work_times,
        ),
        work=Work(
            given.hits,
            given.slots,
            given.offers,
            given.assignments,
            given.workers,
            given.blocks,
            given.lifecycle,
            questions,
            clock,
            given.qualifying,
            consents,
            given.notifications,
            given.rates,
        ),
        questions=questions,
        submissions=Submissions(
            given.hits,
            given.assignments,
            given.lifecycle,
            clock,
            work_times,
            given.notifications,
        ),
        earnings=Earnings(
            given.hits,
            given.assignments,
            given.workers,
            given.lifecycle,
            DynamoWorkerPay(),
            given.paid_bonuses,
        ),
        profiles=Profiles(given.workers),
        consents=consents,
    )
