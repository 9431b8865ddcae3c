"""Pages of earlier versions: the last two are served, older ones are told, and nobody loses pay."""

from __future__ import annotations

import pytest

from chalicelib.retainer.api.worker_routes import page_state
from chalicelib.retainer.domain.page_protocol import OLDEST_PAGE, PAGE_VERSION
from chalicelib.retainer.domain.reports import Report
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.services.seating import PageState
from local.engine import ROOT
from tests.integration.paying import open_pool
from tests.integration.world import World

TOO_OLD = OLDEST_PAGE - 1


@pytest.fixture
def hit(world: World) -> str:
    """With places for several, whose waiting is paid."""
    open_pool(world)
    world.make(4)
    world.room.sizing.run()
    return world.market.hits_out[-1].hit


def arrive(world: World, hit: str, name: str, page: int | None, load: str = "a") -> PageState:
    told = Report(version=page, load=load)
    return world.room.arrivals.waiting(name, f"A{name}", hit, None, "", True, told=told)


def seat_of(state: PageState) -> Seat:
    assert state.seat is not None
    return state.seat


@pytest.mark.parametrize("page", [None, OLDEST_PAGE, PAGE_VERSION, PAGE_VERSION + 1])
def test_page_of_the_last_versions_or_of_none__is_called(
    page: int | None, world: World, hit: str
) -> None:
    seat = seat_of(arrive(world, hit, "W", page))
    world.invoked(1)

    told = page_state(world.poll(seat))

    assert told["start"]
    assert "outdated" not in told


def test_older_page__is_told_and_never_called(world: World, hit: str) -> None:
    old = arrive(world, hit, "Old", TOO_OLD)
    new = arrive(world, hit, "New", PAGE_VERSION)
    reservation = world.invoked(1)
    world.clock.sleep(20)

    for state in (old, world.poll(seat_of(old))):
        told = page_state(state)
        assert (told["start"], told["outdated"], told["waitOver"]) == (False, True, True)
    assert not world.live_claims(reservation), "a page that may not understand it got the call"
    assert world.poll(seat_of(new)).task is not None
    # What it has waited is paid: it is told so exactly, and the poll was a heartbeat.
    assert page_state(world.poll(seat_of(old)))["pay"]["earned"] == "0.02"


def test_page_loaded_anew__waits_on_in_the_same_seat(world: World, hit: str) -> None:
    old = seat_of(arrive(world, hit, "W", TOO_OLD))
    world.clock.sleep(20)
    again = arrive(world, hit, "W", PAGE_VERSION, load="b")
    reservation = world.invoked(1)

    seat = seat_of(again)
    assert (seat.seat_id, seat.arrived_ms, seat.page) == (old.seat_id, old.arrived_ms, PAGE_VERSION)
    assert not again.is_wait_over
    told = page_state(world.room.dispatch.poll("AW", again.seat_key))
    assert (told["start"], told["waited"]) == (True, 20_000)
    assert len(world.live_claims(reservation)) == 1


def test_who_is_at_work_in_a_page_that_grew_old__is_left_in_peace(world: World, hit: str) -> None:
    """Called by the version before, which served such pages."""
    seat = seat_of(arrive(world, hit, "W", PAGE_VERSION))
    reservation = world.invoked(1)
    assert world.poll(seat).task is not None
    world.seats.load(seat, "older", TOO_OLD)
    seat = world.now_of(seat)

    told = page_state(world.poll(seat))
    assert told["start"]
    assert "outdated" not in told
    assert world.working(seat, ack=True).task is not None
    (claim,) = world.ledger(reservation).claims.values()
    assert claim.ack_ms is not None


def test_pages_version__is_the_scripts() -> None:
    assert f"const VERSION = {PAGE_VERSION};" in (ROOT / "static/wait/retainer.js").read_text()
