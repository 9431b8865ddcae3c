"""`retainer doctor --proof`, as far as it can be tried without AWS: against the local stack, and
against what might lie between."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import pytest

from chalicelib.kit.config import Config
from local.http_server import HttpServer, Reply, Request
from local.stack import Ports, Stack, StackOptions, running_stack
from operate.doctor import proof
from operate.doctor.asking import ask
from operate.stages import Stage
from operate.target import Target
from tests.integration.operating import retainer

REPORT = (
    "REPORT RequestId: 1\tDuration: 812.41 ms\tBilled Duration: 1204 ms\tMemory Size: 1024 MB\t"
    "Max Memory Used: 121 MB\t{more}"
)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(StackOptions(ports=Ports(), speed=0)) as running:
        yield running


@contextmanager
def serving(handle: Callable[[Request], Reply]) -> Iterator[str]:
    server = HttpServer("between", handle)
    server.start()
    try:
        yield server.origin
    finally:
        server.stop()


class Between:
    """Hands requests on to the marketplace, changed as a test wants."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.dropped: set[str] = set()
        self.lost: set[str] = set()
        self.more = b""

    def handle(self, request: Request) -> Reply:
        headers = {n: v for n, v in request.headers if n.lower() not in self.dropped}
        sent = request.body + self.more
        headers["Content-Length"] = str(len(sent))
        answer = ask(self._stack.mturk + request.target, request.method, sent, headers)
        hop = {"connection", "content-length", "transfer-encoding", *self.lost}
        back = [(n, v) for n, v in answer.headers.items() if n not in hop]
        return Reply(answer.status, back, answer.text.encode())


def look() -> tuple[list[str], list[dict[str, Any]]]:
    found = retainer("--json", "doctor", "--proof").json["findings"]
    return [f["what"] for f in found if f["ok"]], [f for f in found if not f["ok"]]


def through(between: Between, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[Any]]:
    with serving(between.handle) as origin:
        markets = json.loads(os.environ["RETAINER_MARKETS"])
        for market in markets.values():
            market["endpoint"] = origin
        monkeypatch.setenv("RETAINER_MARKETS", json.dumps(markets))
        return look()


def test_signatures_that_arrive__are_proved_by_three_calls(stack: Stack) -> None:
    well, wrong = look()

    assert wrong == []
    assert well == [
        "a Signature V4 with keys that AWS does not know arrives",
        "answers come back with x-amzn-requestid and x-amzn-errortype",
        "body, host, x-amz-date and x-amz-target arrive as they were signed",
    ]


def test_dropped_header__is_told_with_the_way_out(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    between = Between(stack)
    between.dropped = {"authorization"}

    well, (wrong,) = through(between, monkeypatch)

    assert well == []
    assert "the Authorization header is dropped on its way" in wrong["what"]
    assert "market_front" in wrong["mend"]


def test_changed_body_and_lost_names__are_told(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    between = Between(stack)
    between.more, between.lost = b" ", {"x-amzn-errortype"}

    _, (lost, changed) = through(between, monkeypatch)

    assert "without x-amzn-errortype" in lost["what"]
    assert changed["what"].endswith("is answered InvalidSignatureException")


def test_somebody_else_who_answers__is_told(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where an organization's rules forbid an address without authentication."""

    class Forbidden(Between):
        def handle(self, request: Request) -> Reply:
            return Reply(403, [("x-amzn-errortype", "AccessDeniedException")], b'{"Message": "no"}')

    _, (wrong,) = through(Forbidden(stack), monkeypatch)

    assert "is answered by something else: 403" in wrong["what"]


class ToldTarget(Target):
    """A stage whose configuration lies in no parameters."""

    @cached_property
    def config(self) -> Config:
        return Config.from_env({"MARKETPLACE_SITE_URL": os.environ["MARKETPLACE_SITE_URL"]})


def test_cold_starts__are_forced__and_their_figures_told(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed: list[str] = []
    told = {"review": "Init Duration: 391.50 ms", "size_pools": "Init Duration: 2900.00 ms"}

    def lambda_api(request: Request) -> Reply:
        name = request.path.split("/")[3]
        if request.method == "PUT":
            changed.append(name)
        if request.path.endswith("/invocations"):
            line = REPORT.format(more=told.get(name.removeprefix("retainer-dev-"), ""))
            tail = base64.b64encode(line.encode()).decode()
            return Reply(200, [("X-Amz-Log-Result", tail)], b'{"read": []}')
        body = {"Configuration": {"FunctionName": name, "LastUpdateStatus": "Successful"}}
        return Reply(200, [], json.dumps(body).encode())

    with serving(lambda_api) as origin:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", origin)
        found = list(proof.cold_starts(ToldTarget(Stage.named("dev"))))

    lines = {f.what.partition(":")[0]: f for f in found}
    assert len(changed) == len(found) == 7
    assert lines["retainer-dev-review"].what.endswith(
        "392 ms to load, 812 ms for its first call, 121 MB"
    )
    assert lines["retainer-dev-review"].ok
    assert "give it more memory" in lines["retainer-dev-size_pools"].mend
    assert "did not start anew" in next(f.what for f in found if "market_tick" in f.what)
    assert any(f.what.startswith("the API's first poll took") for f in found)
