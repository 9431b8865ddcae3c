"""Notifications of 2014-08-15: what a market tells of its HITs through SQS, directly or by SNS.

They come late, twice, out of order or not at all, so nothing here is more than a hint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

VERSION = "2014-08-15"

RETURNED = "AssignmentReturned"
ABANDONED = "AssignmentAbandoned"
SUBMITTED = "AssignmentSubmitted"
EXPIRED = "HITExpired"
REVIEWABLE = "HITReviewable"
PING = "Ping"

OF_USE = (RETURNED, ABANDONED, SUBMITTED, EXPIRED, REVIEWABLE)
"""What a requester of ours wants to be told of."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TYPE = re.compile(r"[A-Za-z]{1,64}")
_MOST_EVENTS = 1_000


class NotificationError(ValueError):
    """A message is no notification; says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event. `at_ms` is when it happened by the market's clock, which tells whole seconds, so
    it may have been up to a second later. Only some markets name the worker."""

    kind: str
    at_ms: int
    hit: str
    assignment: str | None = None
    worker: str | None = None


def parse(body: str) -> Sequence[Told]:
    """Read a message of a queue; raises `NotificationError`. Kinds that are new are no error."""
    document = _object(body, "The message")
    if document.get("Type") == "Notification" and isinstance(document.get("Message"), str):
        # As SNS hands it to a queue, unless told to deliver it raw.
        document = _object(document["Message"], "The message within SNS's")
    if document.get("EventDocVersion") != VERSION:
        raise NotificationError(f"EventDocVersion is not {VERSION}.")
    events = document.get("Events")
    if not isinstance(events, list) or len(events) > _MOST_EVENTS:
        raise NotificationError("Events is not a list of events.")
    return tuple(_event(found) for found in events)


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise NotificationError(f"{what} is not JSON.") from None
    if not isinstance(found, dict):
        raise NotificationError(f"{what} is not a JSON object.")
    return found


def _event(found: Any) -> Told:
    if not isinstance(found, dict):
        raise NotificationError("An event is not a JSON object.")
    kind = _text(found, "EventType", _TYPE)
    of_assignment = kind.startswith("Assignment")
    return Told(
        kind,
        _time_ms(found.get("EventTimestamp")),
        # A test message is about no HIT; some markets make one up.
        "" if kind == PING else _text(found, "HITId", _ID),
        _text(found, "AssignmentId", _ID) if of_assignment else None,
        _text(found, "WorkerId", _ID) if found.get("WorkerId") is not None else None,
    )


def _text(found: dict[str, Any], name: str, shape: re.Pattern[str]) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not shape.fullmatch(value):
        raise NotificationError(f"{name} is missing or malformed.")
    return value


def _time_ms(value: Any) -> int:
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        return round(at.timestamp() * 1000)
    except (TypeError, ValueError, OverflowError):
        raise NotificationError("EventTimestamp is no time.") from None
