"""Log lines: one JSON object each, with every field that was given, for people and queries alike.

log.info("sized", extra={"hitType": "Dashboard", "posted": 2})
{"level": "INFO", "logger": "retainer.sizing", "message": "sized", "requestId": "…", …}

What a whole invocation is about (`about`, `note`) is on each of its lines. Of people there are
workers' ids and no more: mail and network addresses and keys that came in by an error's text are
taken out. An assignment's id, which hands work in at a market, stands as `mark_of` has it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

# Each alternative begins only where a word does, so that a long line is gone through once.
_PRIVATE = re.compile(
    r"""
    (?<![^\s@<>"'(),;:])[^\s@<>"'(),;:]+@[\w-]+(\.[\w-]+)+  # mail addresses
    | (?<![\d.])(\d{1,3}\.){3}\d{1,3}(?![\d.])  # IPv4
    | (?<![\w:])([\da-f]{1,4}:+){3,7}[\da-f]{1,4}(?![\w:])  # IPv6
    | \brk_[\w-]{20,}                           # application keys
    """,
    re.VERBOSE | re.IGNORECASE,
)
REMOVED = "[removed]"

MARK_LENGTH = 16
SHORTEST_ID = 10

_fields: ContextVar[dict[str, object] | None] = ContextVar("fields", default=None)


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Add fields to every line of this thread until the block ends; None: not known."""
    token = _fields.set({**current(), **fields})
    try:
        yield
    finally:
        _fields.reset(token)


def note(**fields: object) -> None:
    """Add fields, once they are known, to what the innermost `about` holds; outside of any, to
    nothing."""
    held = _fields.get()
    if held is not None:
        held.update(fields)


def current() -> Mapping[str, object]:
    """What lines are about here and now."""
    return _fields.get() or {}


class JsonLines(logging.Formatter):
    """Adds the fields of `extra`, which the usual formats lose; a traceback is one field."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        given = {k: v for k, v in vars(record).items() if k not in _USUAL}
        line |= {k: v for k, v in {**current(), **given}.items() if v is not None}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        marks = {assignment: mark_of(assignment) for assignment in _assignments(line)}

        def public(text: str) -> str:
            for assignment, mark in marks.items():
                text = text.replace(assignment, mark)
            return _PRIVATE.sub(REMOVED, text)

        shown = {k: public(v) if isinstance(v, str) else v for k, v in line.items()}
        if "assignment" in line:
            shown["assignment"] = mark_of(str(line["assignment"]))
        return json.dumps(shown, default=lambda value: public(str(value)))


def mark_of(assignment: str) -> str:
    """Name an assignment in a line: who has its id finds the line, and no line gives the id away.

    The beginning of its SHA-256: an id is random, so that nobody guesses one to compare."""
    return hashlib.sha256(assignment.encode()).hexdigest()[:MARK_LENGTH]


def _assignments(line: Mapping[str, object]) -> set[str]:
    """The ids that a line names, by its field or in the name of a payment; what is too short to be
    one is a word that may stand anywhere."""
    kind, *named = str(line.get("payment", "")).split("#")
    ids = {str(line.get("assignment", "")), *(named[:1] if kind in {"work", "pay"} else ())}
    return {n for n in ids if len(n) >= SHORTEST_ID}


def set_up(log: logging.Logger, level: str = "INFO") -> None:
    """Have a logger and those below it write JSON lines through the handlers that it has."""
    log.setLevel(level)
    for handler in log.handlers:
        handler.setFormatter(JsonLines())
