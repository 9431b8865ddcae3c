"""Every cap by itself, of a ProtoHIT and of the account: the pool stops growing and says why, while
clean-up and pay go on."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.clock import FakeClock
from tests.integration.paying import waiter
from tests.integration.world import World

HOUR_S = 3_600
DAY_S = 86_400

# Where the cap is set, to what, how many seats of six cents fit, and how it is told.
CAPS: list[tuple[dict[str, Any], dict[str, str], int, str]] = [
    ({"max_hits_out": 1}, {}, 9, "HITs out"),
    ({"max_waiting": 4}, {}, 4, "workers waiting"),
    ({"max_spend_per_hour": 0.24}, {}, 4, "spending"),
    ({"max_spend_per_day": 0.24}, {}, 4, "spending"),
    ({}, {"RETAINER_MAX_HITS_OUT": "1"}, 9, "HITs out"),
    ({}, {"RETAINER_MAX_WAITING": "4"}, 4, "workers waiting"),
    ({}, {"RETAINER_MAX_SPEND_PER_HOUR": "0.24"}, 4, "spending"),
    ({}, {"RETAINER_MAX_SPEND_PER_DAY": "0.24"}, 4, "spending"),
]
NAMES = [next(iter({**proto, **account})) for proto, account, _, _ in CAPS]


def free_seats(world: World) -> int:
    return sum(p.seats - p.held for p in world.market.hits_out)


@pytest.mark.parametrize(("proto", "account", "seats", "told"), CAPS, ids=NAMES)
def test_at_the_cap__the_pool_stops_growing_and_says_so__and_work_is_paid_and_hits_taken_back(
    dynamo_endpoint: str,
    table_prefix: str,
    clock: FakeClock,
    proto: dict[str, Any],
    account: dict[str, str],
    seats: int,
    told: str,
) -> None:
    world = World.on(dynamo_endpoint, table_prefix, clock, **account)
    world.put_proto(**proto)
    reservation = world.make(30)

    for _ in range(3):
        world.room.sizing.run()
        clock.advance(1)

    assert free_seats(world) == seats
    report = world.room.pools.state("Dashboard").report
    assert report.short == 30 - seats
    assert f"{30 - seats} short at the cap on {told}" in report.why

    hit = world.market.hits_out[0].hit
    seat = waiter(world, hit, "A1")
    world.market.hand_in("A1", seat.assignment, hit, clock.now_ms(), waited="1")
    clock.advance(20)
    world.room.review.run()
    assert world.room.costs.report(None, "", "").spent.work == 5
    world.room.reservations.finish(reservation, cancelled=True)
    world.room.sizing.run(reason="cancel")
    assert world.market.hits_out == []


@pytest.mark.parametrize(
    ("proto", "account", "seats", "told"), CAPS[2:4] + CAPS[6:], ids=NAMES[2:4] + NAMES[6:]
)
def test_cap_on_money__holds_for_its_time_where_every_seat_was_taken(
    dynamo_endpoint: str,
    table_prefix: str,
    clock: FakeClock,
    proto: dict[str, Any],
    account: dict[str, str],
    seats: int,
    told: str,
) -> None:
    world = World.on(dynamo_endpoint, table_prefix, clock, **account)
    world.put_proto(**proto)
    world.make(30)
    world.room.sizing.run()
    world.market.hits_out[0].held = seats
    until = HOUR_S if "HOUR" in str({**proto, **account}).upper() else DAY_S

    clock.advance(until - 60)
    world.room.sizing.run()
    assert free_seats(world) == 0

    clock.advance(61)
    world.room.sizing.run()
    assert free_seats(world) == seats


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
