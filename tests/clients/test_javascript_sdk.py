"""@aws-sdk/client-mturk from npm: a requester's program in one Node process, and its crowd here."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chalicelib.kit.clock import Clock
from chalicelib.marketplace.api import protocol
from chalicelib.mturk import model
from tests.clients.processes import ROOT, requester_env
from tests.integration.destinations import Destinations
from tests.integration.function_url import serving
from tests.integration.market import QUESTION, Market
from tests.integration.market_crowd import accept, sign_in, submit
from tests.integration.qualifications import KEY, TEST, ask

PROGRAM = Path(__file__).with_name("javascript_sdk.js")


class Broken:
    """A marketplace whose tables cannot be reached."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    @property
    def accounts(self) -> None:
        raise RuntimeError("no tables")


class Crowd:
    """Does what the program asks for."""

    def __init__(self, market: Market, destinations: Destinations, broken_url: str) -> None:
        self._market = market
        self._destinations = destinations
        self._broken_url = broken_url
        self._queue = destinations.queue("javascript")

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        if "submit" in asked:
            return {"workers": [self._submit(asked["submit"]) for _ in range(asked["count"])]}
        if "request" in asked:
            return {"workers": [self._request(asked["request"]) for _ in range(asked["count"])]}
        if asked["give"] == "texts":
            return {"question": QUESTION, "test": TEST, "key": KEY, "queue": self._queue}
        if asked["give"] == "events":
            self._market.market.notifications.deliver()
            told = self._destinations.received(self._queue)
            return {"events": [e["EventType"] for message in told for e in message["Events"]]}
        assert asked["give"] == "broken endpoint"
        return {"url": self._broken_url}

    def _submit(self, hit_id: str) -> str:
        worker = sign_in(self._market)
        submit(self._market, accept(self._market, worker, hit_id), "cat")
        return str(worker.worker_id)

    def _request(self, type_id: str) -> str:
        worker = sign_in(self._market)
        ask(self._market, worker, type_id)
        taken = [("q1", "D"), ("q2", "apples")]
        self._market.market.qualification_requests.hand_in(worker, type_id, taken)
        return str(worker.worker_id)


@contextmanager
def running(env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    node = shutil.which("node")
    assert node
    process = subprocess.Popen(
        [node, str(PROGRAM)],
        cwd=ROOT,
        env=env,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    watch = threading.Timer(90, process.kill)
    watch.start()
    try:
        yield process
    finally:
        watch.cancel()
        process.kill()
        process.communicate()


def test_javascript_sdk__all_commands_pages_errors_and_dates(
    market: Market, destinations: Destinations, tmp_path: Path
) -> None:
    def fails(event: dict[str, Any], context: object) -> dict[str, Any]:
        return protocol.handle(event, context, Broken(market.clock))

    env = requester_env(market.url, market.credentials(), tmp_path)
    with serving(fails, market.clock) as broken_url, running(env) as program:
        crowd = Crowd(market, destinations, broken_url)
        assert program.stdin
        assert program.stdout
        assert program.stderr
        used = None
        for line in program.stdout:
            asked = json.loads(line)
            used = asked.get("done")
            if used is not None:
                break
            program.stdin.write(json.dumps(crowd.answer(asked)) + "\n")
            program.stdin.flush()
        if used is None:
            raise AssertionError(program.stderr.read())

    assert set(used) == model.operation_names()
