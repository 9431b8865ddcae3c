"""Wires the service: stores, markets and clock handed to the services, once per process.

What pages and applications ask for all day is wired here. The rest is wired when it is first asked
for, so that a worker's poll on a cold start does not wait for it: what runs by itself
(`assembly_runs`), and what people look at and decide (`assembly_desk`).
"""

from __future__ import annotations

import random
from collections.abc import Container, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.kit.clock import Clock
from chalicelib.kit.config import MarketConfig, RetainerConfig
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.kit.metrics import Metrics, NoMetrics
from chalicelib.kit.starter import LambdaStarter
from chalicelib.retainer.api.throttle import SeatThrottle
from chalicelib.retainer.domain.pseudonyms import Pseudonyms
from chalicelib.retainer.services.arrivals import Arrivals
from chalicelib.retainer.services.attendance import Attendance
from chalicelib.retainer.services.call_records import CallRecords
from chalicelib.retainer.services.claiming import Claiming
from chalicelib.retainer.services.dispatch import Dispatch
from chalicelib.retainer.services.endings import Endings
from chalicelib.retainer.services.fees import FeesOf
from chalicelib.retainer.services.keys import Keys
from chalicelib.retainer.services.long_polls import LongPolls
from chalicelib.retainer.services.measuring import Measuring
from chalicelib.retainer.services.pages import Pages
from chalicelib.retainer.services.parts import Parts
from chalicelib.retainer.services.pools import Pools
from chalicelib.retainer.services.proof import Proof
from chalicelib.retainer.services.records import Records
from chalicelib.retainer.services.reservations import Reservations
from chalicelib.retainer.services.results import ResultsOf
from chalicelib.retainer.services.seating import Seating
from chalicelib.retainer.services.stays import Stays
from chalicelib.retainer.services.turns import Turns
from chalicelib.retainer.services.wait_pay import WaitPay
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

if TYPE_CHECKING:
    from chalicelib.retainer.assembly_desk import Desk
    from chalicelib.retainer.assembly_runs import Runs
    from chalicelib.retainer.domain.market import Market
    from chalicelib.retainer.domain.ports import Starter
    from chalicelib.retainer.services.costs import Costs
    from chalicelib.retainer.services.decisions import Decisions
    from chalicelib.retainer.services.erasure import Erasure
    from chalicelib.retainer.services.errands import Errands
    from chalicelib.retainer.services.events import Events
    from chalicelib.retainer.services.exports import Exports
    from chalicelib.retainer.services.histories import Histories
    from chalicelib.retainer.services.hits import Hits
    from chalicelib.retainer.services.payments import PaymentList
    from chalicelib.retainer.services.people import People
    from chalicelib.retainer.services.protohits import ProtoHits
    from chalicelib.retainer.services.reservation_search import ReservationSearch
    from chalicelib.retainer.services.retention import Retention
    from chalicelib.retainer.services.review import Review
    from chalicelib.retainer.services.review_run import ReviewRun
    from chalicelib.retainer.services.sizing import Sizing
    from chalicelib.retainer.services.status import Status


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


class Shared:
    """What all parts of the service use."""

    def __init__(
        self,
        config: RetainerConfig,
        clock: Clock,
        markets: Mapping[str, Market],
        starter: Starter,
        metrics: Metrics,
        signing: Container[str],
    ) -> None:
        self.config = config
        self.clock = clock
        self.markets = markets
        self.starter = starter
        self.metrics = metrics
        self.seats = DynamoSeats()
        self.ledgers = DynamoLedgers()
        self.postings = DynamoPostings()
        self.signing = signing
        self.protos = DynamoProtoHits(signing)
        self.stored = DynamoReservations()
        self.notes = DynamoNotes()
        self.submissions = DynamoSubmissions()
        self.payments = DynamoPayments()
        self.people = DynamoPeople()
        self.records = Records(
            self.people,
            self.seats,
            self.ledgers,
            self.postings,
            self.submissions,
            self.payments,
        )
        self.pseudonyms = Pseudonyms(config.seat_secret)
        self.parts = Parts(
            self.people,
            self.seats,
            self.ledgers,
            self.protos,
            self.notes,
            markets,
            self.pseudonyms,
            clock,
        )
        self.attendance = Attendance(self.people, self.seats, config.max_unanswered)
        self.stays = Stays(self.people, self.parts)
        self.fees = FeesOf(self.notes, markets, clock)
        self.pools = Pools(
            self.seats, self.ledgers, self.postings, self.protos, self.notes, self.fees, clock
        )
        self.measuring = Measuring(self.notes, clock)
        self.calls = CallRecords(self.seats, self.measuring, metrics)
        self.endings = Endings(
            self.seats,
            self.ledgers,
            self.submissions,
            self.calls,
            self.attendance,
            self.pools,
            clock,
        )
        self.reservations = Reservations(
            self.stored,
            self.ledgers,
            self.protos,
            self.pools,
            self.measuring,
            starter,
            config.max_wait_pay_hour_cents,
            clock,
        )


