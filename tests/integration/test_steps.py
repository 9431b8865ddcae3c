"""A step of a run that fails: it is counted, and what comes after it is done all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.kit.metrics import Metric
from chalicelib.marketplace.store.tables import HitRow
from chalicelib.retainer.domain.market import SeatState
from local.events import schedule_event
from local.functions import LambdaContext
from tests.integration.calling import Calls
from tests.integration.faults import _error, session_of
from tests.integration.market import Market, post
from tests.integration.studying import arrived, handed_in, posted, took_part
from tests.integration.world import World

DAY_S = 86_400


class Refusing:
    """The database, of which some requests are refused for good."""

    def __init__(self, real: Any, operation: str, *words: str) -> None:
        self._real = real
        self._operation = operation
        self._words = [word.encode() for word in words]
        self.refused = 0

    def send(self, request: Any) -> Any:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        if operation == self._operation and all(w in request.body for w in self._words):
            self.refused += 1
            return _error(request, "AccessDeniedException")
        return self._real.send(request)

    def close(self) -> None:
        self._real.close()


@contextmanager
def refused(dynamo: Any, operation: str, *words: str) -> Iterator[Refusing]:
    with session_of(dynamo, lambda real: Refusing(real, operation, *words)) as session:
        yield session
    assert session.refused


class Counted:
    """Figures, added up."""

    def __init__(self) -> None:
        self.sums: dict[Metric, float] = {}

    def put(self, values: Mapping[Metric, float], hit_type: str | None = None) -> None:
        for metric, value in values.items():
            self.sums[metric] = self.sums.get(metric, 0) + value

    def count(self, metric: Metric, times: float = 1) -> None:
        self.put({metric: times})


@pytest.fixture
def counted(world: World) -> Iterator[Counted]:
    """The app's functions serve this world, and count here."""
    counted = Counted()
    config = Config.from_env({"RETAINER_SEAT_SECRET": "s" * 32})
    bootstrap.reset(bootstrap.App(config, world.clock, metrics=counted, retainer=world.room))
    yield counted
    bootstrap.reset()


def run_function(name: str, clock: FakeClock) -> None:
    import app  # deferred: it is what is deployed, and reads the environment

    context = LambdaContext(f"retainer-{name}", 60, clock)
    app.app.handler_map[name](schedule_event(name, clock.now_ms()), context)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("Query", ["-errands"]),
        ("Query", ["-postings", "Broken"]),
        ("UpdateItem", ["-notes", "parts#"]),
        ("Query", ["-people", "roll"]),
    ],
    ids=["errands", "one ProtoHIT", "parts", "erasure"],
)
def test_step_of_the_review_that_fails__is_counted__and_keeps_no_other_from_being_done(
    world: World, clock: FakeClock, counted: Counted, operation: str, words: list[str]
) -> None:
    posted(world, "Broken")
    hit = posted(world, keep_days=2)
    took_part(world, hit, "A1", answer="old")
    clock.advance(2 * DAY_S + 3_600)
    world.room.sizing.run()
    (hit,) = [p.hit for p in world.market.hits_out if p.proto == "Dashboard"]
    new = arrived(world, hit, "A2")
    handed_in(world, new, answer="new")

    with refused(world.dynamo, operation, *words):
        run_function("review", clock)

    assert counted.sums[Metric.ERRORS] >= 1
    assert world.market.settled[new.assignment] is SeatState.PAID
    assert not world.room.people.of_worker("A1", None, 9)[0]


def test_pool_that_cannot_be_sized__is_counted__and_keeps_no_other_from_being_sized(
    world: World, clock: FakeClock, counted: Counted
) -> None:
    for name in ("A", "B"):
        world.put_proto(hit_type_id=name)
        world.make(1, hit_type=name)

    with refused(world.dynamo, "PutItem", "-postings", '"A"'):
        run_function("size_pools", clock)

    assert [p.proto for p in world.market.hits_out] == ["B"]
    assert counted.sums[Metric.ERRORS] == 1


def test_step_of_the_tick_that_fails__keeps_no_other_from_being_done__but_a_command_hears_of_it(
    market: Market, client: Any
) -> None:
    hit_id = post(client, LifetimeInSeconds=60)
    market.clock.advance(61)

    with refused(market.dynamo, "Query", "-assignments", "by_timer"):
        market.market.tick.run()
        with pytest.raises(StoreUnavailable):
            market.market.tick.settle_all()

    assert HitRow.get(hit_id, consistent_read=True).over_told


@pytest.mark.parametrize("index", ["untold", "by_due"])
def test_step_of_the_calls_that_fails__keeps_no_other_from_being_done(
    dynamo_endpoint: str, index: str
) -> None:
    calls = Calls.on(dynamo_endpoint)
    worker = calls.worker("work:mail")
    calls.post(calls.account())

    calls.clock.advance(3_600)
    with refused(calls.dynamo, "Query", "-rounds" if index == "by_due" else "", index):
        calls.market.calling_run.run()
        calls.clock.advance(60)
        calls.market.calling_run.run()

    assert calls.subjects(worker)
