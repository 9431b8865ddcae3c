"""Wires what people look at and decide: status, records, money, ProtoHITs, exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.retainer.services.costs import Costs
from chalicelib.retainer.services.decisions import Decisions
from chalicelib.retainer.services.exports import Exports
from chalicelib.retainer.services.foresight import Foresight
from chalicelib.retainer.services.histories import Histories
from chalicelib.retainer.services.hits import Hits
from chalicelib.retainer.services.payments import PaymentList
from chalicelib.retainer.services.people import People
from chalicelib.retainer.services.protohits import ProtoHits
from chalicelib.retainer.services.reservation_search import ReservationSearch
from chalicelib.retainer.services.status import Status

if TYPE_CHECKING:
    from chalicelib.retainer.assembly import Shared
    from chalicelib.retainer.assembly_runs import Runs


@dataclass(frozen=True, slots=True)
class Desk:
    decisions: Decisions
    costs: Costs
    people: People
    exports: Exports
    payments: PaymentList
    status: Status
    protohits: ProtoHits
    histories: Histories
    reservation_search: ReservationSearch
    hits: Hits


def desk_of(given: Shared, runs: Runs) -> Desk:
    clock, markets, fees = given.clock, given.markets, given.fees
    costs = Costs(given.protos, given.payments, clock)
    foresight = Foresight(
        given.seats,
        given.ledgers,
        given.postings,
        given.notes,
        given.payments,
        markets,
        fees,
        runs.caps,
        clock,
    )
    return Desk(
        decisions=Decisions(given.submissions, given.starter),
        costs=costs,
        people=People(
            given.records,
            runs.errands_store,
            given.attendance,
            clock,
        ),
        exports=Exports(
            given.protos,
            given.stored,
            given.ledgers,
            given.submissions,
            given.payments,
            given.pseudonyms,
            given.config.retention_days,
            clock,
        ),
        payments=PaymentList(given.protos, given.payments),
        status=Status(
            given.protos,
            given.ledgers,
            given.notes,
            given.submissions,
            runs.poster,
            costs,
            foresight,
            markets,
            fees,
            runs.caps,
            clock,
        ),
        protohits=ProtoHits(
            given.protos,
            given.ledgers,
            given.submissions,
            given.payments,
            runs.poster,
            given.measuring,
            runs.sizer,
            markets,
            fees,
            clock,
        ),
        histories=Histories(given.seats, given.ledgers, given.submissions, given.payments, clock),
        reservation_search=ReservationSearch(given.reservations, given.stored, given.ledgers),
        hits=Hits(given.protos, given.postings, given.payments, markets, given.starter),
    )
