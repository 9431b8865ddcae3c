"""A real marketplace and a service that posts to it over the protocol, by one clock; their books.

Four must agree to the cent: the service's payments and totals, the marketplace's ledger, what each
worker has earned, and the requester's balance; and the HITs of both sides, one by one.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import MarketConfig
from chalicelib.marketplace.domain.people import Credentials
from chalicelib.marketplace.store.tables import LedgerRow, RequesterRow
from chalicelib.mturk.prices import parse_dollars
from chalicelib.retainer.domain.postings import PostingStage
from chalicelib.retainer.market.mturk import ANNOTATION, MTurkMarket
from chalicelib.retainer.services.seating import PageState
from chalicelib.retainer.store.tables import MODELS, Postings
from tests.integration.in_process import InProcess
from tests.integration.market import INITIAL_CENTS, Market, running_market
from tests.integration.market_crowd import sign_in
from tests.integration.market_identities import check_identities
from tests.integration.paying import PAID, all_payments, all_totals
from tests.integration.world import World
from tests.tables import lent

WAIT_URL = {"RETAINER_WAIT_URL": "https://wait.example.org"}

OWED = "rp-"
"""Begins the token of a HIT that pays one worker what they are owed."""


@dataclass
class Place:
    market: Market
    world: World
    keys: Credentials
    queue: str = ""
    in_process: bool = False
    people: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._join()

    @property
    def account(self) -> str:
        return self.keys.account_id

    def begin(self) -> None:
        """Begin anew, with another account and nothing on record."""
        self.keys = self.market.credentials()
        self.world.clear()
        self.restart()

    def restart(self) -> None:
        """Have a new process: whatever was only in memory is gone."""
        self.world.restart()
        self._join()

    def _join(self) -> None:
        config = MarketConfig(
            "sandbox",
            self.market.url,
            self.keys.access_key,
            self.keys.secret_key,
            self.keys.arrival_key,
        )
        adapter = MTurkMarket(config, "us-east-1", self.queue)
        if self.in_process:
            adapter._calls.client._endpoint.http_session = InProcess(self.market)
        self.world.markets["sandbox"] = adapter  # type: ignore[assignment]

    @property
    def client(self) -> Any:
        """boto3's client that the service uses."""
        return self.world.markets["sandbox"]._calls.client  # type: ignore[attr-defined]

    def worker(self, name: str) -> Any:
        return sign_in(self.market, f"{name} of {self.account}")

    def accept(self, hit: str, name: str) -> Any:
        worker = self.worker(name)
        self.people[name] = worker
        return self.market.market.work.accept(worker, hit)

    def arrive(self, hit: str, name: str) -> PageState:
        """Sign in, accept, open the page."""
        job = self.accept(hit, name)
        return self.open_page(job, hit, name)

    def open_page(self, job: Any, hit: str, name: str) -> PageState:
        worker, assignment = self.people[name].worker_id, job.assignment.assignment_id
        return self.world.room.arrivals.waiting(
            worker, assignment, hit, None, signature_of(job), True
        )

    def wait_and_vanish(self, hit: str, name: str) -> None:
        """Wait forty seconds, and never be heard of again."""
        seat = self.arrive(hit, name).seat
        assert seat is not None
        self.market.clock.advance(40)
        self.world.poll(seat)

    def submit(self, assignment: str) -> None:
        self.market.market.submissions.submit([("assignmentId", assignment), ("a", "1")])

    def review(self) -> None:
        self.world.room.review.run()

    def earned(self, name: str) -> int:
        worker = self.worker(name)
        return int(worker.rewards_cents + worker.bonuses_cents)

    def check_books(self) -> None:
        check_identities(INITIAL_CENTS, self.market.clock.now_ms())
        self.check_money()

    def check_money(self) -> None:
        """Payments, totals, the marketplace's rows, and the balance that it tells."""
        rows = [
            r
            for r in LedgerRow.scan(consistent_read=True)
            if r.account_id == self.account and r.kind != "deposit"
        ]
        ours = sorted((p.worker, p.cents, p.fee_cents) for p in all_payments() if p.paid_ms)
        assert ours == sorted((r.worker_id, int(r.amount_cents), int(r.fee_cents)) for r in rows)
        theirs = sum(int(r.amount_cents + r.fee_cents) for r in rows)
        (account,) = [
            r for r in RequesterRow.scan(consistent_read=True) if r.account_id == self.account
        ]
        assert all_totals().total == theirs == int(account.spent_cents)
        told = parse_dollars(self.client.get_account_balance()["AvailableBalance"])
        assert told == INITIAL_CENTS - theirs - int(account.held_cents)

    def hits(self) -> list[dict[str, Any]]:
        """All HITs of the account, as the market lists them."""
        pages = self.client.get_paginator("list_hits").paginate()
        return [hit for page in pages for hit in page["HITs"]]

    def seats_out(self) -> int:
        """How many places the market offers, of HITs that are not for one worker alone."""
        return sum(
            h["NumberOfAssignmentsAvailable"]
            for h in self.hits()
            if h["HITStatus"] == "Assignable" and not _token(h).startswith(OWED)
        )

    def check_hits(self) -> None:
        """Every HIT is on record, none twice, and both sides say alike whether it is open."""
        named = {h["HITId"]: _token(h) for h in self.hits()}
        assert max(Counter(named.values()).values(), default=1) == 1, "a HIT was made twice"
        rows = list(Postings.scan(consistent_read=True))
        assert not [r.token for r in rows if r.stage == PostingStage.PLANNED], "left half made"
        ours = {str(r.hit): str(r.token) for r in rows if r.hit}
        tokens = {p.token: p for p in all_payments()}
        for hit, token in named.items():
            if token not in ours.values():
                assert token.startswith(OWED), f"{hit} is not on record"
                assert any(p.posting == hit or p.attempt > 1 for p in tokens.values())
        assert {hit: token for hit, token in named.items() if hit in ours} == ours
        offered = {h["HITId"] for h in self.hits() if h["HITStatus"] == "Assignable"}
        for row in rows:
            if row.stage != PostingStage.OPEN:
                assert row.hit not in offered, f"{row.stage} with us, and still offered"


