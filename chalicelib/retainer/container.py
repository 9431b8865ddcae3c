"""Wires the service: each part is built, and its module loaded, when it is first asked for.

So a worker's poll on a cold start waits for no sizing, no review and no console.
"""

from __future__ import annotations

import random
from collections.abc import Container as Holding
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chalicelib.kit.lazy import Container, lazy
from chalicelib.kit.metrics import Metrics, NoMetrics
from chalicelib.kit.starter import LambdaStarter
from chalicelib.retainer.stores import Stores

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.kit.config import MarketConfig, RetainerConfig
    from chalicelib.kit.dynamo.connection import Dynamo
    from chalicelib.retainer.api.throttle import SeatThrottle
    from chalicelib.retainer.domain.market import Market
    from chalicelib.retainer.domain.ports import Starter
    from chalicelib.retainer.domain.pseudonyms import Pseudonyms
    from chalicelib.retainer.services.allowance import Allowance
    from chalicelib.retainer.services.arrivals import Arrivals
    from chalicelib.retainer.services.attendance import Attendance
    from chalicelib.retainer.services.call_records import CallRecords
    from chalicelib.retainer.services.claiming import Claiming
    from chalicelib.retainer.services.clearing import Clearing
    from chalicelib.retainer.services.compensation import Compensation
    from chalicelib.retainer.services.costs import Costs
    from chalicelib.retainer.services.decisions import Decisions
    from chalicelib.retainer.services.dispatch import Dispatch
    from chalicelib.retainer.services.earned import Earned
    from chalicelib.retainer.services.ended import Ended
    from chalicelib.retainer.services.endings import Endings
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
    from chalicelib.retainer.services.long_polls import LongPolls
    from chalicelib.retainer.services.measuring import Measuring
    from chalicelib.retainer.services.pages import Pages
    from chalicelib.retainer.services.parts import Parts
    from chalicelib.retainer.services.payments import PaymentList
    from chalicelib.retainer.services.payroll import Payroll
    from chalicelib.retainer.services.people import People
    from chalicelib.retainer.services.pools import Pools
    from chalicelib.retainer.services.posting import Poster
    from chalicelib.retainer.services.proof import Proof
    from chalicelib.retainer.services.protohits import ProtoHits
    from chalicelib.retainer.services.reckoning import Reckoning
    from chalicelib.retainer.services.reservation_search import ReservationSearch
    from chalicelib.retainer.services.reservations import Reservations
    from chalicelib.retainer.services.results import ResultsOf
    from chalicelib.retainer.services.retention import Retention
    from chalicelib.retainer.services.review import Review
    from chalicelib.retainer.services.review_run import ReviewRun
    from chalicelib.retainer.services.seating import Seating
    from chalicelib.retainer.services.shared_sizer import SharedSizer
    from chalicelib.retainer.services.sizer import Caps, Sizer
    from chalicelib.retainer.services.sizing import Sizing
    from chalicelib.retainer.services.status import Status
    from chalicelib.retainer.services.stays import Stays
    from chalicelib.retainer.services.turns import Turns
    from chalicelib.retainer.services.wait_pay import WaitPay
    from chalicelib.retainer.store.notes import DynamoNotes


class Markets(Mapping[str, "Market"]):
    """The configured markets by name; each is made when it is first needed."""

    def __init__(self, configs: Mapping[str, MarketConfig], region: str, queue: str) -> None:
        self._configs = configs
        self._region = region
        self._queue = queue
        self._made: dict[str, Market] = {}

    def __getitem__(self, name: str) -> Market:
        if name not in self._made:
            # Deferred: a poll needs no market.
            from chalicelib.retainer.market.mturk import MTurkMarket

            self._made.setdefault(name, MTurkMarket(self._configs[name], self._region, self._queue))
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._configs

    def __iter__(self) -> Iterator[str]:
        return iter(self._configs)

    def __len__(self) -> int:
        return len(self._configs)


