"""The cap on what one worker's waits are paid in an hour, over all seats and pools: what a page
shows stays what is paid, whoever comes at once and wherever somebody dies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api.worker_routes import page_of_hit, page_state
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.seats import Closed, Seat
from chalicelib.retainer.services.payments import Wanted
from chalicelib.retainer.store.people import DynamoPeople
from chalicelib.retainer.store.seats import DynamoSeats
from tests.fakes import FakeMarket
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.studying import arrived, assignment_of, handed_in, posted
from tests.integration.world import World

HOUR = 7.20
"""Twelve cents a minute: one seat and a half at eight."""

PAID: dict[str, Any] = {"wait_pay": 0.08, "max_wait": 300}


@pytest.fixture
def capped(world: World) -> World:
    world.variables["RETAINER_MAX_WAIT_PAY_PER_HOUR"] = f"{HOUR:.2f}"
    world.markets["production"] = FakeMarket("production", "3PROD")
    world.restart()
    return world


def pools(world: World, count: int) -> list[str]:
    """Post a HIT of each of several pools, at two markets in turn: at one of them a worker waits
    in one page at a time."""
    found = []
    for n in range(count):
        world.market = world.markets["production" if n % 2 else "sandbox"]
        found.append(posted(world, f"Pool{n}", sandbox=n % 2 == 0, **PAID))
    return found


def rates(*seats: Seat) -> list[int]:
    return [seat.terms.rate_micro for seat in seats]


def told(world: World, seat: Seat) -> dict[str, Any]:
    pay: dict[str, Any] = page_state(world.poll(seat))["pay"]
    return pay


def paid_cents(world: World, worker: str) -> int:
    payments, _ = world.room.payments.page(Wanted(worker=worker), None, 100)
    return sum(p.wait_cents for p in payments)


def test_many_pages_at_once__earn_no_more_together__and_each_page_says_what_it_earns(
    capped: World, clock: FakeClock
) -> None:
    seats = [arrived(capped, hit, "A1") for hit in pools(capped, 2)]
    for _ in range(60):
        clock.advance(5)
        for seat in seats:
            capped.poll(seat)
    shown = [told(capped, seat) for seat in seats]
    for seat, market in zip(seats, capped.markets.values(), strict=True):
        capped.market = market
        handed_in(capped, seat, retainer="waited")
    capped.room.review.run()

    assert rates(*seats) == [80_000, 40_000]
    assert [pay.get("perHour") for pay in shown] == [None, "7.20"]
    assert [pay["rate"] for pay in shown] == ["0.08", "0.04"]
    assert [pay["earned"] for pay in shown] == ["0.40", "0.20"]
    assert paid_cents(capped, "A1") == 60 == round(HOUR * 100 * 5 / 60)


def test_one_page_after_the_other__each_earns_what_its_hit_promises(
    capped: World, clock: FakeClock
) -> None:
    hits = pools(capped, 4)
    found = []
    for n, hit in enumerate(hits):
        capped.market = capped.markets["production" if n % 2 else "sandbox"]
        seat = arrived(capped, hit, "A1")
        found.append(seat)
        clock.advance(30)
        capped.poll(seat)
        handed_in(capped, seat, retainer="waited")
        capped.room.review.run()

    assert rates(*found) == [80_000] * 4
    assert not any("perHour" in told(capped, seat) for seat in found)


def test_page_that_died__counts_as_long_as_it_may_come_back(
    capped: World, clock: FakeClock
) -> None:
    first, second, _, third = pools(capped, 4)
    arrived(capped, first, "A1")
    clock.advance(200)
    beside = arrived(capped, second, "A1")
    assert rates(beside) == [40_000]
    clock.advance(101)
    capped.seats.close(beside, Closed.RETURNED, clock.now_ms())

    assert rates(arrived(capped, third, "A1")) == [80_000]


def test_what_one_seat_was_paid_for__is_not_paid_again_by_the_next(
    capped: World, clock: FakeClock
) -> None:
    """Acceptance counts as the first heartbeat, so that a wait may begin before its page does."""
    hits = pools(capped, 4)
    old = [arrived(capped, hit, "A1") for hit in hits[:2]]
    clock.advance(30)
    for market in capped.markets.values():
        market.accepted_ms = clock.now_ms() - 20_000
    for seat in old:
        capped.seats.close(seat, Closed.SUBMITTED, clock.now_ms() - 5_000)
    fresh = arrived(capped, hits[3], "A1")
    assert (rates(fresh), fresh.waits_from_ms) == ([80_000], clock.now_ms() - 20_000)
    again = arrived(capped, hits[0], "A1", "3SECOND")

    assert rates(again) == [40_000]
    assert again.waits_from_ms == again.arrived_ms - 20_000


@pytest.mark.race
def test_pages_that_come_at_the_same_moment__share_the_cap(capped: World) -> None:
    hits = pools(capped, 6)
    with ThreadPoolExecutor(6) as threads:
        seats = list(threads.map(lambda hit: arrived(capped, hit, "A1"), hits))

    earning = [seat for seat in seats if seat.behind is None]
    assert sorted(rates(*earning)) == [40_000, 80_000]


@pytest.mark.parametrize("after", [False, True])
def test_arrival_that_dies_at_any_write__gets_the_same_when_it_comes_again(
    capped: World, clock: FakeClock, after: bool
) -> None:
    hits = pools(capped, 4)
    arrived(capped, hits[0], "A1")
    for nth in range(1, 9):
        try:
            with session_of(capped.dynamo, lambda real, n=nth: KillAt(real, n, after)):  # type: ignore[misc]
                arrived(capped, hits[1], "A1", f"3DIES{nth}")
            break
        except Killed:
            again = arrived(capped, hits[1], "A1", f"3DIES{nth}")
            assert rates(again) == [40_000]
            capped.seats.close(again, Closed.RETURNED, clock.now_ms())


def test_returned_and_taken_again__pays_each_wait_at_the_rate_that_was_told(
    capped: World, clock: FakeClock
) -> None:
    mine, other = pools(capped, 2)
    capped.market = capped.markets["sandbox"]
    capped.market.accepted_ms = clock.now_ms()
    first = arrived(capped, mine, "A1")
    clock.advance(30)
    capped.poll(first)
    capped.seats.close(first, Closed.RETURNED, clock.now_ms())
    arrived(capped, other, "A1")
    clock.advance(1)
    capped.market.accepted_ms = clock.now_ms()
    second = arrived(capped, mine, "A1")
    for _ in range(6):
        clock.advance(10)
        capped.poll(second)
    handed_in(capped, second, retainer="waited")
    capped.room.review.run()
    payments, _ = capped.room.payments.page(Wanted(worker="A1"), None, 100)
    (pay,) = [p for p in payments if p.assignment == second.assignment and p.wait_cents]

    assert rates(first, second) == [80_000, 40_000]
    assert pay.wait_cents == 8
    assert "a minute" not in pay.reason


def test_strangers_in_anothers_name__take_nothing_of_their_pay(capped: World) -> None:
    hits = pools(capped, 4)
    for hit in hits[1:]:
        capped.room.arrivals.waiting("A1", assignment_of("forged", hit), hit, None, "", acks=True)

    assert rates(arrived(capped, hits[0], "A1")) == [80_000]


def test_hit_that_pays_more_than_the_cap__is_refused__and_one_of_before_says_less(
    world: World,
) -> None:
    hit = posted(world, **PAID)
    world.variables["RETAINER_MAX_WAIT_PAY_PER_HOUR"] = "3.00"
    world.restart()
    with pytest.raises(BadInput) as refused:
        world.put_proto(**PAID)

    assert refused.value.field == "wait_pay"
    assert "$4.80 an hour" in refused.value.message
    assert page_of_hit(world.room.pages.of_hit(hit))["pay"]["rate"] == "0.05"
    assert rates(arrived(world, hit, "A1")) == [50_000]


def test_deleting_a_workers_data__deletes_what_earns(capped: World) -> None:
    arrived(capped, posted(capped, **PAID), "A1")
    assert DynamoPeople().earners("A1", verified=True)
    capped.room.erasure.forget_all_else("A1")

    assert DynamoPeople().earners("A1", verified=True) == []


def test_page_that_asks_again__after_a_death__earns_from_when_it_came(
    capped: World, clock: FakeClock
) -> None:
    one, other_hit = pools(capped, 2)
    arrived(capped, one, "A1")
    there = arrived(capped, other_hit, "A1")
    came_ms = clock.now_ms() - 20_000
    other = replace(there, epoch=2, base_ms=came_ms, terms=replace(there.terms, rate_micro=80_000))
    DynamoSeats().close(there, Closed.RETURNED, came_ms)
    wait_pay = capped.room.wait_pay

    # Entered with the worker, and then whoever did so died: no seat is there.
    first = wait_pay.settle_rate(other, clock.now_ms())
    clock.advance(10)
    again = wait_pay.settle_rate(other, clock.now_ms())

    assert rates(first, again) == [40_000, 40_000]
    assert first.waits_from_ms == again.waits_from_ms == came_ms
