"""CloudWatch Logs' part: the last lines that functions wrote, for boto3's `filter_log_events`."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import deque
from typing import Any

from chalicelib.kit import logs
from chalicelib.kit.logs import JsonLines
from local.http_server import Reply, Request

KEPT = 10_000
_GROUPS = "/aws/lambda/"
_TARGET = "Logs_20140328."
_ANY_OF = re.compile(r'\?(?:"([^"]*)"|(\S+))\s*')


class LogKeeper(logging.Handler):
    """Keeps the last lines, each by the function that wrote it; what wrote outside of any is not
    Lambda's."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self._kept: deque[tuple[int, str, str]] = deque(maxlen=KEPT)
        # `lock` is the handler's own, and formatting may log.
        self._guard = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        function = logs.current().get("function")
        if function is not None:
            line = (int(record.created * 1000), f"{_GROUPS}{function}", self.format(record))
            with self._guard:
                self._kept.append(line)

    def lines(self, group: str, since_ms: int) -> list[tuple[int, str]]:
        with self._guard:
            kept = list(self._kept)
        return [(at, text) for at, of, text in kept if of == group and at >= since_ms]


class LogsApi:
    """Serves `FilterLogEvents`, with patterns of the form `?one ?"or another"` only."""

    def __init__(self, keeper: LogKeeper) -> None:
        self._keeper = keeper

    def takes(self, request: Request) -> bool:
        return (request.header("x-amz-target") or "").startswith(_TARGET)

    def handle(self, request: Request) -> Reply:
        if request.header("x-amz-target") != f"{_TARGET}FilterLogEvents":
            return _error("Only FilterLogEvents is served here.")
        asked = json.loads(request.body or b"{}")
        terms = _terms(asked.get("filterPattern", ""))
        if terms is None:
            return _error("filterPattern: only ?one ?of ?these is known here.")
        lines = self._keeper.lines(asked["logGroupName"], int(asked.get("startTime", 0)))
        return _reply(200, {"events": [
            {"timestamp": at, "ingestionTime": at, "message": text, "logStreamName": "local",
             "eventId": str(number)}
            for number, (at, text) in enumerate(lines)
            if not terms or any(term in text for term in terms)
        ]})  # fmt: skip


def _terms(pattern: str) -> list[str] | None:
    if _ANY_OF.sub("", pattern).strip():
        return None
    return [quoted or plain for quoted, plain in _ANY_OF.findall(pattern)]


def _error(message: str) -> Reply:
    return _reply(400, {"__type": "InvalidParameterException", "message": message})


def _reply(status: int, body: dict[str, Any]) -> Reply:
    headers = [("Content-Type", "application/x-amz-json-1.1")]
    return Reply(status, headers, json.dumps(body).encode())
