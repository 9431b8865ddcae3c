"""What a sizing run says of itself, in its log line and to the application, read word by word."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.api import wire
from chalicelib.retainer.domain.market import MarketUnavailable
from tests.integration.test_standing_pools import call_often
from tests.integration.world import World

STAYS: dict[str, Any] = {"max_wait": 86_400, "assignment_duration": 172_800}
"""Workers who stay for a day: their leaving changes nothing."""


def told(world: World, caplog: pytest.LogCaptureFixture, proto: str = "Dashboard") -> str:
    """Run the sizing, and return what the log and `GET retainer/pool` say alike."""
    caplog.clear()
    with caplog.at_level(logging.INFO, "retainer.sizing"):
        world.room.sizing.run()
    line = next(r for r in caplog.records if r.msg == "sized" and vars(r)["hitType"] == proto)
    pool = wire.pool(world.room.pools.state(proto))
    logged = vars(line)
    assert logged["why"] == pool["sizing"]["why"]
    assert (logged["model"] or None, logged["target"]) == (pool["model"] or None, pool["standing"])
    return str(pool["sizing"]["why"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"model": "A"},
            "0 wanted and 2 kept ready, 0 waiting, 0 expected from HITs out; "
            "posting 1 HIT with 2 seats; model A keeps 2 for 95.0% served at once: "
            "calls 6.0/h for 1, by 0 in 1 min; 72 s to recruit; 0.20/min leave",
        ),
        (
            STAYS,
            "0 wanted and 2 kept ready, 0 waiting, 0 expected from HITs out; "
            "posting 1 HIT with 2 seats; model B keeps 2 for 95.0% served at once: "
            "calls 6.0/h for 1, by 0 in 1 min; 72 s to recruit; 0.00/min leave",
        ),
        (
            {"readyFor": 5, **STAYS},
            "0 wanted and 9 kept ready, 0 waiting, 0 expected from HITs out; "
            "posting 1 HIT with 9 seats; model C keeps 9 for 95.0% served at once: "
            "calls 6.0/h for 5, by 0 in 1 min; 72 s to recruit; 0.00/min leave",
        ),
        (
            {"waitCap": 1.5},
            "0 wanted and 3 kept ready, 0 waiting, 0 expected from HITs out; "
            "posting 1 HIT with 3 seats; model D keeps 3 for a mean wait of 1.5 s: "
            "calls 6.0/h for 1, by 0 in 1 min; 72 s to recruit; 0.20/min leave",
        ),
    ],
)
def test_each_model_says_its_numbers(
    world: World, caplog: pytest.LogCaptureFixture, given: dict[str, Any], said: str
) -> None:
    world.put_proto(standing=True, **given)
    assert told(world, caplog) == said


def test_what_was_measured_is_told_with_how_much_of_it_there_is(
    world: World, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    world.put_proto(standing=True)
    call_often(world, clock)

    assert "calls 26.6/h for 1, by 28 in 60 min; " in told(world, caplog)


def test_a_shared_pool_says_whose_it_is_and_adds_up_what_was_counted(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("A", "B"):
        world.put_proto(hit_type_id=name, pool="lab", standing=True)

    assert told(world, caplog, "B") == (
        "shared pool lab of A, B; 0 wanted and 3 kept ready, 0 waiting, 0 expected from HITs out "
        "and 2 from others'; posting 1 HIT with 1 seat; model D keeps 3 for 95.0% served at once: "
        "calls 12.0/h for 1, by 0 in 1 min; 72 s to recruit; 0.20/min leave"
    )


def test_a_stopped_pool_keeps_nobody_ready(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.put_proto(standing=True)
    world.room.sizing.run()
    world.seat("A1")
    world.room.reservations.set_stopped("Dashboard", True)

    assert told(world, caplog) == "stopped: expiring 1 HIT; 1 still waiting are served and paid"
    assert wire.pool(world.room.pools.state("Dashboard"))["standing"] == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_hits_out": 1}, "posting 1 HIT with 9 seats; 11 short at the cap on HITs out"),
        ({"max_waiting": 7}, "posting 1 HIT with 7 seats; 13 short at the cap on workers waiting"),
        (
            {"max_spend_per_hour": 0.30},
            "posting 1 HIT with 5 seats; 15 short at the cap on spending",
        ),
    ],
)
def test_a_pool_at_a_cap_says_which(
    world: World, caplog: pytest.LogCaptureFixture, given: dict[str, Any], said: str
) -> None:
    world.put_proto(**given)
    world.make(20)

    assert told(world, caplog) == f"20 wanted, 0 waiting, 0 expected from HITs out; {said}"


def test_an_empty_account_is_told_apart_from_a_cap(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.put_proto()
    world.make(20)
    world.market.balance_cents_left = 20

    said = "posting 1 HIT with 3 seats; 17 short at what the balance pays for"
    assert told(world, caplog) == f"20 wanted, 0 waiting, 0 expected from HITs out; {said}"


def test_what_is_replaced_and_what_nobody_needs_is_told(
    world: World, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    world.put_proto()
    reservation = world.make(12)
    world.room.sizing.run()
    clock.advance(181)
    assert told(world, caplog).endswith("replacing 2 HITs that nobody took for 3 min")

    world.room.reservations.finish(reservation)
    world.room.sizing.run()
    clock.advance(61)
    assert told(world, caplog).endswith("expiring 2 HITs that nobody needs")


def test_a_market_that_does_not_answer_is_told_with_how_long_it_is_left_alone(
    world: World, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    world.put_proto()
    world.make(3)

    def throttled(proto: object) -> None:
        raise MarketUnavailable("Rate exceeded")

    world.market.on_open = throttled
    said = "the market did not answer: Rate exceeded; left alone for"
    assert told(world, caplog) == f"{said} 30 s"
    clock.advance(31)
    assert told(world, caplog) == f"{said} 60 s, after 2 failures in a row"
