"""A market that hangs, is slow, or answers 5xx: what it costs a run, and what is done anyway."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import Config, MarketConfig
from chalicelib.kit.invocation import invocation
from chalicelib.kit.metrics import EmbeddedMetrics, Metric
from chalicelib.retainer.domain.market import MarketSilent, MarketUnavailable, SeatState
from chalicelib.retainer.market import calls
from chalicelib.retainer.market.calls import ProtocolCalls
from chalicelib.retainer.market.mturk import MTurkMarket
from chalicelib.retainer.services import trouble
from local.events import schedule_event
from local.functions import FUNCTION_TIMEOUT_S, LambdaContext
from tests.fakes import FakeMarket
from tests.integration.paying import PAID
from tests.integration.studying import arrived, handed_in, posted, took_part
from tests.integration.world import World
from tests.patience import PATIENCE_S, until

HANG_S = calls.TRIES * calls.READ_S + 1
DAY_S = 86_400


class TroubledMarket(FakeMarket):
    """Takes `call_s` for each call, by the test's clock, and then does it or raises `error`."""

    clock: FakeClock
    call_s: float = 0
    error: Exception | None = None
    calls = 0
    open_for_business = True

    def _check_here(self) -> None:
        if self.open_for_business:
            return
        self.calls += 1
        self.clock.advance(self.call_s)
        if self.error is not None:
            raise self.error

    def turns_bad(self, call_s: float, error: Exception | None) -> None:
        self.call_s, self.error, self.open_for_business, self.calls = call_s, error, False, 0


class Lines(list[dict[str, Any]]):
    """The metrics' lines, in the order in which they were written."""

    def of(self, metric: Metric) -> list[float]:
        return [line[metric.title] for line in self if metric.title in line]


@pytest.fixture
def troubled(world: World, clock: FakeClock) -> TroubledMarket:
    """The sandbox; the production market is as ever."""
    market = TroubledMarket()
    market.clock = clock
    world.markets |= {"sandbox": market, "production": FakeMarket("production", "3OTHER")}
    return market


@pytest.fixture
def lines(world: World, clock: FakeClock, troubled: TroubledMarket) -> Iterator[Lines]:
    """The app's functions serve this world, and write their figures here."""
    written = Lines()
    world.metrics = EmbeddedMetrics("tests", clock, lambda line: written.append(json.loads(line)))
    world.restart()
    config = Config.from_env({"RETAINER_SEAT_SECRET": "s" * 32})
    bootstrap.reset(bootstrap.App(config, clock, metrics=world.metrics, retainer=world.room))
    yield written
    bootstrap.reset()


def run_function(name: str, clock: FakeClock, **detail: Any) -> float:
    """Call it as its schedule does; return how many seconds it took."""
    import app  # deferred: it is what is deployed, and reads the environment

    began = clock.now_ms()
    event = schedule_event(name, began)
    event["detail"] = detail
    app.app.handler_map[name](event, LambdaContext(f"r-{name}", FUNCTION_TIMEOUT_S, clock))
    return (clock.now_ms() - began) / 1000


@contextmanager
def at_production(world: World) -> Iterator[None]:
    """What is declared and done here is at the market that works."""
    sandbox, world.market = world.market, world.markets["production"]
    try:
        yield
    finally:
        world.market = sandbox


def on_both_markets(world: World, troubled: TroubledMarket) -> None:
    """Five HITs at the market that goes away; at the other, work to review, a bonus to pay, and
    data that is to be cleared away."""
    world.market = troubled
    for n in range(5):
        posted(world, f"Away{n}", keep_days=30)
    with at_production(world):
        hit = posted(world, sandbox=False, keep_days=2, **PAID)
        took_part(world, hit, "AOLD", answer="old")
    world.clock.advance(3 * DAY_S)
    world.room.sizing.run()
    with at_production(world):
        (hit,) = [p.hit for p in world.market.hits_out if p.proto == "Dashboard"]
        seat = arrived(world, hit, "ANEW")
        world.clock.advance(40)
        world.poll(seat)
        handed_in(world, seat, answer="new")


def check_production_was_served(world: World) -> None:
    production = world.markets["production"]
    assert list(production.settled.values()) == [SeatState.PAID] * 2
    assert "ANEW" in [bonus.worker for bonus in production.bonuses]
    assert not world.room.people.of_worker("AOLD", None, 9)[0]


@pytest.mark.parametrize(
    ("call_s", "error"),
    [(HANG_S, MarketSilent("no answer")), (0.1, MarketUnavailable("status 500"))],
    ids=["hangs", "answers 500"],
)
def test_review__asks_a_market_that_is_away_once__and_does_all_else(
    world: World, clock: FakeClock, troubled: TroubledMarket, lines: Lines,
    call_s: float, error: Exception,
) -> None:  # fmt: skip
    on_both_markets(world, troubled)
    troubled.turns_bad(call_s, error)
    lines.clear()

    took_s = run_function("review", clock)

    assert troubled.calls == 1
    assert took_s <= call_s + 1
    assert lines.of(Metric.MARKETS_FAILING) == [1]
    assert lines.of(Metric.PAYMENTS_WAITING) == [0]
    check_production_was_served(world)


