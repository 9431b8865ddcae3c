"""The real marketplace tells the service by SQS, over the protocol; the Lambda handler hears."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.retainer.domain.seats import Closed, Seat
from chalicelib.retainer.services.events import Message
from tests.integration.destinations import Destinations, running_destinations
from tests.integration.function_url import serving
from tests.integration.market import Market, running_market
from tests.integration.place import Place, open_hit
from tests.integration.world import SECRET, World
from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parent.parent.parent

HANDLE = """
import json, sys
import app
(queue,) = [s.queue for s in app.app.event_sources if hasattr(s, "queue")]
answer = app.market_events(json.load(sys.stdin), None)
print(json.dumps({"queue": queue, "answer": answer}))
"""


@pytest.fixture(scope="module")
def at() -> Iterator[Destinations]:
    with running_destinations() as running:
        yield running


@pytest.fixture
def queue(at: Destinations) -> str:
    return at.queue(f"events-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def invoked() -> SimpleQueue[Any]:
    """What Lambda's Invoke was asked to start, of whatever test."""
    return SimpleQueue()


@pytest.fixture(scope="module")
def market(dynamo_endpoint: str, at: Destinations, invoked: SimpleQueue[Any]) -> Iterator[Market]:
    """A marketplace whose own schedule is started by Lambda's Invoke, and by nothing else."""
    clock = FakeClock()

    def invoke(event: Any, context: Any) -> Any:
        assert event["rawPath"] == "/2015-03-31/functions/market_tick_here/invocations"
        body = event["body"] if not event["isBase64Encoded"] else b64decode(event["body"])
        invoked.put(json.loads(body)["detail"])
        # As Lambda does: it is accepted, and runs later.
        return {"statusCode": 202, "body": ""}

    with serving(invoke, clock) as lambda_api, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_LAMBDA", lambda_api)
        with running_market(dynamo_endpoint, clock, tick_function="market_tick_here") as market:
            yield market


def place_with(market: Market, dynamo_endpoint: str, prefix: str, queue: str) -> Place:
    world = World.on(dynamo_endpoint, prefix, market.clock)
    return Place(market, world, market.credentials(), queue)


@pytest.fixture
def place(market: Market, dynamo_endpoint: str, table_prefix: str, queue: str) -> Place:
    return place_with(market, dynamo_endpoint, table_prefix, queue)


def arrive(place: Place, hit: str, name: str) -> Seat:
    seat = place.arrive(hit, name).seat
    assert seat is not None
    return seat


def give_back(place: Place, name: str, seat: Seat) -> None:
    # A market tells whole seconds; what happens within the second of acceptance is let be.
    place.market.clock.advance(2)
    place.market.market.work.give_back(place.people[name], seat.assignment)


@dataclass
class Line:
    """From the marketplace to the service, by a queue of its own."""

    place: Place
    at: Destinations
    queue: str
    invoked: SimpleQueue[Any]

    def sent(self) -> list[str]:
        """What the function sends that the marketplace has asked Lambda to run: no schedule has."""
        assert self.invoked.get(timeout=PATIENCE_S) == {"send": True}
        self.place.market.market.tick.send()
        return self.queued()

    def queued(self) -> list[str]:
        return [json.dumps(body) for body in self.at.received(self.queue)]

    def hear(self, bodies: list[str]) -> None:
        assert bodies
        messages = [Message(str(n), body) for n, body in enumerate(bodies)]
        assert self.place.world.room.events.take(messages) == []


@pytest.fixture
def line(place: Place, at: Destinations, queue: str, invoked: SimpleQueue[Any]) -> Line:
    while not invoked.empty():
        invoked.get()
    return Line(place, at, queue, invoked)


def test_return__frees_the_call__long_before_presence_lapses(place: Place, line: Line) -> None:
    hit = open_hit(place)
    ada, ben = arrive(place, hit, "Ada"), arrive(place, hit, "Ben")
    reservation = place.world.invoked(1)
    assert place.world.poll(ada).task is not None
    assert place.world.poll(ben).task is None

    give_back(place, "Ada", ada)
    line.hear(line.sent())

    assert place.world.poll(ben).task is not None
    assert list(place.world.live_claims(reservation).values()) == [ben.seat_id]
    assert place.world.now_of(ada).closed is Closed.RETURNED
    assert place.market.clock.now_ms() - ada.seen_ms < 20_000


