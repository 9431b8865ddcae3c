"""Every cap by itself, of a ProtoHIT and of the account: the pool stops growing and says why, while
clean-up and pay go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from tests.integration.paying import waiter
from tests.integration.world import World

HOUR_S = 3_600
DAY_S = 86_400


@dataclass(frozen=True)
class Cap:
    """Where it is set, how many seats of six cents fit, and how it is told."""

    proto: dict[str, Any]
    account: dict[str, str]
    seats: int
    told: str

    @property
    def name(self) -> str:
        return next(iter({**self.proto, **self.account}))


CAPS = [
    Cap({"max_hits_out": 1}, {}, 9, "HITs out"),
    Cap({"max_waiting": 4}, {}, 4, "workers waiting"),
    Cap({"max_spend_per_hour": 0.24}, {}, 4, "spending"),
    Cap({"max_spend_per_day": 0.24}, {}, 4, "spending"),
    Cap({}, {"RETAINER_MAX_HITS_OUT": "1"}, 9, "HITs out"),
    Cap({}, {"RETAINER_MAX_WAITING": "4"}, 4, "workers waiting"),
    Cap({}, {"RETAINER_MAX_SPEND_PER_HOUR": "0.24"}, 4, "spending"),
    Cap({}, {"RETAINER_MAX_SPEND_PER_DAY": "0.24"}, 4, "spending"),
]
ON_MONEY = [cap for cap in CAPS if cap.told == "spending"]


@pytest.fixture
def capped(dynamo_endpoint: str, table_prefix: str, clock: FakeClock, cap: Cap) -> World:
    """A service with that cap."""
    world = World.on(dynamo_endpoint, table_prefix, clock, **cap.account)
    world.put_proto(**cap.proto)
    return world


def free_seats(world: World) -> int:
    return sum(p.seats - p.held for p in world.market.hits_out)


@pytest.mark.parametrize("cap", CAPS, ids=lambda cap: cap.name)
def test_at_the_cap__the_pool_stops_growing_and_says_so__and_work_is_paid_and_hits_taken_back(
    capped: World, clock: FakeClock, cap: Cap
) -> None:
    reservation = capped.make(30)
    for _ in range(3):
        capped.room.sizing.run()
        clock.advance(1)

    assert free_seats(capped) == cap.seats
    report = capped.room.pools.state("Dashboard").report
    assert report.short == 30 - cap.seats
    assert f"{30 - cap.seats} short at the cap on {cap.told}" in report.why

    hit = capped.market.hits_out[0].hit
    seat = waiter(capped, hit, "A1")
    capped.market.hand_in("A1", seat.assignment, hit, clock.now_ms(), waited="1")
    clock.advance(20)
    capped.room.review.run()
    assert capped.room.costs.report(None, "", "").spent.work == 5
    capped.room.reservations.finish(reservation, cancelled=True)
    capped.room.sizing.run(reason="cancel")
    assert capped.market.hits_out == []


@pytest.mark.parametrize("cap", ON_MONEY, ids=lambda cap: cap.name)
def test_cap_on_money__holds_for_its_time_where_every_seat_was_taken(
    capped: World, clock: FakeClock, cap: Cap
) -> None:
    capped.make(30)
    capped.room.sizing.run()
    capped.market.hits_out[0].held = cap.seats
    until_s = HOUR_S if "hour" in cap.name.lower() else DAY_S

    clock.advance(until_s - 60)
    capped.room.sizing.run()
    assert free_seats(capped) == 0

    clock.advance(61)
    capped.room.sizing.run()
    assert free_seats(capped) == cap.seats


def test_account_cap__is_of_all_protohits_together(
    dynamo_endpoint: str, table_prefix: str, clock: FakeClock
) -> None:
    world = World.on(dynamo_endpoint, table_prefix, clock, RETAINER_MAX_HITS_OUT="3")
    for name in ("a", "b"):
        world.put_proto(hit_type_id=name)
        world.make(18, hit_type=name)

    world.room.sizing.run()

    assert len(world.market.hits_out) == 3
    assert "9 short at the cap on HITs out" in world.room.pools.state("b").report.why