def test_review__of_a_market_that_hangs__has_written_what_alarms_before_anything_can_end_it(
    world: World, clock: FakeClock, troubled: TroubledMarket, lines: Lines
) -> None:
    on_both_markets(world, troubled)
    troubled.turns_bad(HANG_S, MarketSilent("no answer"))
    lines.clear()

    class Ended(BaseException):
        pass

    def end(*_: Any) -> None:
        raise Ended

    world.markets["production"].work = end  # type: ignore[method-assign]
    with pytest.raises(Ended):
        run_function("review", clock)

    assert lines.of(Metric.MARKETS_FAILING)[:1] == [1]


def test_review__of_a_slow_market__ends_in_time__and_every_hit_has_its_turn(
    world: World, clock: FakeClock, troubled: TroubledMarket, lines: Lines
) -> None:
    world.market = troubled
    for n in range(12):
        hit = posted(world, f"Slow{n}")
        world.market.hand_in(f"A{n}", f"3A{n}", hit, clock.now_ms(), answer="x")
    with at_production(world):
        hit = posted(world, sandbox=False, **PAID)
        seat = arrived(world, hit, "A")
        clock.advance(40)
        world.poll(seat)
        handed_in(world, seat, answer="x")
    troubled.turns_bad(5, None)

    for _ in range(8):
        took_s = run_function("review", clock)
        assert took_s < FUNCTION_TIMEOUT_S - 10
        clock.advance(60)

    assert len(troubled.settled) == 12
    assert len(world.markets["production"].bonuses) == 1


def test_sizing__asks_a_market_that_hangs_once__and_sizes_the_other_pools(
    world: World, clock: FakeClock, troubled: TroubledMarket, lines: Lines
) -> None:
    for n in range(3):
        world.put_proto(hit_type_id=f"Away{n}")
        world.make(1, hit_type=f"Away{n}")
    world.put_proto(sandbox=False)
    world.make(1)
    troubled.turns_bad(HANG_S, MarketSilent("no answer"))

    took_s = run_function("size_pools", clock)

    # The fees are asked for first, of a real one by the same rule.
    assert troubled.calls == 2
    assert took_s <= 2 * HANG_S + 1
    assert [p.proto for p in world.markets["production"].hits_out] == ["Dashboard"]
    assert lines.of(Metric.MARKETS_FAILING) == [1, 1]
    assert lines.of(Metric.SIZING_RUNS) == [1]


def test_sizing__of_a_slow_market__ends_in_time__and_goes_on_where_it_stopped(
    world: World, clock: FakeClock, troubled: TroubledMarket, lines: Lines
) -> None:
    for n in range(8):
        world.put_proto(hit_type_id=f"Slow{n}")
        world.make(1, hit_type=f"Slow{n}", delay_s=3600)
    run_function("size_pools", clock)
    for n in range(8):
        world.make(1, hit_type=f"Slow{n}")
    troubled.turns_bad(calls.READ_S, None)

    for _ in range(6):
        took_s = run_function("size_pools", clock)
        assert took_s < FUNCTION_TIMEOUT_S
        clock.advance(60)

    assert {p.proto for p in troubled.postings.values()} == {f"Slow{n}" for n in range(8)}


def test_hint__of_a_market_that_is_away__is_no_failure_of_the_function(
    world: World, clock: FakeClock, troubled: TroubledMarket, lines: Lines
) -> None:
    world.market = troubled
    hit = posted(world)
    lines.clear()
    troubled.turns_bad(HANG_S, MarketSilent("no answer"))

    run_function("review", clock, hit=hit)

    assert troubled.calls == 1
    assert lines.of(Metric.ERRORS) == []


@pytest.fixture
def silent() -> Iterator[tuple[MarketConfig, list[Any]]]:
    """A market that takes connections and never answers; and the connections."""
    taken: list[Any] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept())
                except OSError:
                    return

        thread = threading.Thread(target=take)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        yield MarketConfig("sandbox", url, "AKIA", "a secret of the tests"), taken
        server.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE_S)
    for connection, _ in taken:
        connection.close()


def test_client__of_a_silent_market__is_not_kept_waiting_twice_in_one_call_of_a_function(
    silent: tuple[MarketConfig, list[Any]], clock: FakeClock
) -> None:
    config, taken = silent
    market = ProtocolCalls(config, "us-east-1", read_s=0.05)

    with invocation(LambdaContext("review", 60, clock), None, lambda _: None):
        for _ in range(3):
            with pytest.raises(MarketSilent):
                market.call("get_account_balance")
        until(lambda: len(taken) == calls.TRIES, "all connections")
        # Asked in another way, too.
        with pytest.raises(MarketSilent):
            MTurkMarket(config, "us-east-1").fees()
        assert len(taken) == calls.TRIES
    with (
        invocation(LambdaContext("review", 60, clock), None, lambda _: None),
        pytest.raises(MarketSilent),
    ):
        market.call("get_account_balance")

    until(lambda: len(taken) == 2 * calls.TRIES, "all connections")


def test_time__that_steps_leave_each_other__is_enough_to_outlive_a_call_that_hangs() -> None:
    shares = [trouble.ERRANDS_LEAVE_MS, trouble.REVIEW_LEAVES_MS, trouble.PAY_LEAVES_MS,
              trouble.OTHERS_LEAVE_MS]  # fmt: skip

    assert shares == sorted(shares, reverse=True)
    assert trouble.OTHERS_LEAVE_MS > HANG_S * 1000