def _token(hit: dict[str, Any]) -> str:
    return str(hit["RequesterAnnotation"]).partition(" ")[0].removeprefix(ANNOTATION)


@contextmanager
def placed(dynamo_endpoint: str, **changes: Any) -> Iterator[Place]:
    """Bring both up; `changes` are to the marketplace's configuration."""
    with (
        running_market(dynamo_endpoint, FakeClock(), **changes) as market,
        lent(dynamo_endpoint, MODELS, "p") as prefix,
    ):
        yield place_at(market, dynamo_endpoint, prefix=prefix)


def place_at(
    market: Market,
    dynamo_endpoint: str,
    queue: str = "",
    in_process: bool = False,
    prefix: str = "",
    **variables: str,
) -> Place:
    """A new service, with an account of its own at a marketplace that is there."""
    prefix = prefix or f"p{uuid.uuid4().hex[:8]}-"
    world = World.on(dynamo_endpoint, prefix, market.clock, **WAIT_URL, **variables)
    return Place(market, world, market.credentials(), queue, in_process)


def open_hit(place: Place, **more: Any) -> str:
    """Post one HIT; return it."""
    before = {p.hit for p in place.world.postings.live("Dashboard")}
    place.world.put_proto(**{**PAID, "max_spend_per_hour": 1000, "max_spend_per_day": 1000, **more})
    place.world.make(9)
    place.world.room.sizing.run()
    (hit,) = {str(p.hit) for p in place.world.postings.live("Dashboard")} - before
    return hit


def signature_of(job: Any) -> str:
    """What the market signed of a worker's coming: it stands in the page's address."""
    return parse_qs(urlsplit(job.shown.url or "").query)["arrival"][0]
