"""The main job, errors included, as its log lines and figures tell it: over real HTTP."""

from __future__ import annotations

import io
import json
import logging
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.kit import logs
from chalicelib.kit.invocation import ErrorsCounted, Failed
from chalicelib.retainer.container import Retainer
from examples.poll.retainer_client import Retainer as Client
from local.crowd import Crowd, CrowdOptions
from local.stack import Stack, StackOptions, running_stack
from tests.patience import until

PAYLOAD = "is this the payload?"


@dataclass
class Seen:
    """What the main job left: lines as they were written, and what must not be in them."""

    lines: list[dict[str, Any]]
    figures: list[dict[str, Any]]
    text: str
    private: dict[str, str]
    reservation: str
    broken: dict[str, Any]
    broken_headers: dict[str, str]


@contextmanager
def lines_of_service() -> Iterator[io.StringIO]:
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logs.JsonLines())
    handler.addFilter(ErrorsCounted())
    logger = logging.getLogger("retainer")
    logger.addHandler(handler)
    try:
        yield text
    finally:
        logger.removeHandler(handler)


class Broken:
    """A service of which every part fails with somebody's data in the error."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"{name} of ann.lee@example.org at 203.0.113.77 failed")


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    with (
        pytest.MonkeyPatch.context() as patch,
        lines_of_service() as written,
        running_stack(
            StackOptions(
                speed=0,
                log_level=logging.INFO,
                variables={"RETAINER_METRICS": "retainer-test"},
            )
        ) as stack,
    ):
        printed = io.StringIO()
        patch.setattr("sys.stdout", printed)
        yield main_job(stack, written, printed)


def main_job(stack: Stack, written: io.StringIO, printed: io.StringIO) -> Seen:
    retainer = Client(stack.api)
    retainer.puttask(
        hit_type_id="Poll",
        title="Which one?",
        description="Wait, then choose.",
        url=f"{stack.wait}/examples/poll/worker/index.html",
        reward=0.05,
        verifiedOnly=True,
    )
    reservation = retainer.make("Poll", people=2, payload=PAYLOAD)
    # The run that this has started; another beside it could take its place.
    until(lambda: '"sized"' in written.getvalue(), "a sizing")
    crowd = Crowd(stack.api, CrowdOptions(size=4, acknowledge_s=0.1, think_s=0.1))
    crowd.start()
    try:
        until(lambda: waiting(stack) >= 2, "two waiters")
        retainer.invoke(reservation)
        slots = until(lambda: handed_in(retainer, reservation), "the answers")
    finally:
        crowd.stop()
    stack.run_function("review")
    stack.run_function("size_pools")
    body, headers = broken_request(stack)
    texts = written.getvalue() + printed.getvalue()
    said = [json.loads(line) for line in written.getvalue().splitlines()]
    figures = [json.loads(line) for line in printed.getvalue().splitlines() if "_aws" in line]
    keys = bootstrap.get().config.retainer.markets["sandbox"]
    private = {
        "payload": PAYLOAD,
        "answers": json.dumps(slots[0]["answers"]),
        "market's secret": keys.secret_key,
        "arrival key": keys.arrival_key,
        "seat secret": bootstrap.get().config.retainer.seat_secret,
        "mail address": "@example",
        "address": "127.0.0.1",
        "other address": "203.0.113.77",
    }
    return Seen(said, figures, texts, private, reservation, body, headers)


def broken_request(stack: Stack) -> tuple[dict[str, Any], dict[str, str]]:
    """Call a route, then a function, of a service that cannot do anything."""
    app = bootstrap.get()
    broken: Any = Broken()
    room: Retainer = broken
    bootstrap.reset(bootstrap.App(app.config, app.clock, metrics=app.metrics, retainer=room))
    try:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{stack.api}/retainer/pool?hitType=Poll")
        with pytest.raises(Failed):
            stack.run_function("review")
    finally:
        bootstrap.reset(app)
    return json.load(refused.value), {k.lower(): v for k, v in refused.value.headers.items()}


def waiting(stack: Stack) -> int:
    with urllib.request.urlopen(f"{stack.api}/retainer/pool?hitType=Poll") as reply:
        return int(json.load(reply)["waiting"])


def handed_in(retainer: Client, reservation: str) -> list[Any]:
    slots = [s for s in retainer.results(reservation)["slots"] if s["submitted"]]
    return slots if len(slots) == 2 else []


def test_lines__bear_what_they_are_about(seen: Seen) -> None:
    of_calls = [line for line in seen.lines if line["logger"] == "retainer.dispatch"]

    assert {line["message"] for line in of_calls} >= {"called", "shown", "acknowledged"}
    for line in of_calls:
        assert line["reservation"] == seen.reservation
        assert line["hitType"] == "Poll"
        assert {"assignment", "hit", "worker", "function"} <= set(line)
    ours = [line for line in seen.lines if line["logger"].startswith("retainer")]
    assert [line for line in ours if "requestId" not in line] == []


def test_lines_of_what_a_request_started__name_it_as_their_cause(seen: Seen) -> None:
    (made,) = [line for line in seen.lines if line["message"] == "reserved"]
    sized = [line for line in seen.lines if line["message"] == "sized"]

    assert made["requestId"] in {line.get("cause") for line in sized}


def test_nothing_private__is_in_any_line(seen: Seen) -> None:
    for name, value in seen.private.items():
        assert len(value) > 5
        assert value not in seen.text, name


def test_unexpected_error__is_logged_once__under_the_id_that_the_answer_bears(seen: Seen) -> None:
    request_id = seen.broken["error"]["requestId"]
    failed = [line for line in seen.lines if "RuntimeError" in line.get("error", "")]

    assert seen.broken["error"]["code"] == "internal"
    assert seen.broken_headers["x-request-id"] == request_id
    assert [line for line in failed if line["requestId"] == request_id] == failed[:1]
    assert [line["function"].rpartition("-")[2] for line in failed] == ["local", "review"]


def test_figures__are_written_for_what_happened(seen: Seen) -> None:
    by_name = {
        metric["Name"]
        for figure in seen.figures
        for directive in figure["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }

    assert by_name >= {
        "PoolWaiting", "PoolTarget", "SizingRuns", "SpendOfCap", "PaymentsWaiting",
        "DispatchLatency", "Claims", "Errors",
    }  # fmt: skip
    (latency,) = [f["reservation"] for f in seen.figures if "DispatchLatency" in f][:1]
    assert latency == seen.reservation