def test_submission__is_approved_and_paid_at_once(place: Place, line: Line) -> None:
    hit = open_hit(place)
    ada = arrive(place, hit, "Ada")
    before = place.earned("Ada")
    place.market.clock.advance(20)
    place.world.poll(ada)
    place.submit(ada.assignment)

    line.hear(line.sent())

    # The reward, and 20 s at 6 cents a minute.
    assert place.earned("Ada") - before == 5 + 2


def test_expiry__is_told(place: Place, line: Line) -> None:
    hit = open_hit(place)
    place.world.markets["sandbox"].close(hit)
    place.market.market.tick.run()
    place.world.starter.started.clear()

    line.hear(line.queued())

    assert [r["reason"] for _, r in place.world.starter.started] == ["told"]


def test_events__are_asked_for_once_for_a_type(place: Place, queue: str) -> None:
    adapter: Any = place.world.markets["sandbox"]
    asked: list[str] = []
    adapter._calls.client.meta.events.register(
        "before-call.mturk.UpdateNotificationSettings", lambda **_: asked.append("asked")
    )

    first = open_hit(place)
    proto = place.world.room.reservations.proto("Dashboard")
    second = adapter.open(proto, 1, "TOKEN-2")
    # Made, and then whoever made it died: the market names the HIT, not its type.
    adapter._telling._asked.clear()
    assert adapter.open(proto, 1, "TOKEN-2") == second

    assert first != second
    assert asked == ["asked", "asked"]


def test_queue_that_the_market_refuses__does_not_keep_a_hit_from_being_posted(
    market: Market, dynamo_endpoint: str, table_prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    place = place_with(market, dynamo_endpoint, table_prefix, "ftp://not/a/queue")

    assert open_hit(place)

    assert [r.msg for r in caplog.records if r.name == "retainer.market"] == [
        "events will not be told"
    ]


def test_lambda_handler__acts_on_a_batch__and_drops_what_is_no_notification(
    place: Place, line: Line, dynamo_endpoint: str, table_prefix: str
) -> None:
    hit = open_hit(place)
    ada = arrive(place, hit, "Ada")
    give_back(place, "Ada", ada)
    bodies = ["poison", *line.sent()]
    records = [
        {"messageId": str(n), "receiptHandle": "r", "body": body, "eventSource": "aws:sqs"}
        for n, body in enumerate(bodies)
    ]
    adapter: Any = place.world.markets["sandbox"]
    other = {
        "endpoint": place.market.url,
        "access_key": adapter._config.access_key,
        "secret_key": adapter._config.secret_key,
    }
    env = {
        **{n: v for n, v in os.environ.items() if not n.startswith(("RETAINER_", "MARKETPLACE_"))},
        "DYNAMODB_ENDPOINT": dynamo_endpoint,
        "RETAINER_TABLE_PREFIX": table_prefix,
        "RETAINER_SEAT_SECRET": SECRET,
        "RETAINER_MARKETS": json.dumps({"sandbox": other}),
        "RETAINER_EVENTS_QUEUE": line.queue,
        "MARKETPLACE_ENABLED": "0",
        "AWS_REGION": "us-east-1",
    }

    done = subprocess.run(
        [sys.executable, "-c", HANDLE],
        cwd=ROOT, env=env, input=json.dumps({"Records": records}), timeout=PATIENCE_S, check=True,
        capture_output=True, text=True,
    )  # fmt: skip

    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer == {"queue": line.queue.rpartition("/")[2], "answer": {"batchItemFailures": []}}
    assert place.world.now_of(ada).closed is Closed.RETURNED
    logged = done.stdout + done.stderr
    assert logged.count("The message is not JSON.") == 1


def test_no_queue__no_handler() -> None:
    # In a process of its own: what this one was told when it imported the app is anybody's.
    ours = ("RETAINER_", "MARKETPLACE_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}

    done = subprocess.run(
        [sys.executable, "-c", "import app; print(hasattr(app, 'market_events'))"],
        cwd=ROOT, env=env, timeout=PATIENCE_S, check=True, capture_output=True, text=True,
    )  # fmt: skip

    assert done.stdout.strip() == "False"
