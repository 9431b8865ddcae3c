"""Notifications: what a requester asks to be told, and the message's shape of 2014-08-15."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from chalicelib.marketplace.domain.ids import group_id_of

VERSION = "2014-08-15"
# What the service's model and its manual name, respectively; messages have one shape.
VERSIONS = frozenset({VERSION, "2006-05-05"})
PING = "Ping"

# Of two events of one assignment at the same moment, the one that must have come first.
_RANK = {
    "AssignmentAccepted": 0,
    "AssignmentApproved": 2,
    "AssignmentRejected": 2,
    "HITCreated": 0,
    "HITReviewable": 2,
    "HITDisposed": 3,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What is to be told of the HITs of one type, and where."""

    hit_type_id: str
    account_id: str
    transport: str
    destination: str
    event_types: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class Event:
    event_type: str
    at_ms: int
    account_id: str
    hit_type_id: str
    hit_id: str
    assignment_id: str | None = None
    worker_id: str | None = None

    @property
    def rank(self) -> int:
        return _RANK.get(self.event_type, 1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that waits to be sent; `entry` orders a destination's."""

    entry: str
    event: Event


@dataclass(frozen=True, slots=True)
class Destination:
    """A queue or topic; `failures` in a row decide how long it is left alone."""

    transport: str
    address: str
    next_ms: int
    failures: int = 0


class Unreachable(Exception):
    """A destination did not take a message."""


@dataclass(frozen=True, slots=True)
class OwnDestinations:
    """The queues and topics of the operator's account: this service may send there
    by its role alone, so that a requester may name only those that the operator lists.

    The functions' policies see to it that nothing is sent; this says so before anybody waits.
    """

    listed: frozenset[str] = frozenset()
    """As `queue/NAME` and `topic/NAME`; empty: nobody has said, and all may be named."""

    account: Callable[[], str | None] = lambda: None
    """The operator's AWS account, where it is known."""

    def refuses(self, transport: str, address: str) -> bool:
        account = self.account()
        if not self.listed or account is None:
            return False
        kind, separator = ("queue", "/") if transport == "SQS" else ("topic", ":")
        path = urlsplit(address).path if transport == "SQS" else address
        parts = [part for part in unquote(path).split(separator) if part]
        return account in parts and f"{kind}/{parts[-1]}" not in self.listed


class Transport(Protocol):
    def send(self, transport: str, address: str, body: str) -> None:
        """Hand over one message; raises `Unreachable`."""


class Starter(Protocol):
    def start(self, function: str, reason: Mapping[str, Any]) -> None:
        """Start a scheduled function now, without waiting for it; a hint."""


class SettingsStore(Protocol):
    def find(self, hit_type_id: str) -> Settings | None: ...

    def save(self, settings: Settings, now_ms: int) -> None:
        """Replace a type's settings, and know their destination from now on."""

    def set_active(self, hit_type_id: str, active: bool) -> bool:
        """False if there are no settings."""


class OutboxStore(Protocol):
    def due_destinations(self, now_ms: int, limit: int) -> list[Destination]: ...

    def lease(self, destination: Destination, until_ms: int) -> bool:
        """Be the only one to send there for a while; False if somebody else is."""

    def release(self, destination: Destination, next_ms: int, failures: int) -> None: ...

    def waiting(self, destination: Destination, limit: int) -> list[Waiting]:
        """The oldest first."""

    def remove(self, destination: Destination, waiting: Waiting) -> None: ...


def message(event: Event, doc_id: str) -> str:
    """The body of a message with one event."""
    shown = {
        "EventType": event.event_type,
        "EventTimestamp": f"{datetime.fromtimestamp(event.at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "HITId": event.hit_id,
        "HITTypeId": event.hit_type_id,
        "HITGroupId": group_id_of(event.hit_type_id),
    }
    if event.assignment_id is not None:
        shown["AssignmentId"] = event.assignment_id
    if event.worker_id is not None:
        shown["WorkerId"] = event.worker_id
    document = {
        "Events": [shown],
        "EventDocId": doc_id,
        "CustomerId": event.account_id,
        "SourceAccount": event.account_id,
        "EventDocVersion": VERSION,
    }
    return json.dumps(document, separators=(",", ":"))
