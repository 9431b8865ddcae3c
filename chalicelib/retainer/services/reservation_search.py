"""Looking for reservations: by id, by what the application calls them, by ProtoHIT and state."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.ids import is_own_id
from chalicelib.retainer.domain.missing import no_proto, no_reservation
from chalicelib.retainer.domain.reservations import Ledger, Reservation

if TYPE_CHECKING:
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.services.reservations import Reservations
    from chalicelib.retainer.stores import Stores

PAGE = 50
LOOKED_AT = 200
"""Reservations that one call looks at, at most: a unit or two for each; the cursor goes on."""

Found = tuple[Reservation, Ledger]


class State(StrEnum):
    RESERVED = "reserved"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"

    @classmethod
    def of(cls, ledger: Ledger) -> State:
        if ledger.done_ms is not None:
            return cls.CANCELLED if ledger.cancelled else cls.DONE
        return cls.RESERVED if ledger.invoked_ms is None else cls.RUNNING


class ReservationSearch:
    def __init__(
        self,
        stores: Stores,
        all_of: Reservations,
    ) -> None:
        self._all = all_of
        self._reservations = stores.reservations
        self._ledgers = stores.ledgers

    def page(
        self, search: str, hit_type: str | None, state: State | None, cursor: str | None, limit: int
    ) -> tuple[list[Found], str | None]:
        """Return reservations, newest first, and the next page's cursor.

        What is not done is found by the index of just those, however much is on record. Searched
        for by words, a page may have fewer than `limit`, or none, with more behind its cursor.
        """
        # A number may be what the application calls one, too.
        if is_own_id(search) and (one := self._one(search)) is not None:
            return [one], None
        titles = {p.hit_type_id: p for p in self._all.protos(archived=True)}
        if hit_type is not None and hit_type not in titles:
            raise no_proto(hit_type)
        is_open = state in {State.RESERVED, State.RUNNING}
        read = self._all.open_page if is_open else self._all.page
        found: list[Found] = []
        looked = 0
        while looked < LOOKED_AT:
            rows, following = read(hit_type, cursor, PAGE)
            for reservation, ledger in rows:
                if len(found) == limit:
                    return found, cursor
                looked += 1
                cursor = reservation.id
                if state in {None, State.of(ledger)} and _fits(search, reservation, titles):
                    found.append((reservation, ledger))
            if following is None:
                return found, None
            cursor = following
        return found, cursor

    def get(self, reservation_id: str) -> Found:
        """Return one: two reads."""
        one = self._one(reservation_id) if is_own_id(reservation_id) else None
        if one is None:
            raise no_reservation(reservation_id)
        return one

    def _one(self, reservation_id: str) -> Found | None:
        reservation = self._reservations.get(reservation_id)
        ledger = self._ledgers.get(reservation_id)
        return None if reservation is None or ledger is None else (reservation, ledger)


def _fits(search: str, reservation: Reservation, protos: Mapping[str, ProtoHit]) -> bool:
    if not search:
        return True
    proto = protos.get(reservation.proto)
    texts = (str(reservation.foreign_id), reservation.proto, "" if proto is None else proto.title)
    words = search.casefold()
    return any(words in text.casefold() for text in texts)
