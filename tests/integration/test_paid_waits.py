"""How a wait is measured, on the real engine: heartbeats, gaps, calls, releases, late arrivals."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api.worker_routes import page_state
from chalicelib.retainer.domain.seats import Seat, waited_ms
from tests.integration.faults import StaleReads, session_of
from tests.integration.world import World

PAID: dict[str, Any] = {"wait_pay": 0.06, "quick_bonus": 0.03, "max_wait": 300}


@pytest.fixture
def pool(world: World) -> World:
    world.put_proto(**PAID)
    world.make(1)
    world.room.sizing.run()
    return world


def hit_of(world: World) -> str:
    return world.market.hits_out[0].hit


def arrive(world: World, worker: str = "A1") -> Seat:
    state = world.room.arrivals.waiting(worker, f"3{worker}", hit_of(world), None, "signed", True)
    assert state.seat is not None
    return state.seat


def wait(world: World, seat: Seat, seconds: int, every: int = 5) -> None:
    for _ in range(0, seconds, every):
        world.clock.sleep(every)
        world.poll(seat)


def waited(world: World, seat: Seat) -> int:
    return waited_ms(world.now_of(seat), world.clock.now_ms())


def shown(world: World, seat: Seat) -> dict[str, Any]:
    pay: dict[str, Any] = page_state(world.poll(seat))["pay"]
    return pay


def test_wait__counts_from_acceptance_while_heartbeats_come(pool: World) -> None:
    pool.market.accepted_ms = pool.clock.now_ms() - 8_000
    seat = arrive(pool)
    wait(pool, seat, 60)

    assert waited(pool, seat) == 68_000
    assert shown(pool, seat) == {
        "rate": "0.06", "earned": "0.068", "most": "0.30", "for": pytest.approx(45_000, abs=15_000),
        "quick": "0.03", "quickWithin": 2000,
    }  # fmt: skip


def test_page_opened_long_after_acceptance__is_not_paid_for_the_time_between(pool: World) -> None:
    pool.market.accepted_ms = pool.clock.now_ms() - 200_000
    seat = arrive(pool)

    assert waited(pool, seat) == 45_000


def test_browser_that_slept__was_not_waiting(pool: World, clock: FakeClock) -> None:
    seat = arrive(pool)
    wait(pool, seat, 30)
    clock.advance(200)
    pool.poll(seat)
    wait(pool, seat, 30)

    assert waited(pool, seat) == 30_000 + 45_000 + 30_000


def test_page_that_vanished__is_paid_as_far_as_its_last_heartbeat_vouches(
    pool: World, clock: FakeClock
) -> None:
    seat = arrive(pool)
    wait(pool, seat, 30)
    clock.advance(2000)

    assert waited(pool, seat) == 30_000 + 45_000


def test_call_to_one_who_slept__pays_the_sleep_neither(pool: World, clock: FakeClock) -> None:
    seat = arrive(pool)
    wait(pool, seat, 30)
    clock.advance(200)
    pool.invoked(1)
    assert pool.poll(seat).task is not None
    clock.advance(100)

    assert waited(pool, seat) == 75_000


def test_called_and_released__goes_on_earning_where_it_stopped(
    pool: World, clock: FakeClock
) -> None:
    first, second = arrive(pool, "A1"), arrive(pool, "A2")
    wait(pool, first, 30)
    wait(pool, second, 30)
    pool.invoked(1)
    assert pool.poll(first).task is not None
    before = waited(pool, first)
    clock.advance(6)
    assert pool.poll(second).task is not None
    pool.working(second, ack=True)
    clock.advance(1)
    assert waited(pool, first) == before

    assert pool.poll(first).released
    wait(pool, first, 20)

    assert before == 60_000
    assert waited(pool, first) == before + 20_000
    assert shown(pool, first)["earned"] == "0.08"


def test_page_opened_again_after_the_longest_wait__keeps_what_it_had_earned(
    pool: World, clock: FakeClock
) -> None:
    seat = arrive(pool)
    wait(pool, seat, 120)
    clock.advance(3000)
    assert pool.poll(seat).is_wait_over

    assert waited(pool, seat) == 120_000 + 45_000


def test_released_after_the_longest_wait__keeps_what_it_had_earned(
    pool: World, clock: FakeClock
) -> None:
    first, second = arrive(pool, "A1"), arrive(pool, "A2")
    wait(pool, first, 60)
    wait(pool, second, 30)
    pool.invoked(1)
    assert pool.poll(first).task is not None
    before = waited(pool, first)
    clock.advance(20)
    assert pool.poll(second).task is not None
    pool.working(second, ack=True)
    # Beyond the longest wait, and within the time of the other's assignment.
    clock.advance(400)
    assert pool.poll(first).released

    assert waited(pool, first) == before


def test_wait__is_the_same_though_reads_are_stale(pool: World) -> None:
    seat = arrive(pool)
    with session_of(pool.dynamo, StaleReads):
        wait(pool, seat, 120)

    assert waited(pool, seat) == 120_000


def test_what_is_shown__never_exceeds_what_is_paid(pool: World, clock: FakeClock) -> None:
    seat = arrive(pool)
    for _ in range(60):
        pay = shown(pool, seat)
        carried = float(pay["earned"]) + pay["for"] * float(pay["rate"]) / 60_000
        clock.advance(7)
        at_most = waited_ms(pool.now_of(seat), clock.now_ms() + 10**9) * 0.06 / 60_000
        assert carried <= at_most + 0.000_002
    assert shown(pool, seat)["earned"] == "0.30"


def test_terms__stay_those_of_the_posting(pool: World) -> None:
    pool.put_proto(**{**PAID, "wait_pay": 0.001})

    assert shown(pool, arrive(pool))["rate"] == "0.06"
