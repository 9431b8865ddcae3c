"""Log lines."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from chalicelib.kit import logs
from tests.cost import processor_seconds


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(out: io.StringIO) -> logging.Logger:
    logger = logging.Logger("retainer.test")
    logger.addHandler(logging.StreamHandler(out))
    logs.set_up(logger)
    return logger


def written(out: io.StringIO) -> dict[str, Any]:
    (line,) = out.getvalue().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_line__holds_every_field__that_was_given(log: logging.Logger, out: io.StringIO) -> None:
    log.info("sized", extra={"proto": "Dash\nboard", "posted": 2, "odd": {1}})

    assert written(out) == {
        "level": "INFO",
        "logger": "retainer.test",
        "message": "sized",
        "proto": "Dash\nboard",
        "posted": 2,
        "odd": "{1}",
    }


def test_line__holds_the_traceback__in_one_field(log: logging.Logger, out: io.StringIO) -> None:
    try:
        raise ValueError("of a sort")
    except ValueError:
        log.exception("caught")

    assert "ValueError: of a sort" in written(out)["error"]


def test_app__logs_in_this_form() -> None:
    code = (
        "import app, logging\n"
        "logging.getLogger('retainer.sizing').info('sized', extra={'proto': 'Dashboard'})\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["proto"] == "Dashboard"


def test_line__says_what_it_is_about__until_the_block_ends(
    log: logging.Logger, out: io.StringIO
) -> None:
    with logs.about(requestId="r1", hit=None):
        logs.note(reservation="x")
        with logs.about(assignment="a"):
            log.info("inside", extra={"reservation": "y"})
    log.info("outside")

    inside, outside = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (inside["requestId"], inside["reservation"]) == ("r1", "y")
    assert inside["assignment"] == logs.mark_of("a")
    assert "hit" not in inside
    assert set(outside) == {"level", "logger", "message"}


@pytest.mark.parametrize(
    "private",
    [
        "ann.lee+work@example.org",
        "203.0.113.77",
        "2001:db8:85a3::8a2e:370:7334",
        "rk_0123456789abcdefghijklmnopqrstuvwxyz",
    ],
)
def test_line__has_no_addresses_and_no_keys(
    log: logging.Logger, out: io.StringIO, private: str
) -> None:
    try:
        raise ValueError(f"refused: <{private}>, again later")
    except ValueError as error:
        log.exception("to %s", private, extra={"why": str(error), "met": error})

    assert private not in out.getvalue()
    assert written(out)["why"] == "refused: <[removed]>, again later"


def test_line__names_an_assignment_by_its_mark__which_whoever_has_the_id_can_find(
    log: logging.Logger, out: io.StringIO
) -> None:
    assignment = "3ABCDEFGHIJKLMNOPQRSTUVWXYZ012"
    mark = hashlib.sha256(assignment.encode()).hexdigest()[:16]
    with logs.about(assignment=assignment):
        try:
            raise ValueError(f"AssignmentId {assignment} is over")
        except ValueError as error:
            log.exception("met", extra={"why": str(error), "met": error, "worker": "A1"})
    with_id, one = out.getvalue(), written(out)
    out.seek(0)
    out.truncate()
    log.info("owed", extra={"payment": f"pay#{assignment}#A1#1"})
    log.info("owed", extra={"payment": "gift#0123456789abcdef"})
    pay, gift = [json.loads(line)["payment"] for line in out.getvalue().splitlines()]

    assert assignment not in with_id
    assert (one["assignment"], one["worker"]) == (mark, "A1")
    assert one["why"] == one["met"] == f"AssignmentId {mark} is over"
    assert (pay, gift) == (f"pay#{mark}#A1#1", "gift#0123456789abcdef")


def test_times_and_versions__are_left_alone(log: logging.Logger, out: io.StringIO) -> None:
    log.info("at 12:34:56, 2026-11-26T12:34:56Z, release 1.44.5, $3.20, a::b")

    assert "[removed]" not in out.getvalue()


@pytest.mark.parametrize(
    "text",
    ["a" * 200_000, "a.b-" * 50_000, "a:" * 100_000, "1." * 100_000, "rk_" * 60_000, "a@" * 99_999],
)
def test_line__of_any_text__costs_linear_time(
    text: str, log: logging.Logger, out: io.StringIO
) -> None:
    assert processor_seconds(lambda: log.info("met", extra={"why": text})) < 0.2
