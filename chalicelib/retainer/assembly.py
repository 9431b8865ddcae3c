"""Wires the service: stores, markets and clock handed to the services, once per process."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.clock import Clock
from chalicelib.config import RetainerConfig
from chalicelib.dynamo import Dynamo
from chalicelib.metrics import Metrics, NoMetrics
from chalicelib.retainer.api.throttle import SeatThrottle
from chalicelib.retainer.domain.market import Market
from chalicelib.retainer.domain.ports import Starter
from chalicelib.retainer.domain.pseudonyms import Pseudonyms
from chalicelib.retainer.market.mturk import MTurkMarket
from chalicelib.retainer.services.allowance import Allowance
from chalicelib.retainer.services.arrivals import Arrivals
from chalicelib.retainer.services.call_records import CallRecords
from chalicelib.retainer.services.clearing import Clearing
from chalicelib.retainer.services.compensation import Compensation
from chalicelib.retainer.services.costs import Costs
from chalicelib.retainer.services.decisions import Decisions
from chalicelib.retainer.services.dispatch import Dispatch
from chalicelib.retainer.services.earned import Earned
from chalicelib.retainer.services.erasure import Erasure
from chalicelib.retainer.services.errands import Errands
from chalicelib.retainer.services.events import Events
from chalicelib.retainer.services.exports import Exports
from chalicelib.retainer.services.fees import FeesOf
from chalicelib.retainer.services.foresight import Foresight
from chalicelib.retainer.services.gauges import Gauges
from chalicelib.retainer.services.histories import Histories
from chalicelib.retainer.services.hits import Hits
from chalicelib.retainer.services.keys import Keys
from chalicelib.retainer.services.measuring import Measuring
from chalicelib.retainer.services.pages import Pages
from chalicelib.retainer.services.parts import Parts
from chalicelib.retainer.services.payments import PaymentList
from chalicelib.retainer.services.payroll import Payroll
from chalicelib.retainer.services.people import People
from chalicelib.retainer.services.pools import Pools
from chalicelib.retainer.services.posting import Poster
from chalicelib.retainer.services.protohits import ProtoHits
from chalicelib.retainer.services.reckoning import Reckoning
from chalicelib.retainer.services.reservation_search import ReservationSearch
from chalicelib.retainer.services.reservations import Reservations
from chalicelib.retainer.services.results import ResultsOf
from chalicelib.retainer.services.retention import Retention
from chalicelib.retainer.services.review import Review
from chalicelib.retainer.services.seating import Seating
from chalicelib.retainer.services.shared_sizer import SharedSizer
from chalicelib.retainer.services.sizer import Caps, Sizer
from chalicelib.retainer.services.sizing import Sizing
from chalicelib.retainer.services.status import Status
from chalicelib.retainer.services.stays import Stays
from chalicelib.retainer.store.errands import DynamoErrands
from chalicelib.retainer.store.keys import DynamoKeys
from chalicelib.retainer.store.ledgers import DynamoLedgers
from chalicelib.retainer.store.notes import DynamoNotes
from chalicelib.retainer.store.payments import DynamoPayments
from chalicelib.retainer.store.people import DynamoPeople
from chalicelib.retainer.store.postings import DynamoPostings
from chalicelib.retainer.store.protohits import DynamoProtoHits
from chalicelib.retainer.store.reservations import DynamoReservations
from chalicelib.retainer.store.seats import DynamoSeats
from chalicelib.retainer.store.submissions import DynamoSubmissions
from chalicelib.retainer.store.tables import MODELS
from chalicelib.starter import LambdaStarter


@dataclass(frozen=True, slots=True)
class Retainer:
    """The service's parts, as the API and the event handlers use them."""

    config: RetainerConfig
    clock: Clock
    keys: Keys
    arrivals: Arrivals
    dispatch: Dispatch
    reservations: Reservations
    results: ResultsOf
    pools: Pools
    pages: Pages
    sizing: Sizing
    review: Review
    decisions: Decisions
    errands: Errands
    events: Events
    costs: Costs
    people: People
    parts: Parts
    exports: Exports
    erasure: Erasure
    retention: Retention
    payments: PaymentList
    status: Status
    protohits: ProtoHits
    histories: Histories
    reservation_search: ReservationSearch
    hits: Hits
    starter: Starter
    throttle: SeatThrottle