class Retainer(Container):
    """The service's parts, as the API and the event handlers use them."""

    def __init__(
        self,
        config: RetainerConfig,
        clock: Clock,
        markets: Mapping[str, Market],
        starter: Starter,
        metrics: Metrics,
        signing: Holding[str],
        stores: Stores | None = None,
    ) -> None:
        """`signing` are the markets that sign arrivals, by name; `stores` are DynamoDB's unless
        others are given."""
        super().__init__()
        self._given = stores
        self.config = config
        self.clock = clock
        self.markets = markets
        self.starter = starter
        self.metrics = metrics
        self.signing = signing

    @lazy
    def notes(self) -> DynamoNotes:
        """Leases, reports, measures, fees, places of long polls: several ports, one table."""
        from chalicelib.retainer.store.notes import DynamoNotes

        return DynamoNotes()

    @lazy
    def stores(self) -> Stores:
        if self._given is not None:
            return self._given
        from chalicelib.retainer.store.errands import DynamoErrands
        from chalicelib.retainer.store.keys import DynamoKeys
        from chalicelib.retainer.store.ledgers import DynamoLedgers
        from chalicelib.retainer.store.payments import DynamoPayments
        from chalicelib.retainer.store.people import DynamoPeople
        from chalicelib.retainer.store.postings import DynamoPostings
        from chalicelib.retainer.store.protohits import DynamoProtoHits
        from chalicelib.retainer.store.reservations import DynamoReservations
        from chalicelib.retainer.store.seats import DynamoSeats
        from chalicelib.retainer.store.submissions import DynamoSubmissions

        return Stores(
            protos=DynamoProtoHits(self.signing),
            reservations=DynamoReservations(),
            ledgers=DynamoLedgers(),
            seats=DynamoSeats(),
            postings=DynamoPostings(),
            submissions=DynamoSubmissions(),
            payments=DynamoPayments(),
            people=DynamoPeople(),
            errands=DynamoErrands(),
            notes=self.notes,
            keys=DynamoKeys(),
        )

    # What all others use.

    @lazy
    def pseudonyms(self) -> Pseudonyms:
        from chalicelib.retainer.domain.pseudonyms import Pseudonyms

        return Pseudonyms(self.config.seat_secret)

    @lazy
    def parts(self) -> Parts:
        from chalicelib.retainer.services.parts import Parts

        return Parts(self.stores, self.markets, self.pseudonyms, self.clock)

    @lazy
    def attendance(self) -> Attendance:
        from chalicelib.retainer.services.attendance import Attendance

        return Attendance(self.stores, self.config.max_unanswered)

    @lazy
    def stays(self) -> Stays:
        from chalicelib.retainer.services.stays import Stays

        return Stays(self.stores.people, self.parts)

    @lazy
    def fees(self) -> FeesOf:
        from chalicelib.retainer.services.fees import FeesOf

        return FeesOf(self.notes, self.markets, self.clock)

    @lazy
    def pools(self) -> Pools:
        from chalicelib.retainer.services.pools import Pools

        return Pools(
            self.stores.seats,
            self.stores.ledgers,
            self.stores.postings,
            self.stores.protos,
            self.notes,
            self.fees,
            self.clock,
        )

    @lazy
    def measuring(self) -> Measuring:
        from chalicelib.retainer.services.measuring import Measuring

        return Measuring(self.notes, self.clock)

    @lazy
    def calls(self) -> CallRecords:
        from chalicelib.retainer.services.call_records import CallRecords

        return CallRecords(self.stores.seats, self.measuring, self.metrics)

    @lazy
    def endings(self) -> Endings:
        from chalicelib.retainer.services.endings import Endings

        return Endings(self.stores, self.calls, self.attendance, self.pools, self.clock)

    @lazy
    def reservations(self) -> Reservations:
        from chalicelib.retainer.services.reservations import Reservations

        return Reservations(
            self.stores.reservations,
            self.stores.ledgers,
            self.stores.protos,
            self.pools,
            self.measuring,
            self.starter,
            self.config.max_wait_pay_hour_cents,
            self.clock,
        )

    # What pages ask for.

    @lazy
    def throttle(self) -> SeatThrottle:
        from chalicelib.retainer.api.throttle import SeatThrottle

        return SeatThrottle(self.clock)

    @lazy
    def pages(self) -> Pages:
        from chalicelib.retainer.services.pages import Pages

        return Pages(self.stores, self.config.max_unanswered, self.config.max_wait_pay_hour_cents)

    @lazy
    def seating(self) -> Seating:
        from chalicelib.retainer.services.seating import Seating

        return Seating(self.stores.seats, self.config.seat_secret)

    @lazy
    def wait_pay(self) -> WaitPay:
        from chalicelib.retainer.services.wait_pay import WaitPay

        return WaitPay(self.stores, self.config.max_wait_pay_hour_cents)

    @lazy
    def turns(self) -> Turns:
        from chalicelib.retainer.services.turns import Turns

        return Turns(self.stores, self.wait_pay)

    @lazy
    def proof(self) -> Proof:
        from chalicelib.retainer.services.proof import Proof

        return Proof(self.stores.postings, self.markets, self.clock)

    @lazy
    def claiming(self) -> Claiming:
        from chalicelib.retainer.services.claiming import Claiming

        return Claiming(
            self.stores,
            self.calls,
            self.parts,
            self.attendance,
            self.turns,
            self.endings,
            self.clock,
            random.random,
            self.signing,
        )

    @lazy
    def arrivals(self) -> Arrivals:
        from chalicelib.retainer.services.arrivals import Arrivals

        return Arrivals(
            self.stores,
            self.markets,
            self.seating,
            self.stays,
            self.parts,
            self.attendance,
            self.wait_pay,
            self.turns,
            self.clock,
        )

    @lazy
    def dispatch(self) -> Dispatch:
        from chalicelib.retainer.services.dispatch import Dispatch

        return Dispatch(
            self.stores,
            self.seating,
            self.proof,
            self.calls,
            self.claiming,
            self.attendance,
            self.turns,
            self.reservations.invoke_due,
            self.clock,
            random.random,
        )

    # What applications ask for.

    @lazy
    def keys(self) -> Keys:
        from chalicelib.retainer.services.keys import Keys

        return Keys(self.stores.keys, self.clock)

    @lazy
    def long_polls(self) -> LongPolls:
        from chalicelib.retainer.services.long_polls import LongPolls

        return LongPolls(self.notes, self.config.max_long_polls, self.clock)

    @lazy
    def results(self) -> ResultsOf:
        from chalicelib.retainer.services.results import ResultsOf

        return ResultsOf(self.stores, self.long_polls, self.starter, self.clock)

    # What runs by itself: sizing, review and pay, events, errands, and what clears away.

    @lazy
    def poster(self) -> Poster:
        from chalicelib.retainer.services.posting import Poster

        return Poster(
            self.stores.postings, self.stores.payments, self.markets, self.fees, self.clock
        )

    @lazy
    def caps(self) -> Caps:
        from chalicelib.retainer.services.sizer import Caps

        return Caps(
            self.config.max_hits_out,
            self.config.max_spend_hour_cents,
            self.config.max_spend_day_cents,
            self.config.max_waiting,
        )

    @lazy
    def sizer(self) -> Sizer:
        from chalicelib.retainer.services.sizer import Sizer

        return Sizer(
            self.stores.seats,
            self.stores.ledgers,
            self.notes,
            self.poster,
            self.pools,
            self.measuring,
            self.markets,
            self.caps,
            self.clock,
            self.reservations.invoke_due,
        )

    @lazy
    def shared_sizer(self) -> SharedSizer:
        from chalicelib.retainer.services.shared_sizer import SharedSizer

        return SharedSizer(
            self.sizer,
            self.stores.ledgers,
            self.notes,
            self.poster,
            self.pools,
            self.measuring,
            self.clock,
        )

    @lazy
    def gauges(self) -> Gauges:
        from chalicelib.retainer.services.gauges import Gauges

        return Gauges(self.metrics, self.caps)

    @lazy
    def sizing(self) -> Sizing:
        from chalicelib.retainer.services.sizing import Sizing

        return Sizing(
            self.stores.protos,
            self.stores.ledgers,
            self.notes,
            self.poster,
            self.sizer,
            self.markets,
            self.clock,
            self.shared_sizer,
            self.fees,
            self.gauges,
            self.endings,
        )

    @lazy
    def earned(self) -> Earned:
        from chalicelib.retainer.services.earned import Earned

        return Earned(self.stores)

    @lazy
    def compensation(self) -> Compensation:
        from chalicelib.retainer.services.compensation import Compensation

        return Compensation(self.stores, self.config.wait_url, self.clock)

    @lazy
    def allowance(self) -> Allowance:
        from chalicelib.retainer.services.allowance import Allowance

        return Allowance(self.stores.protos, self.poster, self.caps, self.clock)

    @lazy
    def payroll(self) -> Payroll:
        from chalicelib.retainer.services.payroll import Payroll

        return Payroll(
            self.stores.payments,
            self.markets,
            self.allowance,
            self.compensation,
            self.fees,
            self.notes,
            self.clock,
            self.metrics,
        )

    @lazy
    def reckoning(self) -> Reckoning:
        from chalicelib.retainer.services.reckoning import Reckoning

        return Reckoning(
            self.stores, self.earned, self.markets, self.fees, self.attendance, self.clock
        )

    @lazy
    def ended(self) -> Ended:
        from chalicelib.retainer.services.ended import Ended

        return Ended(self.stores, self.markets)

    @lazy
    def review(self) -> Review:
        from chalicelib.retainer.services.review import Review

        return Review(
            self.stores,
            self.earned,
            self.payroll,
            self.reckoning,
            self.ended,
            self.stays,
            self.attendance,
            self.measuring,
            self.markets,
            self.fees,
            self.clock,
            self.metrics,
        )

    @lazy
    def clearing(self) -> Clearing:
        from chalicelib.retainer.services.clearing import Clearing

        return Clearing(self.stores, self.pseudonyms, self.clock)

    @lazy
    def erasure(self) -> Erasure:
        from chalicelib.retainer.services.erasure import Erasure

        return Erasure(self.stores, self.clearing, self.pseudonyms, self.starter, self.clock)

    @lazy
    def errands(self) -> Errands:
        from chalicelib.retainer.services.errands import Errands

        return Errands(self.stores, self.markets, self.fees, self.starter, self.clock)

    @lazy
    def retention(self) -> Retention:
        from chalicelib.retainer.services.retention import Retention

        return Retention(
            self.stores, self.clearing, self.erasure, self.config.retention_days, self.clock
        )

    @lazy
    def events(self) -> Events:
        from chalicelib.retainer.services.events import Events

        return Events(self.stores, self.review, self.starter, self.clock)

    @lazy
    def review_run(self) -> ReviewRun:
        from chalicelib.retainer.services.review_run import ReviewRun

        return ReviewRun(self.errands, self.review, self.parts, self.erasure, self.retention)

    # What people look at and decide.

    @lazy
    def decisions(self) -> Decisions:
        from chalicelib.retainer.services.decisions import Decisions

        return Decisions(self.stores.submissions, self.starter)

    @lazy
    def costs(self) -> Costs:
        from chalicelib.retainer.services.costs import Costs

        return Costs(self.stores, self.clock)

    @lazy
    def people(self) -> People:
        from chalicelib.retainer.services.people import People

        return People(self.stores, self.attendance, self.clock)

    @lazy
    def exports(self) -> Exports:
        from chalicelib.retainer.services.exports import Exports

        return Exports(self.stores, self.pseudonyms, self.config.retention_days, self.clock)

    @lazy
    def payments(self) -> PaymentList:
        from chalicelib.retainer.services.payments import PaymentList

        return PaymentList(self.stores)

    @lazy
    def foresight(self) -> Foresight:
        from chalicelib.retainer.services.foresight import Foresight

        return Foresight(
            self.stores.seats,
            self.stores.ledgers,
            self.stores.postings,
            self.notes,
            self.stores.payments,
            self.markets,
            self.fees,
            self.caps,
            self.clock,
        )

    @lazy
    def status(self) -> Status:
        from chalicelib.retainer.services.status import Status

        return Status(
            self.stores,
            self.poster,
            self.costs,
            self.foresight,
            self.markets,
            self.fees,
            self.caps,
            self.clock,
        )

    @lazy
    def protohits(self) -> ProtoHits:
        from chalicelib.retainer.services.protohits import ProtoHits

        return ProtoHits(
            self.stores,
            self.poster,
            self.measuring,
            self.sizer,
            self.markets,
            self.fees,
            self.clock,
        )

    @lazy
    def histories(self) -> Histories:
        from chalicelib.retainer.services.histories import Histories

        return Histories(self.stores, self.clock)

    @lazy
    def reservation_search(self) -> ReservationSearch:
        from chalicelib.retainer.services.reservation_search import ReservationSearch

        return ReservationSearch(self.stores, self.reservations)

    @lazy
    def hits(self) -> Hits:
        from chalicelib.retainer.services.hits import Hits

        return Hits(self.stores, self.markets, self.starter)


def assemble(
    dynamo: Dynamo,
    config: RetainerConfig,
    clock: Clock,
    markets: Mapping[str, Market] | None = None,
    starter: Starter | None = None,
    metrics: Metrics | None = None,
    stores: Stores | None = None,
) -> Retainer:
    """Wire the service; `markets`, `starter` and `stores` stand in for those of the configuration.
    Without `metrics` nothing is counted."""
    from chalicelib.retainer.store.tables import MODELS

    dynamo.bind(MODELS)
    if markets is None:
        markets = Markets(config.markets, dynamo.region, config.events_queue)
        # By the configuration: asking the markets would load what a poll does not need.
        signing = {name for name, market in config.markets.items() if market.arrival_key}
    else:
        signing = {name for name in markets if markets[name].caps().signed_entry}
    if starter is None:
        functions = {"size_pools": config.sizing_function, "review": config.review_function}
        starter = LambdaStarter(functions, dynamo.region)
    return Retainer(config, clock, markets, starter, metrics or NoMetrics(), signing, stores)
