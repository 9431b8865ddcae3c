"""Who accepted and is not there: scripts that accept all they see, and browsers that died."""

from __future__ import annotations

import logging

import pytest

from chalicelib.kit.clock import FakeClock
from tests.integration.paying import waiter
from tests.integration.world import World


def free_seats(world: World) -> int:
    return sum(p.seats - p.held for p in world.market.hits_out)


def test_accepted_without_ever_coming__does_not_count_as_pool(
    world: World, clock: FakeClock
) -> None:
    """A script accepts whatever is posted; no page is ever opened."""
    world.put_proto()
    world.make(3)
    world.room.sizing.run()
    world.market.hits_out[0].held = 3
    clock.advance(60)

    world.room.sizing.run()

    assert free_seats(world) == 3
    state = world.room.pools.state("Dashboard")
    assert (state.occupancy.waiting, state.available) == (0, 3)


def test_accepting_script__cannot_have_more_posted_than_the_caps_allow(
    world: World, clock: FakeClock
) -> None:
    world.put_proto(max_hits_out=4, max_spend_per_hour=1.00)
    world.make(3)
    for _ in range(20):
        world.room.sizing.run()
        for posting in world.market.hits_out:
            posting.held = posting.seats
        clock.advance(60)

    assert len(world.market.postings) == 4
    assert "at the cap on" in world.room.pools.state("Dashboard").report.why


def test_page_that_went_silent__does_not_count_as_pool(world: World, clock: FakeClock) -> None:
    world.put_proto()
    world.make(2)
    world.room.sizing.run()
    hit = world.market.hits_out[0].hit
    world.market.hits_out[0].held = 2
    here, gone = waiter(world, hit, "A1", 20), waiter(world, hit, "A2", 20)
    clock.advance(50)
    world.poll(here)
    world.room.sizing.run()

    assert world.room.pools.state("Dashboard").occupancy.waiting == 1
    assert free_seats(world) == 1
    reservation = world.invoked(2)
    assert world.poll(here).task is not None
    assert world.live_claims(reservation) == {"A1": here.seat_id}
    # Whoever comes back is there again.
    assert world.poll(gone).task is not None


def test_run__logs_the_model_its_numbers_and_why_it_posted(
    world: World, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    world.put_proto(standing=True)
    with caplog.at_level(logging.INFO, logger="retainer.sizing"):
        (report,) = world.room.sizing.run()

    (line,) = [r for r in caplog.records if r.getMessage() == "sized"]
    assert (line.__dict__["model"], line.__dict__["target"]) == (report.model, report.target)
    why = line.__dict__["why"]
    assert "posting 1 HIT with 3 seats" in why
    assert f"model {report.model} keeps {report.target} for 95.0% served at once: calls" in why
    assert "72 s to recruit" in why
