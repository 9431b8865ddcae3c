"""The ports that sizing and reservations need, in memory. One process: no writes meet."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.retainer.domain.measures import Call, Measures, Response
from chalicelib.retainer.domain.pacing import PoolRow
from chalicelib.retainer.domain.payments import Payment
from chalicelib.retainer.domain.ports import SizingReport, Written
from chalicelib.retainer.domain.postings import LIVE_STAGES, Posting, PostingStage
from chalicelib.retainer.domain.protohits import ProtoHit
from chalicelib.retainer.domain.reservations import EndedBy, ForeignId, Ledger, Reservation
from chalicelib.retainer.domain.seats import Seat


@dataclass
class Protos:
    there: dict[str, ProtoHit] = field(default_factory=dict)

    def create(self, proto: ProtoHit) -> ProtoHit:
        self.there[proto.hit_type_id] = proto
        return proto

    def change(self, proto: ProtoHit, *, market: bool, start: bool) -> ProtoHit:
        self.there[proto.hit_type_id] = proto
        return proto

    def find(self, hit_type_id: str) -> ProtoHit | None:
        return self.there.get(hit_type_id)

    def set_sandbox(self, hit_type_id: str, sandbox: bool) -> bool:
        return False

    def set_stopped(self, hit_type_id: str, stopped: bool) -> bool:
        return False

    def archive(self, hit_type_id: str, now_ms: int) -> bool:
        return False

    def restore(self, hit_type_id: str) -> bool:
        return False

    def list(self) -> list[ProtoHit]:
        return list(self.there.values())


@dataclass
class Seats:
    """What the sizing run reads of seats: those of the last quarter of an hour."""

    there: dict[str, Seat] = field(default_factory=dict)

    def list(self, proto: str) -> Iterator[Seat]:
        return iter(tuple(self.there.values()))


@dataclass
class Ledgers:
    there: dict[str, Ledger] = field(default_factory=dict)
    row: PoolRow | None = None

    def create(self, ledger: Ledger) -> None:
        self.there.setdefault(ledger.id, ledger)

    def get(self, reservation: str, *, consistent: bool = True) -> Ledger | None:
        return self.there.get(reservation)

    def get_many(self, reservations: Sequence[str]) -> dict[str, Ledger]:
        return {i: self.there[i] for i in reservations if i in self.there}

    def invoke(
        self, ledger: Ledger, now_ms: int, slots: int | None = None, timeout_ms: int | None = None
    ) -> Written:
        invoked = replace(self.there[ledger.id], invoked_ms=now_ms)
        self.there[ledger.id] = invoked
        return Written(True, invoked)

    def finish(self, ledger: Ledger, now_ms: int, by: EndedBy) -> bool:
        return self.there.pop(ledger.id, None) is not None

    def unfinish(self, ledger: Ledger, now_ms: int) -> bool:
        return False

    def undone(self, proto: str, limit: int | None = None) -> Iterator[Ledger]:
        return iter([x for x in self.there.values() if x.proto == proto][:limit])

    def put_pool(self, row: PoolRow, counted: bool) -> None:
        if not counted and self.row is not None:
            row = replace(row, waiting=self.row.waiting + row.waiting)
        self.row = row

    def get_pool(self, proto: str) -> PoolRow | None:
        return self.row


class Reservations:
    def create(self, reservation: Reservation) -> bool:
        return True

    def find_key(self, key: str) -> tuple[str, str] | None:
        return None

    def get(self, reservation: str) -> Reservation | None:
        return None

    def get_many(self, reservations: Sequence[str]) -> dict[str, Reservation]:
        return {}

    def set_task(
        self, reservation: str, foreign_id: ForeignId = None, payload: str | None = None
    ) -> bool:
        return True

    def keep_key(self, key: str, reservation: str, asked: str) -> tuple[str, str]:
        return reservation, asked

    def page(
        self, proto: str | None, cursor: str | None, limit: int
    ) -> tuple[list[Reservation], str | None]:
        return [], None


LATEST = 200
"""So many postings are given as the latest: those of some hours."""


@dataclass
class Postings:
    there: dict[str, Posting] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)

    def plan(self, posting: Posting) -> None:
        bisect.insort(self.tokens, posting.token)
        self._put(posting)

    def opened(self, posting: Posting, hit: str, now_ms: int) -> Posting:
        return self._put(replace(posting, stage=PostingStage.OPEN, hit=hit, free_ms=now_ms))

    def set_stage(self, posting: Posting, stage: PostingStage) -> None:
        self._put(replace(self.there[posting.token], stage=stage))

    def observe(
        self, posting: Posting, available: int, pending: int, completed: int, now_ms: int
    ) -> Posting:
        taken = available < posting.available
        now = self.there[posting.token]
        # The review does this once all work is in.
        is_over = now.stage is PostingStage.CLOSED and pending == 0
        if (available, pending, completed) == (now.available, now.pending, now.completed):
            return now if not is_over else self._put(replace(now, stage=PostingStage.SETTLED))
        return self._put(
            replace(
                now,
                stage=PostingStage.SETTLED if is_over else now.stage,
                available=available,
                pending=pending,
                completed=completed,
                free_ms=now_ms if taken else posting.free_ms,
            )
        )

    def live(self, proto: str) -> list[Posting]:
        alive = (self.there[token] for token in sorted(self.alive))
        return [p for p in alive if p.proto == proto]

    def since(self, proto: str, token: str, *, consistent: bool = False) -> Iterator[Posting]:
        # Tokens sort by time. No cap on money is near: what was spent before is left out.
        first = max(bisect.bisect_left(self.tokens, token), len(self.tokens) - LATEST)
        found = self.tokens[first:]
        return iter([p for p in map(self.there.__getitem__, found) if p.proto == proto])

    def _put(self, posting: Posting) -> Posting:
        self.there[posting.token] = posting
        (self.alive.add if posting.stage in LIVE_STAGES else self.alive.discard)(posting.token)
        return posting


class Payments:
    """Nothing is paid beside what postings commit."""

    def uncovered(self, since_ms: int) -> Iterator[Payment]:
        return iter(())


@dataclass
class Notes:
    told: dict[str, SizingReport] = field(default_factory=dict)
    measures: dict[str, Measures] = field(default_factory=dict)
    left: dict[str, list[Call | Response]] = field(default_factory=dict)

    def number_of(self, series: str, name: str) -> int:
        return 1

    def take_lease(self, name: str, holder: str, now_ms: int, for_ms: int) -> bool:
        return True

    def keep_lease(
        self, name: str, holder: str, now_ms: int, for_ms: int, heard: frozenset[str] = frozenset()
    ) -> bool:
        return True

    def ask_again(self, name: str, now_ms: int, what: str) -> bool:
        return False

    def drop_lease(self, name: str, holder: str) -> frozenset[str]:
        return frozenset()

    def free_lease(self, name: str, holder: str) -> None: ...

    def hint_due(self, name: str, now_ms: int, every_ms: int) -> bool:
        return False

    def forget_numbers(self, worker: str) -> None: ...

    def put_report(self, proto: str, report: SizingReport) -> None:
        self.told[proto] = report

    def get_report(self, proto: str) -> SizingReport:
        return self.told.get(proto, SizingReport())

    def reports(self, protos: Sequence[str]) -> dict[str, SizingReport]:
        return {proto: self.get_report(proto) for proto in protos}

    def add_latencies(self, proto: str, called: Sequence[tuple[int, int]]) -> None: ...

    def latencies(self, proto: str) -> list[tuple[int, int]]:
        return []

    def put_measures(self, proto: str, measures: Measures) -> None:
        self.measures[proto] = measures

    def get_measures(self, proto: str) -> Measures:
        return self.measures.get(proto, Measures())

    def add_event(self, proto: str, event: Call | Response) -> None:
        self.left.setdefault(proto, []).append(event)

    def events(self, proto: str) -> list[Call | Response]:
        return list(self.left.get(proto, ()))

    def forget_events(self, proto: str, known: int) -> None:
        del self.left.get(proto, [])[:known]
