"""Wires what requesters' programs ask for: HITs, decisions, money, qualifications, messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.marketplace.services.bonuses import Bonuses
from chalicelib.marketplace.services.changes import Changes
from chalicelib.marketplace.services.contact import Contact
from chalicelib.marketplace.services.hit_reports import HitReports
from chalicelib.marketplace.services.pay import PayRecords
from chalicelib.marketplace.services.policy_reports import PolicyReports
from chalicelib.marketplace.services.postings import Postings
from chalicelib.marketplace.services.qualification_requests import QualificationRequests
from chalicelib.marketplace.services.qualification_types import QualificationTypes
from chalicelib.marketplace.services.qualifications import Qualifications
from chalicelib.marketplace.services.review import Review
from chalicelib.marketplace.store.contact import DynamoMessages
from chalicelib.marketplace.store.hit_reports import DynamoHitReports
from chalicelib.marketplace.store.pay import DynamoPay
from chalicelib.marketplace.store.qualification_requests import DynamoQualificationRequests

if TYPE_CHECKING:
    from chalicelib.marketplace.assembly import Shared


@dataclass(frozen=True, slots=True)
class Requests:
    postings: Postings
    review: Review
    changes: Changes
    bonuses: Bonuses
    contact: Contact
    policy_reports: PolicyReports
    pay: PayRecords
    qualification_types: QualificationTypes
    qualifications: Qualifications
    qualification_requests: QualificationRequests
    hit_reports: HitReports


def requests_of(given: Shared) -> Requests:
    config, clock, accounts = given.config, given.clock, given.accounts
    asked = DynamoQualificationRequests()
    kinds = QualificationTypes(given.types, asked, given.hits, accounts, clock)
    postings = Postings(
        given.hits, given.offers, accounts, given.lifecycle, clock, given.qualifying, config.fees
    )
    return Requests(
        postings=postings,
        review=Review(
            given.assignments, given.money, postings, given.lifecycle, clock, config.fees
        ),
        changes=Changes(
            given.made_changes,
            given.hits,
            given.offers,
            postings,
            given.lifecycle,
            clock,
            given.qualifying,
        ),
        bonuses=Bonuses(given.paid_bonuses, given.assignments, postings),
        contact=Contact(given.blocks, DynamoMessages(), given.workers, accounts.name_of, clock),
        policy_reports=PolicyReports(given.reports, given.assignments, given.lifecycle),
        pay=PayRecords(DynamoPay(), accounts, given.workers, given.tick),
        qualification_types=kinds,
        qualifications=Qualifications(
            kinds,
            given.types,
            given.held,
            asked,
            given.hits,
            given.assignments,
            given.workers,
            postings,
            clock,
        ),
        qualification_requests=QualificationRequests(
            kinds, given.types, given.held, asked, given.hits, given.assignments, clock
        ),
        hit_reports=HitReports(DynamoHitReports(), given.hits, postings, accounts, clock),
    )
