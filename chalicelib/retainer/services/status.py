"""The dashboard's figures: every pool in brief, one of them in full, money.

What is asked for every few seconds is read by key, whatever has happened in service: ProtoHITs,
pool rows, and the reports that sizing runs leave. What costs more is asked for seldomer.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.history import samples
from chalicelib.retainer.domain.missing import no_proto
from chalicelib.retainer.domain.pacing import PoolRow, period_ms
from chalicelib.retainer.domain.seats import count, is_waiting
from chalicelib.retainer.services.foresight import Record
from chalicelib.retainer.services.pools import Percentiles

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.history import Sample
    from chalicelib.retainer.domain.market import Market, Tariff
    from chalicelib.retainer.domain.ports import (
        SizingReport,
    )
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.seats import Occupancy, Seat
    from chalicelib.retainer.services.costs import CostReport, Costs
    from chalicelib.retainer.services.foresight import Foresight
    from chalicelib.retainer.services.posting import Poster, Spend
    from chalicelib.retainer.services.sizer import Caps
    from chalicelib.retainer.stores import Stores

EDGES_MS = (100, 200, 300, 400, 500, 600, 800, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000)
"""Upper edges of what latencies are counted by; what is longer than the last comes after it."""

WORKERS_SHOWN = 100
HELD_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Distribution:
    """`counts[i]` are at most `EDGES_MS[i]`, and above the edge before; the last, above all."""

    percentiles: Percentiles
    counts: tuple[int, ...]

    @classmethod
    def of(cls, values: Iterable[int]) -> Distribution:
        known = list(values)
        counts = [0] * (len(EDGES_MS) + 1)
        for value in known:
            counts[bisect_left(EDGES_MS, value)] += 1
        return cls(Percentiles.of(known), tuple(counts))


@dataclass(frozen=True, slots=True)
class Brief:
    """One pool, from its row and its last report; `at_cap` names the caps that it is at."""

    proto: ProtoHit
    report: SizingReport
    row: PoolRow
    at_cap: tuple[str, ...]

    @property
    def waiting(self) -> int:
        return max(0, self.row.waiting)


@dataclass(frozen=True, slots=True)
class Focus:
    """What is told of the one pool that somebody looks at."""

    brief: Brief
    sharers: Sequence[ProtoHit]
    reserved: int
    poll_every_ms: int
    fee_cents: int
    latency: Distribution
    response: Distribution
    samples: Sequence[Sample]


@dataclass(frozen=True, slots=True)
class Ahead:
    """`plan` is what a sizing run would do now, None where the market is left alone; who is there
    was counted on the way. `workers` have waited longest."""

    plan: SizingReport | None
    occupancy: Occupancy
    workers: Sequence[Seat]


@dataclass(frozen=True, slots=True)
class Money:
    """`elsewhere` was sent for no ProtoHIT; of `held` submissions no more are counted than
    `HELD_COUNTED`."""

    costs: CostReport
    elsewhere: Spend
    held: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`ahead` and `money` only where all was asked for."""

    now_ms: int
    caps: Caps
    markets: Sequence[str]
    pools: Sequence[Brief]
    focus: Focus | None
    ahead: Ahead | None
    money: Money | None


class Status:
    def __init__(
        self,
        stores: Stores,
        poster: Poster,
        costs: Costs,
        foresight: Foresight,
        markets: Mapping[str, Market],
        fees: Tariff,
        caps: Caps,
        clock: Clock,
    ) -> None:
        self._protos = stores.protos
        self._ledgers = stores.ledgers
        self._notes = stores.notes
        self._submissions = stores.submissions
        self._poster = poster
        self._costs = costs
        self._foresight = foresight
        self._markets = markets
        self._fees = fees
        self._caps = caps
        self._clock = clock

    def read(self, hit_type: str | None, full: bool) -> Overview:
        """Tell of all pools, and of one more closely: the one asked for, else the first.

        Four reads, of a unit for every two pools. `full`: also what a sizing run reads of the one
        pool, two queries of money for each ProtoHIT, and a page of held work.
        """
        now = self._clock.now_ms()
        protos = [p for p in self._protos.list() if p.archived_ms is None]
        names = [p.hit_type_id for p in protos]
        if hit_type is not None and hit_type not in names:
            raise no_proto(hit_type)
        record = Record(
            protos,
            self._notes.reports(names),
            self._ledgers.pools(sorted({p.pool_id for p in protos})),
        )
        pools = [self._brief(proto, record) for proto in protos]
        chosen = next((b for b in pools if b.proto.hit_type_id == hit_type), None)
        chosen = chosen or next(iter(pools), None)
        return Overview(
            now_ms=now,
            caps=self._caps,
            markets=sorted(self._markets),
            pools=pools,
            focus=None if chosen is None else self._focus(chosen, record, now),
            ahead=None if chosen is None or not full else self._ahead(chosen, record, now),
            money=self._money(names) if full else None,
        )

    def _brief(self, proto: ProtoHit, record: Record) -> Brief:
        report = record.report(proto.hit_type_id)
        row = record.rows.get(proto.pool_id, PoolRow(proto.pool_id))
        seat = self._poster.price(proto, 1)
        figures = {
            "hitsOut": (report.hits_out + 1, proto.max_hits_out),
            "waiting": (row.waiting + 1, proto.max_waiting),
            "spendPerHour": (report.hour_cents + seat, proto.max_spend_hour_cents),
            "spendPerDay": (report.day_cents + seat, proto.max_spend_day_cents),
        }
        at_cap = tuple(name for name, (with_one, cap) in figures.items() if with_one > cap)
        return Brief(proto, report, row, at_cap)

    def _focus(self, brief: Brief, record: Record, now: int) -> Focus:
        proto, row = brief.proto, brief.row
        called = self._notes.latencies(proto.hit_type_id)
        return Focus(
            brief=brief,
            sharers=record.sharers(proto),
            reserved=row.wanted(now) if row.ready_now or row.due else 0,
            poll_every_ms=period_ms(max(1, row.able(proto.conditions)), row.wanted(now)),
            fee_cents=self._fees.of(proto.market).of_assignment(proto.reward_cents, 1),
            latency=Distribution.of(shown for shown, _ in called),
            response=Distribution.of(ack for _, ack in called),
            samples=samples(brief.report.history),
        )

    def _ahead(self, brief: Brief, record: Record, now: int) -> Ahead:
        foreseen = self._foresight.look(brief.proto, record)
        size = brief.waiting
        waiting = {s.worker: s for s in foreseen.seats if is_waiting(s, now, size)}
        return Ahead(
            plan=foreseen.plans.get(brief.proto.hit_type_id),
            occupancy=count(foreseen.seats, now, size),
            workers=sorted(waiting.values(), key=lambda s: s.arrived_ms)[:WORKERS_SHOWN],
        )

    def _money(self, protos: Sequence[str]) -> Money:
        held, _ = self._submissions.all_held(None, None, HELD_COUNTED, False)
        elsewhere = self._poster.spend_elsewhere(self._poster.sent())
        return Money(self._costs.now(protos), elsewhere, len(held))
