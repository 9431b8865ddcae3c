"""The pool row, which paces polls, and what an application may know of a pool."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.missing import no_proto
from chalicelib.retainer.domain.pacing import PoolRow, period_ms
from chalicelib.retainer.domain.postings import is_out
from chalicelib.retainer.domain.seats import Occupancy, count, counted
from chalicelib.retainer.domain.sharing import Conditions

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.market import Tariff
    from chalicelib.retainer.domain.ports import (
        LedgerStore,
        NoteStore,
        PostingStore,
        ProtoHitStore,
        SeatStore,
        SizingReport,
    )
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.reservations import Ledger
    from chalicelib.retainer.domain.seats import Seat

OPEN_READ = 100
"""Open reservations that a pool row is made from; a pool is rarely ready for more at once."""

DUE_KEPT = 8

SCARCE_KEPT = 8

Scarce = tuple[tuple[Conditions, int], ...]


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
    sharers: Sequence[ProtoHit]
    qualified: int


class Pools:
    def __init__(
        self,
        seats: SeatStore,
        ledgers: LedgerStore,
        postings: PostingStore,
        protohits: ProtoHitStore,
        notes: NoteStore,
        fees: Tariff,
        clock: Clock,
    ) -> None:
        self._seats = seats
        self._ledgers = ledgers
        self._postings = postings
        self._protohits = protohits
        self._notes = notes
        self._fees = fees
        self._clock = clock

    def refresh(self, proto: ProtoHit, changed: Ledger | None = None, called: int = 0) -> PoolRow:
        """Rewrite a pool's row after a reservation has changed, less so many workers just called.

        One query for each ProtoHIT of the pool, one read and one write, whatever is on record. The
        query's index is eventually consistent, so the `changed` reservation is taken as it is
        given; what else is missed, the next sizing run sets right. Who is called comes back as an
        arrival, and is counted then: without taking them off here, a busy pool would count many
        times its size by the next run, and be told to poll as seldom. Fewer than none waiting means
        that more were called.
        """
        members = self.sharers(proto)
        open_now = {
            ledger.id: ledger
            for member in members
            for ledger in self._ledgers.undone(member.hit_type_id, limit=OPEN_READ)
        }
        if changed is not None:
            open_now[changed.id] = changed
        before = self._ledgers.get_pool(proto.pool_id) or PoolRow(proto.pool_id)
        # Whether some signed for are there decides who is called first, so they stay counted.
        called_off = Occupancy(0, -called, 0, before.waits)
        row = self.row_of(members, list(open_now.values()), called_off, before.scarce)
        self._ledgers.put_pool(row, counted=False)
        return replace(
            row, waiting=before.waiting - called, verified_waiting=before.verified_waiting
        )

    def recount(self, proto: ProtoHit, undone: Sequence[Ledger], occupancy: Occupancy) -> PoolRow:
        """Rewrite a pool's row with its workers counted."""
        return self.recount_shared([proto], undone, occupancy, ())

    def recount_shared(
        self,
        members: Sequence[ProtoHit],
        undone: Sequence[Ledger],
        occupancy: Occupancy,
        scarce: Scarce,
    ) -> PoolRow:
        row = self.row_of(members, undone, occupancy, scarce)
        self._ledgers.put_pool(row, counted=True)
        return row

    def sharers(self, proto: ProtoHit) -> list[ProtoHit]:
        """Return the ProtoHITs of this one's pool, itself as it is given: one read if it is shared.

        Of one that has just left a pool, as it was before: those whom it has left.
        """
        if not proto.pool:
            return [proto]
        there = {p.hit_type_id: p for p in self._protohits.list() if p.pool_id == proto.pool_id}
        return list(there.values()) or [proto]

    def row_of(
        self, members: Sequence[ProtoHit], undone: Sequence[Ledger], occupancy: Occupancy,
        scarce: Scarce = (),
    ) -> PoolRow:  # fmt: skip
        """Of several that share a pool: any may call unannounced, so it is ready for the largest;
        what is reserved adds up."""
        now = self._clock.now_ms()
        waiting = [x for x in undone if x.invoked_ms is None and x.done_ms is None]
        due: dict[int, int] = {}
        for ledger in waiting:
            if ledger.start_ms > now:
                due[ledger.start_ms] = due.get(ledger.start_ms, 0) + ledger.slots
        return PoolRow(
            proto=members[0].pool_id,
            waiting=occupancy.waiting,
            verified_waiting=occupancy.verified_waiting,
            ready_for=max(p.ready_for for p in members),
            ready_now=sum(x.slots for x in waiting if x.start_ms <= now),
            due=tuple(sorted(due.items())[:DUE_KEPT]),
            auto=tuple(sorted((x.start_ms, x.id) for x in waiting if x.auto_invoke)[:DUE_KEPT]),
            reward_cents=members[0].reward_cents,
            waits=occupancy.waits,
            scarce=scarce,
        )

    def able(self, protos: Sequence[ProtoHit]) -> dict[str, int]:
        """Tell by ProtoHIT how many wait who may do its work: half a unit for each pool."""
        rows = self._ledgers.pools(sorted({p.pool_id for p in protos}))
        return {
            p.hit_type_id: max(0, rows[p.pool_id].able(p.conditions))
            for p in protos
            if p.pool_id in rows
        }

    def state(self, hit_type_id: str) -> PoolState:
        """Tell an application what it may expect, before it asks for anybody."""
        proto = self._protohits.find(hit_type_id)
        if proto is None:
            raise no_proto(hit_type_id)
        now = self._clock.now_ms()
        members = self.sharers(proto)
        row = self._ledgers.get_pool(proto.pool_id) or PoolRow(proto.pool_id)
        seats = [s for member in members for s in self._seats.list(member.hit_type_id)]
        occupancy = count(seats, now, row.waiting)
        out = [
            p for member in members for p in self._postings.live(member.hit_type_id) if is_out(p)
        ]
        able = len(qualified(seats, proto, now, row.waiting))
        called = self._notes.latencies(hit_type_id)
        return PoolState(
            proto=proto,
            occupancy=occupancy,
            hits_out=len(out),
            available=sum(p.available for p in out),
            reserved=row.wanted(now) if row.ready_now or row.due else 0,
            poll_every_ms=period_ms(max(1, min(able, occupancy.waiting)), row.wanted(now)),
            latency=Percentiles.of(shown for shown, _ in called),
            response=Percentiles.of(ack for _, ack in called),
            fee_cents=self._fees.of(proto.market).of_assignment(proto.reward_cents, 1),
            report=self._notes.get_report(hit_type_id),
            sharers=members,
            qualified=able,
        )


def qualified(
    seats: Iterable[Seat], proto: ProtoHit, now_ms: int, pool_size: int = 0
) -> dict[str, Seat]:
    """Return who waits and may do this ProtoHIT's work: by worker, each with one of their seats."""
    wanted = proto.conditions
    return {
        seat.worker: seat
        for seat in counted(seats, now_ms, pool_size)
        if seat.may_do(proto.hit_type_id, wanted)
    }


def scarce(
    seats: Sequence[Seat], members: Iterable[ProtoHit], waiting: int, now_ms: int, pool_size: int
) -> Scarce:
    """Return the work that not all who wait may do, and how many may; the scarcest first."""
    able = {p.conditions: len(qualified(seats, p, now_ms, pool_size)) for p in members}
    few = sorted(((n, wanted.to_text(), wanted) for wanted, n in able.items() if n < waiting))
    return tuple((wanted, n) for n, _, wanted in few[:SCARCE_KEPT])
