"""The outbox: events are written in the transaction that makes them true, and sent from here.

A HIT type for which nothing is to be told costs one read per event and no write.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Sequence

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.kit.dynamo.writes import (
    ConditionFailed,
    Put,
    TransactionRefused,
    Update,
    commit,
    delete,
    put,
    update,
)
from chalicelib.marketplace.domain.assignments import Assignment
from chalicelib.marketplace.domain.hits import Hit
from chalicelib.marketplace.domain.notifications import Destination, Event, Settings, Waiting
from chalicelib.marketplace.store.event_tables import (
    WATCHED,
    DestinationRow,
    NotificationRow,
    OutboxRow,
)

_KEPT_S = 14 * 86_400


def of_hit(event_type: str, at_ms: int, hit: Hit) -> list[Put]:
    """The write that notes an event, to go into the event's own transaction; often none."""
    return _notes(Event(event_type, at_ms, hit.account_id, hit.hit_type_id, hit.hit_id))


def of_assignment(event_type: str, at_ms: int, found: Assignment) -> list[Put]:
    """As `of_hit`, for an event of one assignment."""
    event = Event(
        event_type,
        at_ms,
        found.account_id,
        found.hit_type_id,
        found.hit_id,
        found.assignment_id,
        found.worker_id,
    )
    return _notes(event)


def update_noting(
    item: Model, actions: Sequence[Action], condition: Condition, notes: Sequence[Put]
) -> None:
    """As `writes.update`, together with the notes; one plain write if there are none."""
    if not notes:
        update(item, actions, condition)
        return
    try:
        commit(Update("item", item, actions, condition), *notes)
    except TransactionRefused as refused:
        raw = refused.failed.get("item")
        raise ConditionFailed(type(item).from_raw_data(raw) if raw else None) from None


class DynamoSettings:
    """Implements `SettingsStore`."""

    def find(self, hit_type_id: str) -> Settings | None:
        try:
            row = NotificationRow.get(hit_type_id, consistent_read=True)
        except DoesNotExist:
            return None
        return Settings(
            row.hit_type_id,
            row.account_id,
            row.transport,
            row.destination,
            tuple(row.event_types),
            row.active,
        )

    def save(self, settings: Settings, now_ms: int) -> None:
        # First the destination: one that nothing is sent to does no harm.
        destination = DestinationRow(
            _key(settings.transport, settings.destination),
            transport=settings.transport,
            address=settings.destination,
            watched=WATCHED,
            next_ms=now_ms,
        )
        with contextlib.suppress(ConditionFailed):
            put(destination, DestinationRow.destination_key.does_not_exist())
        put(
            NotificationRow(
                settings.hit_type_id,
                account_id=settings.account_id,
                transport=settings.transport,
                destination=settings.destination,
                event_types=list(settings.event_types),
                active=settings.active,
            )
        )

    def set_active(self, hit_type_id: str, active: bool) -> bool:
        there = NotificationRow.hit_type_id.exists()
        try:
            update(NotificationRow(hit_type_id), [NotificationRow.active.set(active)], there)
        except ConditionFailed:
            return False
        return True


class DynamoOutbox:
    """Implements `OutboxStore`."""

    def due_destinations(self, now_ms: int, limit: int) -> list[Destination]:
        rows = DestinationRow.by_next.query(WATCHED, DestinationRow.next_ms <= now_ms, limit=limit)
        return [
            Destination(row.transport, row.address, int(row.next_ms), int(row.failures))
            for row in rows
        ]

    def lease(self, destination: Destination, until_ms: int) -> bool:
        row = DestinationRow(_key(destination.transport, destination.address))
        same = DestinationRow.next_ms == destination.next_ms
        try:
            update(row, [DestinationRow.next_ms.set(until_ms)], same)
        except ConditionFailed:
            return False
        return True

    def release(self, destination: Destination, next_ms: int, failures: int) -> None:
        row = DestinationRow(_key(destination.transport, destination.address))
        actions = [DestinationRow.next_ms.set(next_ms), DestinationRow.failures.set(failures)]
        update(row, actions, DestinationRow.destination_key.exists())

    def waiting(self, destination: Destination, limit: int) -> list[Waiting]:
        key = _key(destination.transport, destination.address)
        rows = OutboxRow.query(key, limit=limit, consistent_read=True)
        return [Waiting(row.entry, _to_event(row)) for row in rows]

    def remove(self, destination: Destination, waiting: Waiting) -> None:
        delete(OutboxRow(_key(destination.transport, destination.address), waiting.entry))


def _notes(event: Event) -> list[Put]:
    found = DynamoSettings().find(event.hit_type_id)
    if found is None or not found.active or event.event_type not in found.event_types:
        return []
    row = OutboxRow(
        _key(found.transport, found.destination),
        f"{event.at_ms:013d}-{event.rank}-{secrets.token_hex(20)}",
        event_type=event.event_type,
        at_ms=event.at_ms,
        account_id=event.account_id,
        hit_type_id=event.hit_type_id,
        hit_id=event.hit_id,
        assignment_id=event.assignment_id,
        worker_id=event.worker_id,
        ttl=event.at_ms // 1000 + _KEPT_S,
    )
    return [Put("outbox", row)]


def _key(transport: str, address: str) -> str:
    return hashlib.sha256(f"{transport} {address}".encode()).hexdigest()


def _to_event(row: OutboxRow) -> Event:
    return Event(
        row.event_type,
        int(row.at_ms),
        row.account_id,
        row.hit_type_id,
        row.hit_id,
        row.assignment_id,
        row.worker_id,
    )
