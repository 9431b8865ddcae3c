"""What `results` tells of pay: all that a slot's worker was paid, what for, and what is owed."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api import wire
from chalicelib.retainer.domain.payments import Payment
from chalicelib.retainer.store.payments import DynamoPayments
from tests.integration.paying import PAID, waiter
from tests.integration.test_budgets import measured
from tests.integration.world import World


def served(world: World, clock: FakeClock, *workers: str, **fields: Any) -> str:
    """Have these workers wait for 250 s, be called, answer at once and hand in their work."""
    world.put_proto(**{**PAID, **fields})
    reservation = world.make(len(workers))
    world.room.sizing.run()
    hit = world.market.hits_out[0].hit
    seats = [waiter(world, hit, worker) for worker in workers]
    world.room.reservations.invoke(reservation)
    for seat in seats:
        assert world.poll(seat).task is not None
        world.working(seat)
        clock.advance(1)
        world.working(seat, ack=True)
        world.market.hand_in(seat.worker, seat.assignment, hit, clock.now_ms(), answer="x")
    return reservation


def slots(world: World, reservation: str) -> list[dict[str, Any]]:
    return list(wire.results(world.room.results.read(reservation, None, 0), 0)["slots"])


def test_everything_paid__is_told_by_what_it_is_for(world: World, clock: FakeClock) -> None:
    reservation = served(world, clock, "A1")
    (before,) = slots(world, reservation)
    assert (before["paid"], before["pay"]) == (None, None)

    world.room.review.run()

    (slot,) = slots(world, reservation)
    assert slot["paid"] == "0.33"
    assert slot["pay"] == {
        "reward": {"amount": "0.05", "state": "paid"},
        "waiting": {"amount": "0.25", "state": "paid"},
        "bonus": {"amount": "0.03", "state": "paid"},
    }


def test_what_cannot_be_paid_now__is_told_as_owed(world: World, clock: FakeClock) -> None:
    reservation = served(world, clock, "A1", quick_bonus=0)
    world.market.is_broke = True
    world.room.review.run()

    (slot,) = slots(world, reservation)

    assert slot["paid"] == "0.05"
    assert slot["pay"]["waiting"] == {"amount": "0.25", "state": "owed"}
    assert slot["pay"]["bonus"] is None


@pytest.mark.parametrize("decided", [False, True])
def test_held_and_rejected_work__is_told_apart_from_paid(
    world: World, clock: FakeClock, decided: bool
) -> None:
    reservation = served(world, clock, "A1", review="ask")
    world.room.review.run()
    if decided:
        world.room.decisions.decide("3A1", "reject", "Not read.")
        world.room.review.run()

    (slot,) = slots(world, reservation)

    assert slot["pay"]["reward"] == {"amount": "0.05", "state": "rejected" if decided else "owed"}
    assert slot["paid"] == ("0.28" if decided else None)


def test_waiting_reader__hears_of_what_is_paid_later(world: World, clock: FakeClock) -> None:
    reservation = served(world, clock, "A1")
    world.market.is_broke = True
    world.room.review.run()
    since = world.room.results.read(reservation, None, 0).version

    class PaysMeanwhile(FakeClock):
        def sleep(self, seconds: float) -> None:
            clock.sleep(seconds)
            world.market.is_broke = False
            world.room.review.pay()

        def now_ms(self) -> int:
            return clock.now_ms()

    world.room.results._clock = PaysMeanwhile()
    began = clock.now_ms()
    later = world.room.results.read(reservation, since, 20)

    assert later.version != since
    assert later.slots[0].paid_cents == 33
    assert clock.now_ms() - began <= 3_000


def test_lost_worker__is_told_with_what_compensates_them(world: World, clock: FakeClock) -> None:
    world.put_proto(**PAID)
    reservation = world.make(1)
    world.room.sizing.run()
    hit = world.market.hits_out[0].hit
    seat = waiter(world, hit, "A1")
    world.room.reservations.invoke(reservation)
    assert world.poll(seat).task is not None
    world.working(seat, ack=True)
    clock.advance(3_600)

    world.room.review.run()

    (slot,) = slots(world, reservation)
    assert (slot["submitted"], slot["paid"], slot["pay"]["reward"]) == (None, None, None)
    assert slot["pay"]["waiting"]["state"] in {"owed", "posted"}


def test_reading__costs_two_keys_a_slot_once__however_long_it_waits(
    world: World, clock: FakeClock
) -> None:
    workers = [f"A{n:02}" for n in range(9)]
    reservation = served(world, clock, *workers)
    world.room.review.run()
    asked: list[list[str]] = []

    class Counting(DynamoPayments):
        def find_many(self, payment_ids: Any) -> dict[str, Payment]:
            asked.append(list(payment_ids))
            return super().find_many(payment_ids)

    world.room.results._payments = Counting()
    with measured(world.dynamo) as once:
        version = world.room.results.read(reservation, None, 0).version
    world.room.results.read(reservation, version, 20)

    assert (once.reads, once.writes) == (3, 0)
    # Ledger 2 (strongly), submissions and 18 payments of less than 4 KB at half a unit each.
    assert once.read_units <= 2 + 1 + 9
    assert [len(names) for names in asked] == [18, 18]
