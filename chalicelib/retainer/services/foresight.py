"""What the next sizing run will do: that run itself, on what is on record, carrying out nothing.

The run's own code goes to work on stand-ins for its stores and markets. They let through the verbs
that are named here and only read; others are answered, or do not exist: a verb that the run may
come to use must be judged here first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chalicelib.retainer.domain.market import PostingState
from chalicelib.retainer.domain.ports import (
    SizingReport,
)
from chalicelib.retainer.domain.postings import PostingStage
from chalicelib.retainer.services.measuring import Measuring
from chalicelib.retainer.services.pools import Pools
from chalicelib.retainer.services.posting import Poster, Spend
from chalicelib.retainer.services.shared_sizer import SharedSizer
from chalicelib.retainer.services.sizer import Sizer
from chalicelib.retainer.services.sizing import Sizing

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.market import Market, Tariff
    from chalicelib.retainer.domain.pacing import PoolRow
    from chalicelib.retainer.domain.payments import Payment
    from chalicelib.retainer.domain.ports import (
        LedgerStore,
        NoteStore,
        PaymentStore,
        PostingStore,
        SeatStore,
    )
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.services.sizer import Caps

# Nothing was sized: what the run would log is no event.
log = logging.getLogger("retainer.foresight")
log.setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of all pools: ProtoHITs, the last reports by ProtoHIT, the rows by pool."""

    protos: Sequence[ProtoHit]
    reports: Mapping[str, SizingReport]
    rows: Mapping[str, PoolRow]

    def report(self, hit_type: str) -> SizingReport:
        return self.reports.get(hit_type, SizingReport())

    def sharers(self, proto: ProtoHit) -> list[ProtoHit]:
        return [p for p in self.protos if p.pool_id == proto.pool_id]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """`plans` by ProtoHIT; none for one whose market is left alone for now. `seats` were read on
    the way."""

    plans: Mapping[str, SizingReport]
    seats: Sequence[Seat]


class Foresight:
    def __init__(
        self,
        seats: SeatStore,
        ledgers: LedgerStore,
        postings: PostingStore,
        notes: NoteStore,
        payments: PaymentStore,
        markets: Mapping[str, Market],
        fees: Tariff,
        caps: Caps,
        clock: Clock,
    ) -> None:
        self._seats = seats
        self._ledgers = ledgers
        self._postings = postings
        self._notes = notes
        self._payments = payments
        self._markets = markets
        self._fees = fees
        self._caps = caps
        self._clock = clock

    def look(self, proto: ProtoHit, record: Record) -> Foreseen:
        """Plan for a ProtoHIT's pool as a run now would. Reads what a run reads of this pool, and
        writes nothing; what other pools have out and spend is taken from their last reports."""
        members = {p.hit_type_id for p in record.sharers(proto)}
        plans: dict[str, SizingReport] = {}
        seen: dict[str, list[Seat]] = {}

        def seats_of(hit_type: str) -> list[Seat]:
            if hit_type not in seen:
                seen[hit_type] = list(self._seats.list(hit_type))
            return seen[hit_type]

        known = _Known(self._postings, self._clock)
        seats = _stand_in(instead={"list": seats_of, "bring": _no})
        ledgers = _stand_in(
            self._ledgers,
            {"undone", "get_many", "get"},
            {"get_pool": record.rows.get, "put_pool": _nothing, "bring": _nothing},
        )
        notes = _stand_in(
            self._notes,
            {"get_measures", "events"},
            {
                "take_lease": _yes, "keep_lease": _yes, "drop_lease": _nobody,
                "free_lease": _nothing, "put_measures": _nothing, "forget_events": _nothing,
                "get_report": record.report, "put_report": plans.__setitem__,
            },
        )  # fmt: skip
        protos = _stand_in(instead={"list": lambda: list(record.protos)})
        payments = _stand_in(self._payments, {"uncovered"})
        markets = {name: _on_paper(market, known) for name, market in self._markets.items()}
        clock = self._clock
        poster = _Books(known.postings(), payments, markets, self._fees, clock, members, record)
        pools = Pools(seats, ledgers, known.postings(), protos, notes, self._fees, clock)
        measuring = Measuring(notes, clock)
        sizer = Sizer(
            seats, ledgers, notes, poster, pools, measuring, markets, self._caps, clock, _nothing
        )
        shared = SharedSizer(sizer, ledgers, notes, poster, pools, measuring, clock)
        run = Sizing(protos, ledgers, notes, poster, sizer, markets, clock, shared, logger=log)
        run.run(proto.hit_type_id, "foresight")
        return Foreseen(plans, [seat for name in members for seat in seats_of(name)])


