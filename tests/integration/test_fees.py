"""Fees are asked of the market: commitments, caps, costs and its own books agree on them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import MarketConfig
from chalicelib.mturk.prices import MTURKS_FEES, Fees
from chalicelib.retainer.domain.market import MarketError, MarketUnavailable
from chalicelib.retainer.market.mturk import MTurkMarket
from tests.integration.market import running_market
from tests.integration.paying import all_totals, open_pool, waiter
from tests.integration.place import open_hit, placed
from tests.integration.world import World

OWN = Fees(50, 60, 0, 3)


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A market that answers everything alike."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_fees_of_our_marketplace__are_those_that_it_is_configured_with(
    dynamo_endpoint: str,
) -> None:
    with running_market(dynamo_endpoint, fees=OWN) as market:
        keys = market.credentials()
        config = MarketConfig("sandbox", market.url, keys.access_key, keys.secret_key)

        assert MTurkMarket(config, "us-east-1").fees() == OWN


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (404, b'{"__type": "UnknownOperationException"}', MTURKS_FEES),
        (400, b"", MTURKS_FEES),
        (501, b"", MTURKS_FEES),
        (500, b"", MarketUnavailable),
        (429, b"", MarketUnavailable),
        (200, b"<html>", MarketError),
        (200, b'{"Fees": {"Percent": -5, "PercentMany": 1, "PercentMasters": 1, "Least": "0"}}',
         MarketError),
    ],
)  # fmt: skip
def test_market_that_cannot_tell__takes_mturks__and_trouble_is_told_from_that(
    status: int, body: bytes, found: Fees | type[Exception]
) -> None:
    with answering(status, body) as endpoint:
        market = MTurkMarket(MarketConfig("sandbox", endpoint, "key", "secret"), "us-east-1")
        if isinstance(found, Fees):
            assert market.fees() == found
        else:
            with pytest.raises(found):
                market.fees()


def test_costs_and_caps__go_by_what_the_market_takes(world: World, clock: FakeClock) -> None:
    """50 % of five cents; at 40 cents an hour five seats of eight cents fit, not six of six."""
    world.market.takes = Fees(50, 50, 0, 1)
    world.put_proto(max_spend_per_hour=0.40, max_spend_per_day=4)
    world.make(9)

    world.room.sizing.run()

    (posting,) = world.postings.live("Dashboard")
    assert (posting.seats, posting.committed_cents, posting.fee_cents) == (5, 40, 3)
    assert world.room.pools.state("Dashboard").fee_cents == 3


def test_promised_bonus__is_committed_with_its_fee(world: World) -> None:
    world.market.takes = Fees(50, 50, 0, 1)
    open_pool(world)

    (posting,) = world.postings.live("Dashboard")

    # 5 + 3 for the reward, at most 33 for wait and quickness, and half of that.
    assert posting.committed_cents == 8 + 33 + 17


def test_reward__costs_the_fee_of_when_it_was_posted__and_a_bonus_that_of_now(
    world: World, clock: FakeClock
) -> None:
    world.market.takes = Fees(20, 40, 5, 1)
    hit = open_pool(world, quick_bonus=0)
    seat = waiter(world, hit, "A1")
    world.market.takes = Fees(100, 100, 0, 1)
    clock.advance(61)
    world.room.sizing.run()
    world.market.hand_in("A1", seat.assignment, hit, clock.now_ms(), a="1")

    world.room.review.run()

    totals = all_totals()
    assert (totals.work, totals.waiting, totals.fee) == (5, 30, 1 + 30)


def test_market_that_does_not_answer__is_taken_to_have_changed_nothing(
    world: World, clock: FakeClock
) -> None:
    world.market.takes = Fees(50, 50, 0, 1)
    world.put_proto()
    world.room.sizing.run()
    world.market.is_away = True
    clock.advance(120)
    world.room.sizing.run()

    assert world.room.pools.state("Dashboard").fee_cents == 3


def test_market_that_was_away_at_first__is_asked_before_anything_is_posted(
    world: World, clock: FakeClock
) -> None:
    world.market.takes = Fees(50, 50, 0, 1)
    world.put_proto()
    world.make(1)
    world.market.is_away = True
    world.room.sizing.run()
    world.market.is_away = False
    clock.advance(31)

    world.room.sizing.run()

    (posting,) = world.postings.live("Dashboard")
    assert posting.committed_cents == 8


def test_fees__are_asked_once_a_minute__not_by_any_handler(world: World, clock: FakeClock) -> None:
    world.put_proto()
    for _ in range(5):
        world.room.sizing.run()
    asked_by_runs = world.market.asked_for_fees
    world.room.pools.state("Dashboard")
    world.room.errands.reward("sandbox", "A1", "3A1", 100, "Thanks.", "key")

    assert (asked_by_runs, world.market.asked_for_fees) == (1, 1)


def test_books_agree_to_the_cent__on_a_market_with_fees_of_its_own(dynamo_endpoint: str) -> None:
    with placed(dynamo_endpoint, fees=OWN) as place:
        hit = open_hit(place)
        state = place.arrive(hit, "Ada")
        assert state.seat is not None
        place.market.clock.advance(40)
        place.world.poll(state.seat)
        place.submit(state.seat.assignment)

        place.review()

        place.check_books()
        # Half of five cents, and for four cents' wait the least.
        assert all_totals().fee == 3 + 3
