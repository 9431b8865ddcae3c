"""Pay on the real marketplace, over its protocol: three books that must agree to the cent.

Ours (payments and totals), the marketplace's ledger, and the requester's balance; workers wait, are
called, submit, vanish; and whoever pays dies at any write or any call.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.config import MarketConfig
from chalicelib.marketplace.domain.errors import MarketplaceError
from chalicelib.marketplace.store.tables import LedgerRow, RequesterRow
from chalicelib.retainer.market.mturk import MTurkMarket
from chalicelib.retainer.services.seating import PageState
from chalicelib.retainer.store.payments import DynamoPayments
from tests.integration.market import Market, running_market
from tests.integration.market_crowd import sign_in
from tests.integration.market_identities import check_identities
from tests.integration.paying import PAID, Death, all_payments, all_totals
from tests.integration.world import World

INITIAL = 1_000_000


@dataclass
class Place:
    """A marketplace and a service that posts to it, by one clock."""

    market: Market
    world: World
    account: str
    people: dict[str, Any] = field(default_factory=dict)

    def arrive(self, hit: str, name: str) -> PageState:
        """Sign in, accept, open the page."""
        worker = sign_in(self.market, name)
        self.people[name] = worker
        job = self.market.market.work.accept(worker, hit)
        query = parse_qs(urlsplit(job.shown.url or "").query)
        return self.world.room.arrivals.waiting(
            worker.worker_id, job.assignment.assignment_id, hit, None, query["arrival"][0], True
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
        worker = sign_in(self.market, name)
        return int(worker.rewards_cents + worker.bonuses_cents)

    def check_books(self) -> None:
        check_identities(INITIAL, self.market.clock.now_ms())
        rows = [r for r in LedgerRow.scan(consistent_read=True) if r.kind != "deposit"]
        theirs = sum(int(r.amount_cents + r.fee_cents) for r in rows)
        (account,) = [
            r for r in RequesterRow.scan(consistent_read=True) if r.account_id == self.account
        ]
        assert all_totals().total == theirs == int(account.spent_cents)
        ours = sorted((p.worker, p.cents, p.fee_cents) for p in all_payments())
        assert ours == sorted((r.worker_id, int(r.amount_cents), int(r.fee_cents)) for r in rows)


@contextmanager
def placed(dynamo_endpoint: str, **changes: Any) -> Iterator[Place]:
    """Bring both up; `changes` are to the marketplace's configuration."""
    with running_market(dynamo_endpoint, **changes) as market:
        keys = market.credentials()
        world = World.on(
            dynamo_endpoint,
            f"p{uuid.uuid4().hex[:8]}-",
            market.clock,
            RETAINER_WAIT_URL="https://wait.example.org",
        )
        config = MarketConfig(
            "sandbox", market.url, keys.access_key, keys.secret_key, keys.arrival_key
        )
        world.markets["sandbox"] = MTurkMarket(config, "us-east-1")  # type: ignore[assignment]
        yield Place(market, world, keys.account_id)


@pytest.fixture
def place(dynamo_endpoint: str) -> Iterator[Place]:
    with placed(dynamo_endpoint) as running:
        yield running


def open_hit(place: Place, **more: Any) -> str:
    """Post one HIT; return it."""
    before = {p.hit for p in place.world.postings.live("Dashboard")}
    place.world.put_proto(**{**PAID, "max_spend_per_hour": 1000, "max_spend_per_day": 1000, **more})
    place.world.make(9)
    place.world.room.sizing.run()
    (hit,) = {str(p.hit) for p in place.world.postings.live("Dashboard")} - before
    return hit


