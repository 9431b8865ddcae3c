"""People who waited and could not submit: found, owed, and paid once by a HIT of their own."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.market import SeatState
from chalicelib.retainer.domain.payments import Cents, Kind, Payment, PaymentState
from chalicelib.retainer.domain.seats import Closed
from chalicelib.retainer.store.payments import DynamoPayments
from tests.integration.faults import Killed, session_of
from tests.integration.paying import (
    all_payments,
    all_totals,
    check_books,
    deaths,
    open_pool,
    waiter,
)
from tests.integration.telling import left, tell
from tests.integration.test_budgets import measured
from tests.integration.world import World
from tests.size import sized

# The assignment's deadline, and the time that a late submission is given.
PAST_DUE_S = 600 + 301
WAIT_URL = {"RETAINER_WAIT_URL": "https://wait.example.org"}


@pytest.fixture
def world(dynamo_endpoint: str, table_prefix: str, clock: FakeClock) -> World:
    return World.on(dynamo_endpoint, table_prefix, clock, **WAIT_URL)


def owed() -> list[Payment]:
    return [p for p in DynamoPayments().open("Dashboard") if p.kind is Kind.COMPENSATION]


def take(world: World, hit: str, worker: str) -> None:
    """Do what the worker does who finds their HIT: accept and click."""
    world.market.hand_in(worker, f"3C{hit}", hit, world.clock.now_ms(), retainer="compensation")


def test_browser_that_died__is_paid_by_a_hit_for_its_worker_alone(
    world: World, clock: FakeClock
) -> None:
    hit = open_pool(world)
    waiter(world, hit, "A1", seconds=100)
    world.room.review.run()
    assert owed() == []

    clock.advance(PAST_DUE_S)
    world.room.review.run()
    (offered,) = world.market.offers.items()
    private, offer = offered
    world.room.review.run()

    assert (offer.worker, offer.reward_cents) == ("A1", 10)
    assert offer.title == "Payment for your wait: Dashboard HIT"
    assert "$0.10" in offer.description
    page = urlsplit(offer.url)
    assert page.netloc + page.path == "wait.example.org/compensation.html"
    assert parse_qs(page.query)["amount"] == ["0.10"]
    assert [p.state for p in owed()] == [PaymentState.POSTED]

    take(world, private, "A1")
    world.room.review.run()

    assert owed() == []
    assert world.market.settled == {f"3C{private}": SeatState.PAID}
    assert all_totals() == Cents(waiting=10, fee=2)
    check_books(world)


def test_who_has_submitted__is_never_compensated(world: World, clock: FakeClock) -> None:
    hit = open_pool(world)
    seat = waiter(world, hit, "A1")
    world.market.hand_in("A1", seat.assignment, hit, clock.now_ms(), a="1")
    world.seats.close(seat, Closed.SUPERSEDED, world.clock.now_ms())
    world.room.review.run()
    clock.advance(PAST_DUE_S)
    world.room.review.run()

    assert [b.cents for b in world.market.bonuses] == [25]
    assert world.market.offers == {}


def test_market_that_is_away__is_not_taken_for_nobody_having_submitted(
    world: World, clock: FakeClock
) -> None:
    hit = open_pool(world)
    seat = waiter(world, hit, "A1")
    world.market.hand_in("A1", seat.assignment, hit, clock.now_ms(), a="1")
    world.market.unreadable.add(hit)
    clock.advance(PAST_DUE_S)
    world.room.review.run()
    assert owed() == []

    world.market.unreadable.clear()
    clock.advance(301)
    world.room.review.run()

    assert owed() == []
    assert [b.cents for b in world.market.bonuses] == [25]


@pytest.mark.parametrize(
    "change",
    [{"verified": False}, {"due_ms": None}],
    ids=["nobody signed for them", "no deadline is known"],
)
def test_arrivals_that_prove_nothing__are_not_compensated(
    world: World, clock: FakeClock, change: dict[str, object]
) -> None:
    waiter(world, open_pool(world), "A1", **change)
    clock.advance(PAST_DUE_S)
    world.room.review.run()

    assert all_payments() == []


def test_protohit_that_does_not_say_so__compensates_nobody(world: World, clock: FakeClock) -> None:
    waiter(world, open_pool(world, compensate=False), "A1")
    clock.advance(PAST_DUE_S)
    world.room.review.run()

    assert all_payments() == []


def test_submission_after_all__takes_the_place_of_a_compensation_not_posted_yet(
    world: World, clock: FakeClock
) -> None:
    hit = open_pool(world)
    seat = waiter(world, hit, "A1")
    world.put_proto(wait_pay=0.06, quick_bonus=0.03, max_spend_per_hour=0)
    clock.advance(PAST_DUE_S)
    world.room.review.run()
    (waiting_for_money,) = owed()
    assert waiting_for_money.why == "the cap on spending is reached"

    world.market.hand_in("A1", seat.assignment, hit, clock.now_ms(), a="1")
    world.room.review.run()

    assert owed() == []
    assert [b.cents for b in world.market.bonuses] == [waiting_for_money.cents]
    assert world.market.offers == {}
    check_books(world)


def test_cap_that_reaches_for_one__lets_one_pass_in_a_run(world: World, clock: FakeClock) -> None:
    hit = open_pool(world)
    for name in ("A1", "A2", "A3"):
        waiter(world, hit, name, seconds=100)
    clock.advance(86_400)
    # Each costs 10 cents and the market's fee of 2.
    world.put_proto(wait_pay=0.06, quick_bonus=0.03, max_spend_per_hour=0.23)
    world.room.review.run()

    assert len(world.market.offers) == 1
    assert sorted(p.why for p in owed()) == ["", *["the cap on spending is reached"] * 2]


def test_many_who_vanished__cost_no_reading_of_all_postings_each(
    world: World, clock: FakeClock
) -> None:
    def units(vanished: int) -> float:
        for n in range(vanished):
            waiter(world, hit, f"A{vanished}{n}")
        clock.advance(PAST_DUE_S)
        with measured(world.dynamo) as cost:
            world.room.review.run()
        return cost.read_units

    hit = open_pool(world)
    for n in range(200):
        world.post_hit(seats=0, hit=f"3H{n}")
    few, many = units(1), units(9)

    assert len(world.market.offers) == 10
    assert (many - few) / 8 < 12


def test_submission_after_all__is_not_paid_for_waiting_once_a_compensation_is_out(
    world: World, clock: FakeClock
) -> None:
    hit = open_pool(world)
    seat = waiter(world, hit, "A1")
    clock.advance(PAST_DUE_S)
    world.room.review.run()
    world.market.hand_in("A1", seat.assignment, hit, clock.now_ms(), a="1")
    world.room.review.run()

    assert world.market.bonuses == []
    assert len(world.market.offers) == 1


def test_accepting_and_returning_at_once__earns_nothing(world: World, clock: FakeClock) -> None:
    hit = open_pool(world)
    for _ in range(5):
        seat = world.room.arrivals.waiting("A1", "3A1", hit, None, "signed", True).seat
        assert seat is not None
        world.seats.close(seat, Closed.RETURNED, world.clock.now_ms())
    clock.advance(PAST_DUE_S)
    world.room.review.run()

    assert all_payments() == []


def test_taken_again_after_a_return__is_one_stay_paid_with_its_submission(
    world: World, clock: FakeClock
) -> None:
    hit = open_pool(world)
    first = waiter(world, hit, "A1", seconds=60)
    world.seats.close(first, Closed.RETURNED, world.clock.now_ms())
    world.market.accepted_ms = clock.now_ms()
    state = world.room.arrivals.waiting("A1", first.assignment, hit, None, "signed", True)
    assert state.seat is not None
    assert state.seat.epoch == 2
    clock.advance(40)
    world.market.hand_in("A1", first.assignment, hit, clock.now_ms(), a="1")
    world.room.review.run()
    clock.advance(PAST_DUE_S)
    world.room.review.run()

    assert [b.cents for b in world.market.bonuses] == [10]
    assert world.market.offers == {}


def test_hit_that_nobody_took__is_posted_again(world: World, clock: FakeClock) -> None:
    waiter(world, open_pool(world), "A1")
    clock.advance(PAST_DUE_S)
    world.room.review.run()
    (first,) = world.market.offers
    world.market.close(first)
    world.room.review.run()
    world.room.review.run()

    assert len(world.market.offers) == 2
    (again,) = owed()
    assert (again.attempt, again.state) == (2, PaymentState.POSTED)
    take(world, str(again.posting), "A1")
    world.room.review.run()
    check_books(world)


def test_each_worker__has_a_number_of_their_own__for_good(world: World, clock: FakeClock) -> None:
    hit = open_pool(world)
    for n in range(3):
        waiter(world, hit, f"A{n}")
    waiter(world, hit, "A0", assignment="3B0")
    clock.advance(PAST_DUE_S)
    world.room.review.run()

    numbers = {offer.worker: set() for offer in world.market.offers.values()}  # type: ignore[var-annotated]
    for offer in world.market.offers.values():
        numbers[offer.worker].add(offer.number)
    assert len(world.market.offers) == 4
    assert all(len(own) == 1 for own in numbers.values())
    assert len(set.union(*numbers.values())) == 3


def test_no_page_to_send_them_to__leaves_it_owed_with_the_reason(
    dynamo_endpoint: str, table_prefix: str, clock: FakeClock
) -> None:
    world = World.on(dynamo_endpoint, table_prefix, clock)
    waiter(world, open_pool(world), "A1")
    clock.advance(PAST_DUE_S)
    world.room.review.run()

    (waits,) = owed()
    assert "RETAINER_WAIT_URL" in waits.why


@pytest.mark.parametrize("later_s", [301, 90_000], ids=["soon", "once the token is dead"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("of", ["write", "call"])
def test_dying_anywhere__owes_posts_and_pays_each_once(
    world: World, clock: FakeClock, of: str, after: bool, later_s: int
) -> None:
    hit = open_pool(world, lifetime=31_536_000, max_spend_per_day=1000, max_spend_per_hour=1000)
    struck = 0
    for death in deaths(of, after):
        worker = f"A{death.nth}"
        waiter(world, hit, worker)
        clock.advance(PAST_DUE_S)
        died = death.strikes(world, world.room.review.run)
        clock.advance(later_s)
        world.room.review.run()
        (private,) = [h for h, offer in world.market.offers.items() if offer.worker == worker]
        take(world, private, worker)
        # The same death once more, where the payment is completed.
        clock.advance(601)
        died |= death.strikes(world, world.room.review.run)
        clock.advance(601)
        world.room.review.run()

        assert owed() == []
        check_books(world)
        mine = [p for p in all_payments() if p.worker == worker]
        assert [(p.state, p.cents) for p in mine] == [(PaymentState.PAID, 25)]
        if not died:
            break
        struck += 1
    assert struck >= (sized(2, 5) if of == "write" else sized(1, 3))


class DiesTrying:
    """Kills its caller right after it has written down that it tries to pay."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def send(self, request: Any) -> Any:
        answer = self._real.send(request)
        if b"UpdateItem" in request.headers["X-Amz-Target"] and b'"tried"' in request.body:
            raise Killed
        return answer

    def close(self) -> None:
        self._real.close()


def test_compensation_that_was_tried__is_gone_on_with__where_an_event_tells_of_late_work(
    world: World, clock: FakeClock
) -> None:
    hit = open_pool(world)
    seat = waiter(world, hit, "A1", seconds=100)
    clock.advance(PAST_DUE_S)
    with session_of(world.dynamo, DiesTrying), pytest.raises(Killed):
        world.room.review.run()
    (payment,) = owed()
    assert payment.tried_ms is not None
    assert not world.market.offers

    world.market.hand_in("A1", seat.assignment, hit, clock.now_ms(), answer="late")
    assert tell(world, left(seat, clock.now_ms(), "AssignmentSubmitted")) == []

    (offer,) = world.market.offers.values()
    assert offer.worker == "A1"
