"""A whole one-machine stack whose database, market and events queue go away now and then."""

from __future__ import annotations

import json
import logging
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import Any, TextIO

import boto3
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError, ClientError

from examples.poll.retainer_client import Retainer
from local.crowd import Crowd, CrowdOptions
from local.engine import engine_on_free_port
from local.http_server import Handler, Reply, Request
from local.stack import Stack, StackOptions, running_stack
from tests.integration.destinations import REGION, running_destinations
from tests.outages import Gate, gate_to

SPEED = 60
"""Times as fast as declared that schedules run: a minute is a second."""

SERVICE = "retainer-dev"
"""The stage whose alarms look at the figures."""

HIT_TYPE = "Day"
QUEUE = "events"
MAX_WAIT_S = 20
PATIENCE_S = 300
"""For what must come to its end, on a machine that much else runs on."""


@dataclass(frozen=True)
class Outage:
    what: str
    how: str
    began_ms: int
    ended_ms: int

    @property
    def seconds(self) -> float:
        return (self.ended_ms - self.began_ms) / 1000


class MetricLines:
    """Standard output that keeps the lines of metrics, and hands on the rest."""

    def __init__(self, real: TextIO) -> None:
        self._real = real
        self.lines: list[str] = []

    def write(self, text: str) -> int:
        if text.startswith("{") and '"_aws"' in text:
            self.lines.append(text)
        elif text.strip() or not self.lines:
            self._real.write(text)
        return len(text)

    def flush(self) -> None:
        self._real.flush()


class Door:
    """In front of the marketplace's protocol: open, refusing, or silent until it opens again."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self._opened.set()
        self._refuses = False

    def wrap(self, handler: Handler) -> Handler:
        def handle(request: Request) -> Reply:
            if self._refuses:
                return Reply(503, [("Content-Type", "text/plain")], b"away")
            self._opened.wait(PATIENCE_S)
            return handler(request)

        return handle

    def cut(self) -> None:
        self._refuses = True

    def hush(self) -> None:
        self._opened.clear()

    def open(self) -> None:
        self._refuses = False
        self._opened.set()


class QueueReader:
    """Lambda's part between queue and function: hands over, and deletes what was taken."""

    def __init__(self, stack: Stack, queue_url: str, endpoint: str) -> None:
        quick = BotoConfig(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
        self._sqs: Any = boto3.client("sqs", REGION, endpoint_url=endpoint, config=quick)
        self._stack, self._url = stack, queue_url
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="queue-reader", daemon=True)
        self.taken = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self._thread.join()
        self._sqs.close()

    def _run(self) -> None:
        while not self._ending.wait(0.2):
            try:
                self._pass_on()
            except (BotoCoreError, ClientError):
                continue

    def _pass_on(self) -> None:
        found = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=10, VisibilityTimeout=5
        )
        messages = found.get("Messages", [])
        if not messages:
            return
        records = [
            {"messageId": m["MessageId"], "body": m["Body"], "receiptHandle": m["ReceiptHandle"]}
            for m in messages
        ]
        try:
            answer = self._stack.run_function("market_events", {"Records": records})
        except Exception:
            # The function failed: nothing is deleted, all of it comes again.
            return
        failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        for message in messages:
            if message["MessageId"] not in failed:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                self.taken += 1