def test_wait_quick_answer_and_reward__agree_in_three_books(place: Place) -> None:
    hit = open_hit(place)
    state = place.arrive(hit, "Ada")
    assert state.seat is not None
    place.market.clock.advance(40)
    place.world.poll(state.seat)
    place.world.invoked(1)
    assert place.world.poll(state.seat).task is not None
    place.world.working(state.seat)
    place.world.working(state.seat, ack=True)
    place.submit(state.seat.assignment)

    place.review()
    place.review()

    # Reward 5, 40 s at 6 cents a minute, quick 3.
    assert place.earned("Ada") == 5 + 4 + 3
    place.check_books()
    client = place.world.markets["sandbox"]._client  # type: ignore[attr-defined]
    (paid,) = client.list_bonus_payments(AssignmentId=state.seat.assignment)["BonusPayments"]
    assert paid["BonusAmount"] == "0.07"
    assert paid["Reason"].startswith("Waited 40 s at $0.06 a minute: $0.04. Answered within 2 ")


@pytest.mark.parametrize("later_s", [60, 90_000], ids=["soon", "once the token is dead"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("of", ["write", "call"])
def test_review__dying_anywhere__agrees_in_three_books(
    place: Place, of: str, after: bool, later_s: int
) -> None:
    struck = 0
    for nth in range(1, 40):
        hit = open_hit(place, lifetime=3600, auto_approval_delay=2_592_000)
        state = place.arrive(hit, f"Ada {nth}")
        assert state.seat is not None
        place.market.clock.advance(30)
        place.submit(state.seat.assignment)
        place.world.markets["sandbox"].close(hit)
        place.world.room.sizing.run()

        died = Death(of, nth, after).strikes(place.world, place.review)
        place.market.clock.advance(later_s)
        place.review()

        assert place.earned(f"Ada {nth}") == 5 + 3
        place.check_books()
        if not died:
            break
        struck += 1
        for posting in place.world.postings.live("Dashboard"):
            place.world.markets["sandbox"].close(str(posting.hit))
        place.world.room.reservations.finish_all(None)
        place.world.room.sizing.run()
        place.review()
    assert struck >= 3


def test_lost_wait__is_paid_by_a_hit_that_one_worker_sees_and_takes(place: Place) -> None:
    hit = open_hit(place)
    for name in ("Ada", "Ben"):
        place.wait_and_vanish(hit, name)
    other = sign_in(place.market, "Cid")
    place.market.clock.advance(1000)
    place.market.market.tick.run()
    place.review()
    place.review()

    posted = {p.worker: str(p.posting) for p in DynamoPayments().open("Dashboard") if p.posting}
    ada = sign_in(place.market, "Ada")
    ben = sign_in(place.market, "Ben")
    assert posted.keys() == {ada.worker_id, ben.worker_id}
    for stranger in (ben, other):
        with pytest.raises(MarketplaceError):
            place.market.market.work.accept(stranger, posted[ada.worker_id])
    job = place.market.market.work.accept(ada, posted[ada.worker_id])
    assert str(job.shown.url).startswith("https://wait.example.org/compensation.html?amount=0.04")
    place.submit(job.assignment.assignment_id)
    place.review()

    assert place.earned("Ada") == 4
    assert [p.worker for p in DynamoPayments().open("Dashboard")] == [ben.worker_id]
    job = place.market.market.work.accept(ben, posted[ben.worker_id])
    place.submit(job.assignment.assignment_id)
    place.review()
    place.check_books()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("of", ["write", "call"])
def test_compensation__dying_anywhere__is_posted_and_paid_once(
    place: Place, of: str, after: bool
) -> None:
    struck = 0
    for nth in range(1, 40):
        hit = open_hit(place, lifetime=3600)
        place.wait_and_vanish(hit, f"Ada {nth}")
        place.market.clock.advance(1000)
        died = Death(of, nth, after).strikes(place.world, place.review)
        place.market.clock.advance(3700)
        place.review()
        (waiting,) = DynamoPayments().open("Dashboard")
        ada = sign_in(place.market, f"Ada {nth}")
        job = place.market.market.work.accept(ada, str(waiting.posting))
        place.submit(job.assignment.assignment_id)
        place.market.clock.advance(601)
        died |= Death(of, nth, after).strikes(place.world, place.review)
        place.market.clock.advance(601)
        place.review()

        assert place.earned(f"Ada {nth}") == 4
        place.check_books()
        if not died:
            break
        struck += 1
        place.world.room.reservations.finish_all(None)
        place.world.room.sizing.run()
    assert struck >= 3
