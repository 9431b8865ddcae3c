"""Log lines."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from chalicelib import logs


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