class _Books(Poster):
    """The poster, for one pool; of others it tells what their last reports say."""

    def __init__(
        self, postings: PostingStore, payments: PaymentStore, markets: Mapping[str, Market],
        fees: Tariff, clock: Clock, members: Collection[str], record: Record,
    ) -> None:  # fmt: skip
        super().__init__(postings, payments, markets, fees, clock)
        self._members = members
        self._record = record

    def live(self, proto: ProtoHit) -> list[Posting]:
        return super().live(proto) if proto.hit_type_id in self._members else []

    def spend(
        self, proto: ProtoHit, live: list[Posting], sent: Mapping[str, Sequence[Payment]]
    ) -> Spend:
        if proto.hit_type_id in self._members:
            return super().spend(proto, live, sent)
        report = self._record.report(proto.hit_type_id)
        return Spend(report.hits_out, report.hour_cents, report.day_cents)


class _Known:
    """Postings as they are on record, by HIT, for a market to tell of them."""

    def __init__(self, postings: PostingStore, clock: Clock) -> None:
        self._postings = postings
        self._clock = clock
        self._by_hit: dict[str, Posting] = {}

    def postings(self) -> Any:
        return _stand_in(
            instead={
                "live": self._live, "since": self._since, "plan": _nothing,
                "set_stage": _nothing, "forget_conditions": _nothing, "opened": self._opened,
                "observe": _unchanged,
            },
        )  # fmt: skip

    def status(self, hit: str) -> PostingState:
        """What the market said last."""
        at = self._by_hit[hit]
        is_open = at.expires_ms == 0 or at.expires_ms > self._clock.now_ms()
        return PostingState(hit, at.available, at.pending, at.completed, is_open)

    def _live(self, proto: str) -> list[Posting]:
        return self._remember(self._postings.live(proto))

    def _since(self, proto: str, token: str, *, consistent: bool = False) -> list[Posting]:
        return self._remember(list(self._postings.since(proto, token, consistent=consistent)))

    def _opened(self, posting: Posting, hit: str, now_ms: int) -> Posting:
        made = replace(posting, stage=PostingStage.OPEN, hit=hit, free_ms=now_ms)
        return self._remember([made])[0]

    def _remember(self, found: list[Posting]) -> list[Posting]:
        self._by_hit |= {p.hit: p for p in found if p.hit is not None}
        return found


def _on_paper(market: Market, known: _Known) -> Any:
    """A market that is not asked and does nothing; its balance is not known."""
    return _stand_in(
        market,
        {"name", "caps"},
        {
            "status": known.status, "open": lambda _proto, _seats, token: token,
            "find": _nothing, "close": _nothing, "balance_cents": _nothing,
        },
    )  # fmt: skip


def _stand_in(
    real: object = None,
    reads: Collection[str] = (),
    instead: Mapping[str, Callable[..., Any]] | None = None,
) -> Any:
    """Make what has a port's `reads`, and its other verbs as they are given."""

    class StandIn:
        def __getattr__(self, name: str) -> Any:
            if instead is not None and name in instead:
                return instead[name]
            if name in reads:
                return getattr(real, name)
            raise AttributeError(f"a sizing run on paper has no {name}")

    return StandIn()


def _unchanged(posting: Posting, *_: int) -> Posting:
    return posting


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _no(*_: Any) -> bool:
    return False


def _yes(*_: Any) -> bool:
    return True


def _nobody(*_: Any) -> frozenset[str]:
    return frozenset()
