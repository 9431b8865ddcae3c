"""A presence check of choice: who waits presses a button every so many minutes, or waits unpaid and
uncalled until they do."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api.worker_routes import page_of_hit, page_state
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.seats import CHECK_GRACE_MS, Seat, waited_ms
from chalicelib.retainer.services.payments import Wanted
from chalicelib.retainer.services.seating import PageState
from tests.integration.studying import arrived, handed_in, posted
from tests.integration.world import World

CHECKED: dict[str, Any] = {
    "wait_pay": 0.06, "max_wait": 1200, "assignment_duration": 1800, "check_every": 120,
}  # fmt: skip
GRACE = CHECK_GRACE_MS // 1000


@pytest.fixture
def seat(world: World) -> Seat:
    return arrived(world, posted(world, **CHECKED), "A1")


def wait(world: World, seat: Seat, seconds: int) -> None:
    for _ in range(0, seconds, 5):
        world.clock.sleep(5)
        world.poll(seat)


def press(world: World, seat: Seat) -> PageState:
    key = world.room.dispatch._seating.key_of(seat)
    state = world.room.arrivals.waiting(
        seat.worker, seat.assignment, seat.hit, key, "signed", acks=True
    )
    return world.room.arrivals.check_in(state)


def waited(world: World, seat: Seat) -> int:
    return waited_ms(world.now_of(seat), world.clock.now_ms())


def check(world: World, seat: Seat) -> Any:
    return page_state(world.poll(seat)).get("check")


def test_who_presses_in_time__is_paid_for_every_minute(world: World, seat: Seat) -> None:
    for _ in range(4):
        wait(world, seat, 150)
        press(world, seat)

    assert waited(world, seat) == 600_000


def test_page__is_told_when_to_press__and_until_when(world: World, seat: Seat) -> None:
    assert check(world, seat) == {"dueIn": 120_000, "within": 180_000}
    wait(world, seat, 130)
    assert check(world, seat) == {"dueIn": 0, "within": 50_000}
    assert page_state(press(world, seat))["check"] == {"dueIn": 120_000, "within": 180_000}


def test_who_does_not_press__earns_nothing_more__and_the_page_shows_no_more_than_is_paid(
    world: World, seat: Seat
) -> None:
    wait(world, seat, 120 + GRACE - 10)
    before = page_state(world.poll(seat))["pay"]
    wait(world, seat, 300)
    after = page_state(world.poll(seat))
    handed_in(world, seat, retainer="waited")
    world.room.review.run()
    payments, _ = world.room.payments.page(Wanted(worker="A1"), None, 9)

    assert (before["earned"], before["for"]) == ("0.17", 10_000)
    assert (after["pay"]["earned"], after["pay"]["for"]) == ("0.18", 0)
    assert after["check"] == {"dueIn": 0, "within": 0}
    assert [p.wait_cents for p in payments if p.wait_cents] == [18]


def test_who_does_not_press__is_not_called_nor_counted__until_they_do(
    world: World, seat: Seat
) -> None:
    wait(world, seat, 120 + GRACE)
    world.room.sizing.run()
    assert world.room.pools.state("Dashboard").occupancy.waiting == 0
    world.invoked(1)
    assert world.poll(seat).task is None
    press(world, seat)

    assert world.poll(seat).task is not None


def test_who_presses_late__goes_on_earning_from_then_on(world: World, seat: Seat) -> None:
    wait(world, seat, 500)
    press(world, seat)
    wait(world, seat, 60)

    assert waited(world, seat) == 180_000 + 60_000


def test_browser_that_slept_and_came_back__is_paid_neither_twice_nor_the_sleep(
    world: World, seat: Seat, clock: FakeClock
) -> None:
    wait(world, seat, 60)
    clock.advance(100)
    world.poll(seat)
    wait(world, seat, 10)
    assert waited(world, seat) == 60_000 + 45_000 + 10_000
    clock.advance(400)
    press(world, seat)
    wait(world, seat, 30)

    # The check ran out ten seconds after the last heartbeat.
    assert waited(world, seat) == 115_000 + 10_000 + 30_000


def test_pressing_twice__or_by_two_pages_at_once__is_pressing_once(
    world: World, seat: Seat
) -> None:
    wait(world, seat, 300)
    stale = world.now_of(seat)
    press(world, seat)
    world.seats.check_in(stale, world.clock.now_ms())
    press(world, seat)

    assert waited(world, seat) == 180_000


def test_call__stops_the_checks_clock_as_it_stops_the_wait(
    world: World, seat: Seat, clock: FakeClock
) -> None:
    other = arrived(world, seat.hit, "A2")
    wait(world, seat, 100)
    world.poll(other)
    world.invoked(1)
    assert world.poll(seat).task is not None
    clock.advance(6)
    assert world.poll(other).task is not None
    world.working(other, ack=True)
    clock.advance(200)
    assert world.poll(seat).released
    before = waited(world, seat)

    assert before == 100_000
    assert check(world, seat) == {"dueIn": 20_000, "within": 80_000}
    wait(world, seat, 60)
    assert waited(world, seat) == before + 60_000


def test_protohit_without__asks_nobody__and_says_nothing(world: World) -> None:
    hit = posted(world, wait_pay=0.06)
    seat = arrived(world, hit, "A1")
    wait(world, seat, 290)

    assert check(world, seat) is None
    assert "check" not in page_state(press(world, seat))
    assert waited(world, seat) == 290_000
    assert page_of_hit(world.room.pages.of_hit(hit))["checkEvery"] == 0


@pytest.mark.parametrize("every", [1, 59, -1, 90_000])
def test_bounds__are_checked(world: World, every: int) -> None:
    with pytest.raises(BadInput) as refused:
        world.put_proto(check_every=every)
    assert refused.value.field == "check_every"