@dataclass
class Place:
    """The stack with gates in front of what may go away; what was seen meanwhile."""

    stack: Stack
    retainer: Retainer
    crowd: Crowd
    metrics: MetricLines
    gates: dict[str, Gate | Door]
    reader: QueueReader
    api_errors: list[int] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)

    def now_ms(self) -> int:
        return self.stack.clock.now_ms()

    def outage(self, what: str, how: str, seconds: float) -> None:
        """Take something away for so long, and bring it back."""
        gate = self.gates[what]
        began = self.now_ms()
        getattr(gate, how)()
        # What this is about is that time passes with it away.
        threading.Event().wait(seconds)
        gate.open()
        self.outages.append(Outage(what, how, began, self.now_ms()))

    def wait_for(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, f"never came: {what}; {dict(self.crowd.events)}"
            threading.Event().wait(0.2)


class Application:
    """Asks for people all day, and says of every call what came of it."""

    def __init__(self, place: Place, seed: int, most_s: float) -> None:
        self._place, self._rng, self._most_s = place, random.Random(seed), most_s
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"application-{n}", daemon=True)
            for n in range(2)
        ]
        self.answered: Counter[str] = Counter()
        self.broken: list[BaseException] = []

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        try:
            while not self._ending.is_set():
                people = self._rng.randint(1, 3)
                given = self.ask(people, self._most_s)
                self.answered["whole" if given == people else "part" if given else "none"] += 1
        except BaseException as error:
            self.broken.append(error)
            raise

    def ask(self, people: int, most_s: float) -> int:
        """Have so many answer; return how many did in the time, whose ids must differ."""
        retainer = self._place.retainer
        reservation = retainer.make(HIT_TYPE, people)
        retainer.invoke(reservation, payload=json.dumps({"question": "?", "options": ["a", "b"]}))
        deadline = time.monotonic() + most_s
        done: list[str] = []
        while len(done) < people and time.monotonic() < deadline:
            slots = retainer.results(reservation, wait_s=2)["slots"]
            done = [slot["worker"] for slot in slots if slot["submitted"]]
        retainer.finish(reservation)
        assert len(set(done)) == len(done)
        assert len(done) <= people
        return len(done)


@contextmanager
def outage_place(people: int) -> Iterator[Place]:
    with ExitStack() as cleanup:
        engine = engine_on_free_port()
        cleanup.callback(engine.stop)
        database = cleanup.enter_context(gate_to(engine.port, engine.host))
        # A line for each look into the queue.
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        at = cleanup.enter_context(running_destinations())
        queue_url = at.queue(QUEUE)
        sqs = cleanup.enter_context(gate_to(int(at.sqs.meta.endpoint_url.rpartition(":")[2])))
        metrics = MetricLines(sys.stdout)
        cleanup.enter_context(redirect_stdout(metrics))  # type: ignore[type-var]
        variables = {
            "RETAINER_METRICS": SERVICE,
            "RETAINER_EVENTS_QUEUE": QUEUE,
            "AWS_ENDPOINT_URL_SQS": sqs.address,
            "RETAINER_MAX_SPEND_PER_HOUR": "1000",
            "RETAINER_MAX_SPEND_PER_DAY": "1000",
        }
        options = StackOptions(speed=SPEED, variables=variables, dynamodb=database.address)
        stack = cleanup.enter_context(running_stack(options))
        door = Door()
        stack.interpose("mturk", door.wrap)
        reader = QueueReader(stack, queue_url, sqs.address)
        crowd = Crowd(stack.api, CrowdOptions(people, acknowledge_s=0.3, think_s=0.8, rest_s=0.5))
        place = Place(
            stack,
            Retainer(stack.api, tries=12),
            crowd,
            metrics,
            {"database": database, "market": door, "queue": sqs},
            reader,
        )
        _watch(place)
        place.retainer.puttask(
            hit_type_id=HIT_TYPE,
            title="A quick question",
            description="Wait, then answer.",
            url=f"{stack.wait}/examples/poll/worker/index.html",
            reward=0.05,
            wait_pay=0.06,
            assignment_duration=600,
            lifetime=3600,
            max_wait=MAX_WAIT_S,
            readyFor=4,
            max_spend_per_hour=1000,
            max_spend_per_day=1000,
            verifiedOnly=True,
            sandbox=True,
        )
        # Never called: it keeps people waiting for those who are.
        place.retainer.make(HIT_TYPE, people, foreign_id="a pool")
        reader.start()
        cleanup.callback(reader.stop)
        crowd.start()
        cleanup.callback(crowd.stop)
        cleanup.callback(lambda: [gate.open() for gate in place.gates.values()])
        yield place


def _watch(place: Place) -> None:
    """Keep what AWS itself would measure: failures of functions, errors of the API."""

    def counted(handler: Handler) -> Handler:
        def handle(request: Request) -> Reply:
            reply = handler(request)
            if reply.status >= 500:
                place.api_errors.append(place.now_ms())
            return reply

        return handle

    place.stack.interpose("api", counted)
    call = place.stack.functions.call

    def watched(full_name: str, event: Any) -> Any:
        try:
            return call(full_name, event)
        except Exception:
            place.failures.append((place.now_ms(), full_name))
            raise

    place.stack.functions.call = watched  # type: ignore[method-assign]
