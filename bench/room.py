"""The service on a real engine with a fake clock, and pools of any size quickly made."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import Config
from chalicelib.kit.dynamo.connection import Dynamo
from chalicelib.retainer.container import Retainer, assemble
from chalicelib.retainer.domain.pacing import PoolRow
from chalicelib.retainer.domain.ports import BOARD_ROWS, AssignmentSeat, Board
from chalicelib.retainer.domain.reservations import Ledger
from chalicelib.retainer.domain.seats import Occupancy, Seat, count
from chalicelib.retainer.services.reservations import Asked
from chalicelib.retainer.services.seating import PageState
from chalicelib.retainer.store.ledgers import DynamoLedgers
from chalicelib.retainer.store.notes import DynamoNotes
from chalicelib.retainer.store.seats import DynamoSeats
from chalicelib.retainer.store.tables import MODELS

SECRET = "a secret of the bench, 32 characters"
# Ids as long as MTurk's: they are most of what a claim is billed for.
WORKER_ID, ASSIGNMENT_ID, HIT_ID = 14, 30, 30
ACK_WITHIN_S = 600
_LETTERS = string.ascii_uppercase + string.digits

PROTO: Mapping[str, Any] = {
    "title": "Wait for work",
    "description": "You wait, and are called.",
    "keywords": "waiting",
    "url": "https://example.org/wait.html",
    "reward": 0.05,
    "assignment_duration": 31_536_000,
    "max_wait": 86_400,
    "ack_within": ACK_WITHIN_S,
}


class _Nobody:
    """Starts nothing: what a sizing run costs is not a poll's cost."""

    def start(self, function: str, reason: Mapping[str, Any]) -> None:
        pass


class StaleLedgers(DynamoLedgers):
    """Shows the board as it was when `keep` was last called: an index that lags behind."""

    kept: Board = Board(None, [])

    def keep(self, proto: str) -> None:
        self.kept = super().board(proto)

    def board(self, proto: str, most: int = BOARD_ROWS) -> Board:
        super().board(proto, most)
        return self.kept


@dataclass
class Room:
    """Services and stores on the tables of one prefix."""

    dynamo: Dynamo
    clock: FakeClock

    def __post_init__(self) -> None:
        self.dynamo.bind(MODELS)
        self.dynamo.create_tables(MODELS)
        config = Config.from_env({"RETAINER_SEAT_SECRET": SECRET}).retainer
        self.services: Retainer = assemble(self.dynamo, config, self.clock, {}, _Nobody())
        self.seats, self.ledgers, self.notes = DynamoSeats(), DynamoLedgers(), DynamoNotes()
        self.stale = StaleLedgers()
        self.seating = self.services.seating
        # The same service, but for a board that is behind.
        behind = replace(self.services.stores, ledgers=self.stale)
        late = assemble(self.dynamo, config, self.clock, {}, _Nobody(), stores=behind)
        self.late_dispatch = late.dispatch

    @classmethod
    def on(cls, endpoint: str, prefix: str) -> Room:
        return cls(Dynamo(region="us-east-1", endpoint=endpoint, table_prefix=prefix), FakeClock())