class Retainer:
    """The service's parts, as the API and the event handlers use them."""

    def __init__(self, shared: Shared) -> None:
        self._shared = given = shared
        clock = given.clock
        self.config = given.config
        self.clock = clock
        self.starter = given.starter
        self.parts = given.parts
        self.attendance = given.attendance
        self.endings = given.endings
        self.pools = given.pools
        self.reservations = given.reservations
        self.throttle = SeatThrottle(clock)
        self.keys = Keys(DynamoKeys(), clock)
        self.pages = Pages(
            given.postings,
            given.protos,
            given.config.max_unanswered,
            given.config.max_wait_pay_hour_cents,
        )
        self.seating = seating = Seating(given.seats, given.config.seat_secret)
        wait_pay = WaitPay(given.people, given.seats, given.config.max_wait_pay_hour_cents)
        turns = Turns(given.people, given.seats, given.ledgers, wait_pay)
        claiming = Claiming(
            given.seats,
            given.ledgers,
            given.calls,
            given.parts,
            given.attendance,
            turns,
            given.endings,
            clock,
            random.random,
            given.signing,
        )
        self.arrivals = Arrivals(
            given.seats,
            given.ledgers,
            given.postings,
            given.protos,
            given.markets,
            seating,
            given.stays,
            given.parts,
            given.attendance,
            wait_pay,
            turns,
            clock,
        )
        self.dispatch = Dispatch(
            given.seats,
            given.ledgers,
            given.stored,
            given.protos,
            seating,
            Proof(given.postings, given.markets, clock),
            given.calls,
            claiming,
            given.attendance,
            turns,
            given.reservations.invoke_due,
            clock,
            random.random,
        )
        self.results = ResultsOf(
            given.ledgers,
            given.submissions,
            given.payments,
            given.seats,
            given.notes,
            LongPolls(given.notes, given.config.max_long_polls, clock),
            given.starter,
            clock,
        )

    @cached_property
    def _runs(self) -> Runs:
        from chalicelib.retainer.assembly_runs import runs_of

        return runs_of(self._shared)

    @cached_property
    def _desk(self) -> Desk:
        from chalicelib.retainer.assembly_desk import desk_of

        return desk_of(self._shared, self._runs)

    def check(self, function: str) -> list[str]:
        """Do what a health check of this function does; return what was read."""
        from chalicelib.retainer import health  # deferred: hardly ever asked

        return health.check(self._shared, self._runs, function)

    @property
    def sizing(self) -> Sizing:
        return self._runs.sizing

    @property
    def review(self) -> Review:
        return self._runs.review

    @property
    def review_run(self) -> ReviewRun:
        return self._runs.review_run

    @property
    def errands(self) -> Errands:
        return self._runs.errands

    @property
    def events(self) -> Events:
        return self._runs.events

    @property
    def erasure(self) -> Erasure:
        return self._runs.erasure

    @property
    def retention(self) -> Retention:
        return self._runs.retention

    @property
    def decisions(self) -> Decisions:
        return self._desk.decisions

    @property
    def costs(self) -> Costs:
        return self._desk.costs

    @property
    def people(self) -> People:
        return self._desk.people

    @property
    def exports(self) -> Exports:
        return self._desk.exports

    @property
    def payments(self) -> PaymentList:
        return self._desk.payments

    @property
    def status(self) -> Status:
        return self._desk.status

    @property
    def protohits(self) -> ProtoHits:
        return self._desk.protohits

    @property
    def histories(self) -> Histories:
        return self._desk.histories

    @property
    def reservation_search(self) -> ReservationSearch:
        return self._desk.reservation_search

    @property
    def hits(self) -> Hits:
        return self._desk.hits


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
    return Retainer(Shared(config, clock, markets, starter, metrics or NoMetrics(), signing))
