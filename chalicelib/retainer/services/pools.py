"""The pool row, which paces polls, and what an application may know of a pool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.clock import Clock
from chalicelib.retainer.domain.errors import NotFound
from chalicelib.retainer.domain.market import Market
from chalicelib.retainer.domain.pacing import PoolRow, period_ms
from chalicelib.retainer.domain.ports import (
    LedgerStore,
    NoteStore,
    PostingStore,
    ProtoHitStore,
    SeatStore,
    SizingReport,
)
from chalicelib.retainer.domain.postings import PostingStage
from chalicelib.retainer.domain.protohits import ProtoHit
from chalicelib.retainer.domain.reservations import Ledger
from chalicelib.retainer.domain.seats import Occupancy, count

OPEN_READ = 100
"""Open reservations that a pool row is made from; a pool is rarely ready for more at once."""

DUE_KEPT = 8


@dataclass(frozen=True, slots=True)
class Percentiles:
    n: int
    p50: int | None
    p95: int | None

    @classmethod
    def of(cls, values: Iterable[int]) -> Percentiles:
        """Nearest-rank percentiles."""
        ranked = sorted(values)
        if not ranked:
            return cls(0, None, None)
        last = len(ranked) - 1
        return cls(len(ranked), ranked[round(0.5 * last)], ranked[round(0.95 * last)])


@dataclass(frozen=True, slots=True)
class PoolState:
    proto: ProtoHit
    occupancy: Occupancy
    hits_out: int
    available: int
    reserved: int
    poll_every_ms: int
    latency: Percentiles
    response: Percentiles
    fee_cents: int
    report: SizingReport


class Pools:
    def __init__(
        self,
        seats: SeatStore,
        ledgers: LedgerStore,
        postings: PostingStore,
        protohits: ProtoHitStore,
        notes: NoteStore,
        markets: Mapping[str, Market],
        clock: Clock,
    ) -> None:
        self._seats = seats
        self._ledgers = ledgers
        self._postings = postings
        self._protohits = protohits
        self._notes = notes
        self._markets = markets
        self._clock = clock

    def refresh(self, proto: ProtoHit, changed: Ledger | None = None, called: int = 0) -> PoolRow:
        """Rewrite a pool's row after a reservation has changed, less so many workers just called.

        One query, one read and one write, whatever is on record. The query's index is eventually
        consistent, so the `changed` reservation is taken as it is given; what else is missed, the
        next sizing run sets right. Who is called comes back as an arrival, and is counted then:
        without taking them off here, a busy pool would count many times its size by the next run,
        and be told to poll as seldom. Fewer than none waiting means that more were called.
        """
        open_now = {
            ledger.id: ledger for ledger in self._ledgers.undone(proto.hit_type_id, limit=OPEN_READ)
        }
        if changed is not None:
            open_now[changed.id] = changed
        before = self._ledgers.get_pool(proto.hit_type_id) or PoolRow(proto.hit_type_id)
        # Whether some signed for are there decides who is called first, so they stay counted.
        row = self.row_of(proto, list(open_now.values()), Occupancy(0, -called, 0))
        self._ledgers.put_pool(row, counted=False)
        return replace(
            row, waiting=before.waiting - called, verified_waiting=before.verified_waiting
        )

    def recount(self, proto: ProtoHit, undone: Sequence[Ledger], occupancy: Occupancy) -> PoolRow:
        """Rewrite a pool's row with its workers counted."""
        row = self.row_of(proto, undone, occupancy)
        self._ledgers.put_pool(row, counted=True)
        return row

    def row_of(self, proto: ProtoHit, undone: Sequence[Ledger], occupancy: Occupancy) -> PoolRow:
        now = self._clock.now_ms()
        waiting = [x for x in undone if x.invoked_ms is None and x.done_ms is None]
        due: dict[int, int] = {}
        for ledger in waiting:
            if ledger.start_ms > now:
                due[ledger.start_ms] = due.get(ledger.start_ms, 0) + ledger.slots
        return PoolRow(
            proto=proto.hit_type_id,
            waiting=occupancy.waiting,
            verified_waiting=occupancy.verified_waiting,
            ready_for=proto.ready_for,
            ready_now=sum(x.slots for x in waiting if x.start_ms <= now),
            due=tuple(sorted(due.items())[:DUE_KEPT]),
            auto=tuple(sorted((x.start_ms, x.id) for x in waiting if x.auto_invoke)[:DUE_KEPT]),
            reward_cents=proto.reward_cents,
        )

    def state(self, hit_type_id: str) -> PoolState:
        """Tell an application what it may expect, before it asks for anybody."""
        proto = self._protohits.find(hit_type_id)
        if proto is None:
            raise NotFound("There is no such ProtoHIT.", "unknown_hit_type")
        now = self._clock.now_ms()
        row = self._ledgers.get_pool(hit_type_id) or PoolRow(hit_type_id)
        occupancy = count(self._seats.list(hit_type_id), now, row.waiting)
        out = [
            p for p in self._postings.live(hit_type_id)
            if p.stage is PostingStage.OPEN and p.available + p.pending > 0
        ]  # fmt: skip
        called = self._notes.latencies(hit_type_id)
        market = self._markets.get(proto.market)
        return PoolState(
            proto=proto,
            occupancy=occupancy,
            hits_out=len(out),
            available=sum(p.available for p in out),
            reserved=row.wanted(now) if row.ready_now or row.due else 0,
            poll_every_ms=period_ms(max(1, occupancy.waiting), row.wanted(now)),
            latency=Percentiles.of(shown for shown, _ in called),
            response=Percentiles.of(ack for _, ack in called),
            fee_cents=0 if market is None else market.fee_cents(proto.reward_cents, 1),
            report=self._notes.get_report(hit_type_id),
        )