class Pool:
    """One ProtoHIT with its seats and reservations."""

    def __init__(self, room: Room, name: str, ready_for: int = 1, sharers: int = 1) -> None:
        """With several `sharers` the pool is theirs, and calls are for another's work than that
        whose HIT the workers took."""
        self.room, self.name = room, name
        self.seats: list[Seat] = []
        self.on_record = 0
        self._rng = random.Random(name)
        self._hit = self._id(HIT_ID, "3")
        spec = {**PROTO, "hit_type_id": name, "readyFor": ready_for}
        if sharers > 1:
            spec["pool"] = name
        self.proto = room.services.reservations.put_proto(spec)
        self.called = name
        for number in range(1, sharers):
            self.called = f"{name} work {number}"
            room.services.reservations.put_proto({**spec, "hit_type_id": self.called})

    def seat(self, seats: int) -> None:
        """Fill the pool up to so many seats, all present and waiting."""
        while len(self.seats) < seats:
            self.seats.append(self._new_seat())
        self.recount()

    def recount(self) -> PoolRow:
        """Do what a sizing run does: rewrite the pool's row, and clear the calls it has counted."""
        here = Occupancy(len(self.seats), len(self.seats), 0)
        members = self.room.services.pools.sharers(self.proto)
        undone = [x for p in members for x in self.room.ledgers.undone(p.hit_type_id)]
        for proto in members:
            calls = self.room.notes.events(proto.hit_type_id)
            self.room.notes.forget_events(proto.hit_type_id, len(calls))
        return self.room.services.pools.recount_shared(members, undone, here, ())

    def count(self) -> Occupancy:
        """Count who waits, as a sizing run does each minute: it reads every seat there is."""
        return count(self.room.seats.list(self.name), self.room.clock.now_ms())

    def record(self, reservations: int) -> None:
        """Put so many reservations on record: of ten, one is still to fall due in an hour, one was
        answered in full and is not finished, eight are done."""
        while self.on_record < reservations:
            kind = self.on_record % 10
            reservation = self.make(1, delay_s=3600 if kind == 1 else 0)
            self.on_record += 1
            if kind == 1:
                continue
            self.room.services.reservations.invoke(reservation)
            if kind == 2:
                seat = self._new_seat()
                self.poll(seat)
                self.working(seat, ack=True)
            else:
                self.room.services.reservations.finish(reservation)
        self.recount()

    def present(self) -> None:
        """Let every seat have been seen just now; not measured."""
        now = self.room.clock.now_ms()
        self.seats = [self.room.seats.heartbeat(s, now, True) or s for s in self.seats]

    def make(self, slots: int, delay_s: int = 0) -> str:
        return self.room.services.reservations.make(
            Asked(hit_type=self.called, foreign_id=1, delay_s=delay_s, num_assignments=slots)
        )

    def invoke(self, reservation: str) -> None:
        self.room.services.reservations.invoke(reservation)

    def poll(self, seat: Seat, with_key: bool = True) -> PageState:
        key = self.room.seating.key_of(seat) if with_key else None
        return self.room.services.dispatch.poll(seat.assignment, key)

    def ping(self, seat: Seat) -> PageState:
        key = self.room.seating.key_of(seat)
        return self.room.services.arrivals.waiting(
            seat.worker, seat.assignment, seat.hit, key, "", True
        )

    def poll_late(self, seat: Seat) -> PageState:
        """Poll with the board that `room.stale` has kept."""
        return self.room.late_dispatch.poll(seat.assignment, self.room.seating.key_of(seat))

    def working(self, seat: Seat, ack: bool) -> PageState:
        key = self.room.seating.key_of(seat)
        return self.room.services.dispatch.working(
            seat.worker, seat.assignment, seat.hit, key, True, ack
        )

    def ledger(self, reservation: str) -> Ledger:
        found = self.room.ledgers.get(reservation)
        assert found is not None
        return found

    def free(self, seats: list[Seat]) -> None:
        """Have called seats wait again, and keep them seen; not measured."""
        for seat in seats:
            there = self.room.seats.get(seat.proto, seat.seat_id, consistent=True)
            if there is not None and there.token is not None:
                now = self.room.clock.now_ms()
                self.room.seats.unpoint(there, there.token, avoid=None, missed=False, now_ms=now)

    def _new_seat(self) -> Seat:
        now = self.room.clock.now_ms()
        seat = Seat(
            proto=self.name,
            assignment=self._id(ASSIGNMENT_ID, "3"),
            epoch=1,
            worker=self._id(WORKER_ID, "A"),
            hit=self._hit,
            arrived_ms=now,
            seen_ms=now,
            waits_until_ms=now + 86_400_000,
            acks=True,
            pool=self.proto.pool_id if self.proto.pool else None,
            accepted=self.proto.conditions,
        )
        place = AssignmentSeat(seat.assignment, seat.proto, 1, seat.worker, seat.hit)
        self.room.seats.assign(place, None)
        return self.room.seats.create(seat)

    def _id(self, length: int, first: str) -> str:
        return first + "".join(self._rng.choices(_LETTERS, k=length - 1))
