"""HITs that are accepted and whose page never comes are told of within minutes, and nobody fetches
their address."""

from __future__ import annotations

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api.status_wire import overview
from tests.fakes import FakePosting
from tests.integration.studying import arrived, posted
from tests.integration.world import World

URL = "https://example.org/wait.html"


def told(world: World, clock: FakeClock, seconds: float) -> tuple[str, str | None]:
    """Let time pass with a sizing run each minute; return what the last one says."""
    for _ in range(int(seconds // 60)):
        clock.advance(60)
        assert world.room.sizing.run()
    status = overview(world.room.status.read("Dashboard", full=False), None)
    return status["focus"]["sizing"]["why"], status["pools"][0]["notice"]


@pytest.mark.parametrize("pool", ["", "shared"])
def test_hits_that_are_accepted_without_a_page__are_told_of(
    world: World, clock: FakeClock, pool: str
) -> None:
    hit = posted(world, pool=pool)
    (there,) = [p for p in world.market.postings.values() if p.hit == hit]
    there.held = 1
    assert told(world, clock, 60)[1] is None

    why, notice = told(world, clock, 180)
    assert notice == (
        f"1 person has accepted, and no page has come: does {URL} open in a browser, over https, "
        "and load retainer.js?"
    )
    assert notice in why

    arrived(world, hit, "A1")
    assert told(world, clock, 60)[1] is None


def test_one_worker_who_closed_the_tab__is_no_reason_to_doubt_the_address(
    world: World, clock: FakeClock
) -> None:
    hit = posted(world)
    (there,) = [p for p in world.market.postings.values() if p.hit == hit]
    there.held = 1
    told(world, clock, 60)
    other = world.post_hit(hit="3OTHER")
    world.market.postings["other"] = FakePosting(other, 9, "Dashboard")
    arrived(world, other, "A2")

    assert told(world, clock, 180)[1] is None
