"""Reservations as they were asked for, newest first, and idempotency keys."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.kit.dynamo import writes
from chalicelib.retainer.domain.reservations import ForeignId, Reservation
from chalicelib.retainer.store.tables import Reservations
from chalicelib.retainer.store.ttl import ttl_after

_SHELF = "all"


class DynamoReservations:
    def create(self, reservation: Reservation) -> bool:
        """Write a new reservation; False if there is one of this id."""
        row = Reservations(
            reservation.id, shelf=_SHELF, proto=reservation.proto,
            foreign_id=reservation.foreign_id, payload=reservation.payload,
            start=reservation.start_ms, num_assignments=reservation.num_assignments,
            spare=reservation.spare, distinct=reservation.distinct,
            created=reservation.created_ms, ttl=ttl_after(reservation.start_ms),
        )  # fmt: skip
        done, _ = writes.try_put(row, Reservations.id.does_not_exist())
        return done

    def get(self, reservation: str) -> Reservation | None:
        row = writes.find_item(Reservations, reservation, consistent=True)
        return None if row is None or row.proto is None else _reservation(row)

    def set_task(
        self, reservation: str, foreign_id: ForeignId = None, payload: str | None = None
    ) -> bool:
        """Replace what is not None. Condition: the reservation is there."""
        changes = []
        if foreign_id is not None:
            changes.append(Reservations.foreign_id.set(foreign_id))
        if payload is not None:
            changes.append(Reservations.payload.set(payload))
        done, _ = writes.try_update(Reservations(reservation), changes, Reservations.proto.exists())
        return done

    def find_key(self, key: str) -> tuple[str, str] | None:
        """Return (reservation, what was asked for) of an idempotency key."""
        row = writes.find_item(Reservations, f"key#{key}", consistent=True)
        return None if row is None or row.made is None else (row.made, row.asked or "")

    def keep_key(self, key: str, reservation: str, asked: str) -> tuple[str, str]:
        """Bind an idempotency key to a reservation; return (reservation, what was asked for) of
        whoever was first."""
        row = Reservations(f"key#{key}", made=reservation, asked=asked)
        done, there = writes.try_put(row, Reservations.id.does_not_exist())
        if done or there is None:
            return reservation, asked
        return there.made or reservation, there.asked or asked

    def page(
        self, proto: str | None, cursor: str | None, limit: int
    ) -> tuple[list[Reservation], str | None]:
        """Return a page, newest first, and the cursor of the next (an id; None at the end)."""
        index, hash_key = (
            (Reservations.all_index, _SHELF) if proto is None else (Reservations.proto_index, proto)
        )
        before = None if cursor is None else Reservations.id < cursor
        ids = [
            row.id
            for row in index.query(hash_key, before, scan_index_forward=False, limit=limit + 1)
        ]
        rows = {row.id: row for row in Reservations.batch_get(ids[:limit])}
        found = [_reservation(rows[i]) for i in ids[:limit] if i in rows]
        return found, ids[limit - 1] if len(ids) > limit else None

    def get_many(self, reservations: Sequence[str]) -> dict[str, Reservation]:
        """Read several: a unit for each 4 KB of each, payloads included."""
        rows = list(Reservations.batch_get(list(reservations))) if reservations else []
        return {row.id: _reservation(row) for row in rows}


def _reservation(row: Reservations) -> Reservation:
    return Reservation(
        id=row.id,
        proto=row.proto or "",
        foreign_id=row.foreign_id,
        payload=row.payload,
        start_ms=int(row.start or 0),
        num_assignments=int(row.num_assignments or 0),
        spare=int(row.spare or 0),
        distinct=row.distinct is not False,
        created_ms=int(row.created or 0),
    )
