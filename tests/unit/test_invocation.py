"""One call of a function: what its lines bear, what is counted, and what goes on to the runtime."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from chalicelib.kit import logs
from chalicelib.kit.invocation import ErrorsCounted, Failed, invocation


@dataclass
class Context:
    aws_request_id: str = "lambda-1"
    function_name: str = "retainer-dev-review"


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """What the service's loggers write."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logs.JsonLines())
    handler.addFilter(ErrorsCounted())
    logger = logging.getLogger("retainer")
    logger.addHandler(handler)
    before, logger.level = logger.level, logging.INFO
    yield text
    logger.setLevel(before)
    logger.removeHandler(handler)


@pytest.fixture
def second_handler(out: io.StringIO) -> Iterator[None]:
    """The same lines go to another place, too."""
    handler = logging.StreamHandler(io.StringIO())
    handler.addFilter(ErrorsCounted())
    logging.getLogger("retainer").addHandler(handler)
    yield
    logging.getLogger("retainer").removeHandler(handler)


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_lines__bear_request_and_function(out: io.StringIO) -> None:
    with invocation(Context(), None, lambda _: None):
        logging.getLogger("retainer.review").info("one")
    with invocation(Context(), "api-1", lambda _: None):
        logging.getLogger("retainer.review").info("two")

    one, two = lines(out)
    assert (one["requestId"], one["function"]) == ("lambda-1", "retainer-dev-review")
    assert "invocation" not in one
    assert (two["requestId"], two["invocation"]) == ("api-1", "lambda-1")


def test_what_is_not_caught__is_logged_once__and_says_nothing_to_the_runtime(
    out: io.StringIO,
) -> None:
    told: list[int] = []
    with (
        pytest.raises(Failed, match="ValueError, logged under request id lambda-1") as raised,
        invocation(Context(), None, told.append),
    ):
        raise ValueError("somebody's secret answer")

    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    (line,) = lines(out)
    assert "ValueError" in str(line["error"])
    assert line["requestId"] == "lambda-1"
    assert told == [1]


@pytest.mark.usefixtures("second_handler")
def test_error_lines__are_counted_once__and_nothing_is_told_of_none(out: io.StringIO) -> None:
    told: list[int] = []
    log = logging.getLogger("retainer.payroll")
    with invocation(Context(), None, told.append):
        log.error("still owed")
        log.error("still owed")
        log.warning("market away")
    with invocation(Context(), None, told.append):
        log.warning("market away")

    assert told == [2]