def assemble(
    dynamo: Dynamo,
    config: RetainerConfig,
    clock: Clock,
    markets: Mapping[str, Market] | None = None,
    starter: Starter | None = None,
    metrics: Metrics | None = None,
) -> Retainer:
    """Wire the service; `markets` and `starter` stand in for those of the configuration. Without
    `metrics` nothing is counted."""
    metrics = metrics or NoMetrics()
    dynamo.bind(MODELS)
    if markets is None:
        markets = {
            n: MTurkMarket(m, dynamo.region, config.events_queue) for n, m in config.markets.items()
        }
    if starter is None:
        functions = {"size_pools": config.sizing_function, "review": config.review_function}
        starter = LambdaStarter(functions, dynamo.region)
    seats, ledgers, postings = DynamoSeats(), DynamoLedgers(), DynamoPostings()
    protos, stored, notes = DynamoProtoHits(), DynamoReservations(), DynamoNotes()
    submissions, people = DynamoSubmissions(), DynamoPeople()
    errands_store = DynamoErrands()
    seating = Seating(seats, config.seat_secret)
    pseudonyms = Pseudonyms(config.seat_secret)
    parts = Parts(people, seats, ledgers, protos, notes, markets, pseudonyms, clock)
    stays = Stays(people, parts)
    fees = FeesOf(notes, markets, clock)
    pools = Pools(seats, ledgers, postings, protos, notes, fees, clock)
    measuring = Measuring(notes, clock)
    calls = CallRecords(seats, measuring, metrics)
    payments = DynamoPayments()
    poster = Poster(postings, payments, markets, fees, clock)
    caps = Caps(
        config.max_hits_out,
        config.max_spend_hour_cents,
        config.max_spend_day_cents,
        config.max_waiting,
    )
    reservations = Reservations(stored, ledgers, protos, pools, measuring, starter, clock)
    due = reservations.invoke_due
    sizer = Sizer(seats, ledgers, notes, poster, pools, measuring, markets, caps, clock, due)
    shared = SharedSizer(sizer, ledgers, notes, poster, pools, measuring, clock)
    earned = Earned(seats, ledgers)
    compensation = Compensation(payments, notes, protos, config.wait_url, clock)
    allowance = Allowance(protos, poster, caps, clock)
    payroll = Payroll(payments, markets, allowance, compensation, clock, metrics)
    reckoning = Reckoning(seats, postings, payments, notes, earned, markets, fees, clock)
    review = Review(
        protos,
        seats,
        ledgers,
        postings,
        submissions,
        notes,
        payments,
        earned,
        payroll,
        reckoning,
        stays,
        measuring,
        markets,
        fees,
        clock,
        metrics,
    )
    costs = Costs(protos, payments, clock)
    foresight = Foresight(seats, ledgers, postings, notes, payments, markets, fees, caps, clock)
    clearing = Clearing(people, seats, ledgers, postings, submissions, payments, pseudonyms, clock)
    erasure = Erasure(people, clearing, payments, errands_store, notes, pseudonyms, starter, clock)
    keep = config.retention_days
    return Retainer(
        config=config,
        clock=clock,
        keys=Keys(DynamoKeys(), clock),
        arrivals=Arrivals(seats, ledgers, postings, protos, markets, seating, stays, parts, clock),
        dispatch=Dispatch(
            seats, ledgers, stored, protos, seating, calls, parts, due, clock, random.random
        ),
        reservations=reservations,
        results=ResultsOf(ledgers, submissions, payments, seats, notes, starter, clock),
        pools=pools,
        pages=Pages(postings, protos),
        sizing=Sizing(
            protos,
            ledgers,
            notes,
            poster,
            sizer,
            markets,
            clock,
            shared,
            fees,
            Gauges(metrics, caps),
        ),
        review=review,
        decisions=Decisions(submissions, starter),
        errands=Errands(errands_store, payments, seats, people, markets, fees, starter, clock),
        events=Events(seats, ledgers, postings, notes, review, starter, clock),
        costs=costs,
        status=Status(
            protos,
            ledgers,
            notes,
            submissions,
            poster,
            costs,
            foresight,
            markets,
            fees,
            caps,
            clock,
        ),
        people=People(
            people, seats, ledgers, postings, submissions, payments, errands_store, clock
        ),
        parts=parts,
        exports=Exports(protos, stored, ledgers, submissions, payments, pseudonyms, keep, clock),
        erasure=erasure,
        retention=Retention(protos, people, clearing, erasure, keep, clock),
        payments=PaymentList(protos, payments),
        protohits=ProtoHits(
            protos, ledgers, submissions, payments, poster, measuring, sizer, markets, fees, clock
        ),
        histories=Histories(seats, ledgers, submissions, payments, clock),
        reservation_search=ReservationSearch(reservations, stored, ledgers),
        hits=Hits(protos, postings, payments, markets, starter),
        starter=starter,
        throttle=SeatThrottle(clock),
    )
