"""Log lines: one JSON object each, with every field that was given, for people and queries alike.

log.info("sized", extra={"proto": "Dashboard", "posted": 2})
{"level": "INFO", "logger": "retainer.sizing", "message": "sized", "proto": "Dashboard", …}
"""

from __future__ import annotations

import json
import logging

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """Adds the fields of `extra`, which the usual formats lose; a traceback is one field."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {k: v for k, v in vars(record).items() if k not in _USUAL and v is not None}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def set_up(log: logging.Logger, level: str = "INFO") -> None:
    """Have a logger and those below it write JSON lines through the handlers that it has."""
    log.setLevel(level)
    for handler in log.handlers:
        handler.setFormatter(JsonLines())
