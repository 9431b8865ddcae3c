"""The sizing run: once a minute, and at once after `cancel` or an `invoke` that finds too few.

Claims and reservations past their time end first (`endings`), so that others are recruited.

Each posting is recorded before it is made, with its request token; a run that died in between is
completed by the next. A lease keeps two runs from interleaving; work asked for meanwhile is done by
the run that holds it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.kit import invocation
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.kit.steps import attempt
from chalicelib.retainer.domain import ids
from chalicelib.retainer.domain.market import MarketError, MarketUnavailable
from chalicelib.retainer.services.sizer import Account
from chalicelib.retainer.services.trouble import OTHERS_LEAVE_MS

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.market import Market
    from chalicelib.retainer.domain.ports import (
        LedgerStore,
        NoteStore,
        ProtoHitStore,
        SizingReport,
    )
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.services.endings import Endings
    from chalicelib.retainer.services.fees import FeesOf
    from chalicelib.retainer.services.gauges import Gauges
    from chalicelib.retainer.services.posting import Poster, Spend
    from chalicelib.retainer.services.shared_sizer import SharedSizer
    from chalicelib.retainer.services.sizer import Sizer

LEASE = "sizing"
LEASE_MS = 90_000
LAPS = 5

FIRST_PAUSE_MS = 30_000
"""After a first failure of the market; doubled with each that follows it."""

LONGEST_PAUSE_MS = 480_000

log = logging.getLogger("retainer.sizing")

_Told = tuple["ProtoHit", "SizingReport | None"]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a run is asked for: one pool or all; `at_once`, surplus is not held back."""

    hit_type: str | None
    at_once: bool

    def to_text(self) -> str:
        return f"{'at once' if self.at_once else ''}#{self.hit_type or ''}"

    @classmethod
    def of(cls, text: str) -> _Wish:
        urgency, _, hit_type = text.partition("#")
        return cls(hit_type or None, bool(urgency))

    def is_for(self, proto: ProtoHit) -> bool:
        return self.hit_type in {None, proto.hit_type_id}


@dataclass(slots=True)
class _Run:
    """What one run knows; `away` are markets that did not answer, with why, `failing` all that
    did not do what was asked of them, now or so lately that they are left alone."""

    spends: Mapping[str, Spend]
    account: Account
    reservation: str | None
    away: dict[str, str] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)


class Sizing:
    def __init__(
        self,
        protos: ProtoHitStore,
        ledgers: LedgerStore,
        notes: NoteStore,
        poster: Poster,
        sizer: Sizer,
        markets: Mapping[str, Market],
        clock: Clock,
        shared: SharedSizer | None = None,
        fees: FeesOf | None = None,
        gauges: Gauges | None = None,
        endings: Endings | None = None,
        logger: logging.Logger = log,
    ) -> None:
        self._protos = protos
        self._ledgers = ledgers
        self._notes = notes
        self._poster = poster
        self._sizer = sizer
        self._markets = markets
        self._clock = clock
        self._shared = shared
        self._fees = fees
        self._gauges = gauges
        self._endings = endings
        self._log = logger
        self._begins_with = ""

    def run(
        self,
        hit_type: str | None = None,
        reason: str = "schedule",
        reservation: str | None = None,
    ) -> list[SizingReport]:
        """Size all pools, or one; return what was done, nothing if another run is at work.

        `reservation` has just changed: it is read by its key, since indexes may not know yet.
        """
        wishes = [_Wish(hit_type, reason in {"cancel", "stop"})]
        holder = ids.new_token()
        if not self._take_lease(holder, wishes[0]):
            return []
        done: list[SizingReport] = []
        try:
            for _ in range(LAPS):
                # Only the last lap is reported: it has seen everything that the others did.
                done = list(self._run_all(wishes, holder, reservation))
                asked = self._notes.drop_lease(LEASE, holder)
                now = self._clock.now_ms()
                if not asked or not self._notes.keep_lease(LEASE, holder, now, LEASE_MS, asked):
                    return done
                wishes = [_Wish.of(text) for text in sorted(asked)]
        except Exception:
            with contextlib.suppress(StoreUnavailable):
                self._notes.free_lease(LEASE, holder)
            raise
        self._notes.free_lease(LEASE, holder)
        return done

    def _take_lease(self, holder: str, wish: _Wish) -> bool:
        """Take the lease, or leave word with the run that has it."""
        for _ in range(3):
            if self._notes.take_lease(LEASE, holder, self._clock.now_ms(), LEASE_MS):
                return True
            if self._notes.ask_again(LEASE, self._clock.now_ms(), wish.to_text()):
                return False
        return False

    def _run_all(
        self, wishes: Iterable[_Wish], holder: str, reservation: str | None
    ) -> Iterator[SizingReport]:
        now = self._clock.now_ms()
        protos = [p for p in self._protos.list() if not p.is_at_rest(now)]
        # First, since no market is needed for it: one that hangs holds up nobody's deadline.
        ended = self._end_what_is_over([p for p in protos if any(w.is_for(p) for w in wishes)])
        if self._fees is not None:
            self._fees.ask()
        sent = self._poster.sent()
        account = Account(self._poster.spend_elsewhere(sent), {})
        spends: dict[str, Spend] = {}
        for proto in protos:
            spend = self._poster.spend(proto, self._poster.live(proto), sent)
            spends[proto.hit_type_id] = spend
            account.spend.add_all(spend)
            if proto.pool_id not in account.waiting:
                row = self._ledgers.get_pool(proto.pool_id)
                account.waiting[proto.pool_id] = max(0, row.waiting) if row else 0
        run = _Run(spends, account, reservation)
        told: list[tuple[ProtoHit, SizingReport]] = []
        pools = self._from_where_time_ran_out(_pools(protos))
        for place, pool in enumerate(pools):
            mine = [w for w in wishes if any(w.is_for(proto) for proto in pool)]
            if not mine:
                continue
            if not invocation.is_time_for(OTHERS_LEAVE_MS):
                self._log.warning("left for the next run", extra={"pools": len(pools) - place})
                self._begins_with = pool[0].pool_id
                break
            if not self._notes.keep_lease(LEASE, holder, self._clock.now_ms(), LEASE_MS):
                self._log.error("lease lost", extra={"hitType": pool[0].hit_type_id})
                return
            at_once = any(w.at_once for w in mine) or pool[0].pool_id in ended
            # One pool's trouble is no reason to leave the others short.
            reports: list[_Told] = attempt(
                "sizing of a pool",
                partial(self._size_pool, pool, run, at_once),
                [],
                pool=pool[0].pool_id,
            )
            for proto, report in reports:
                if report is None:
                    continue
                told.append((proto, report))
                self._log.info(
                    "sized",
                    extra={
                        "hitType": proto.hit_type_id, "why": report.why, "posted": report.posted,
                        "expired": report.expired, "short": report.short, "model": report.model,
                        "target": report.target,
                    },
                )  # fmt: skip
                yield report
        if self._gauges is not None:
            is_whole = any(wish.hit_type is None for wish in wishes)
            self._gauges.sized(told, spends, account, run.failing, is_whole)

    def _end_what_is_over(self, protos: Iterable[ProtoHit]) -> set[str]:
        """Return the pools of which a reservation was ended: their surplus is not held back."""
        ended: set[str] = set()
        for proto in protos if self._endings is not None else ():
            assert self._endings is not None
            name = proto.hit_type_id
            if attempt("endings", partial(self._endings.run, proto), False, hitType=name):
                ended.add(proto.pool_id)
        return ended

    def _from_where_time_ran_out(self, pools: list[list[ProtoHit]]) -> list[list[ProtoHit]]:
        """Return the pools, first those that the last run had to leave."""
        names = [pool[0].pool_id for pool in pools]
        first = names.index(self._begins_with) if self._begins_with in names else 0
        self._begins_with = ""
        return [*pools[first:], *pools[:first]]

    def _size_pool(self, pool: list[ProtoHit], run: _Run, at_once: bool) -> list[_Told]:
        if self._shared is None or not pool[0].pool:
            return [(proto, self._size(proto, run, at_once)) for proto in pool]
        return list(self._size_shared(self._shared, pool, run, at_once))

    def _size(self, proto: ProtoHit, run: _Run, at_once: bool) -> SizingReport | None:
        return self._guarded(
            proto,
            run,
            at_once,
            lambda: self._sizer.size(
                proto, run.spends[proto.hit_type_id], run.account, at_once, run.reservation
            ),
        )

    def _size_shared(
        self, shared: SharedSizer, pool: Iterable[ProtoHit], run: _Run, at_once: bool
    ) -> Iterator[tuple[ProtoHit, SizingReport | None]]:
        yield from shared.run(
            list(pool),
            run.spends,
            run.account,
            at_once,
            run.reservation,
            lambda proto, do: self._guarded(proto, run, at_once, do),
        )

    def _guarded(
        self,
        proto: ProtoHit,
        run: _Run,
        at_once: bool,
        do: Callable[[], SizingReport | None],
    ) -> SizingReport | None:
        """Do what needs the market; None if it is left alone, a report of its own if it fails."""
        try:
            if proto.market not in self._markets:
                raise MarketError(f"The market {proto.market} is not configured.")
            if proto.market in run.away:
                raise MarketUnavailable(run.away[proto.market])
            if self._is_left_alone(proto, at_once):
                self._note_failing(proto.market, run)
                return None
            return do()
        except MarketError as error:
            self._note_failing(proto.market, run)
            if isinstance(error, MarketUnavailable):
                run.away[proto.market] = str(error)
            return self._failed(proto, error, run.spends[proto.hit_type_id])

    def _note_failing(self, market: str, run: _Run) -> None:
        if market not in run.failing:
            run.failing.add(market)
            if self._gauges is not None:
                # At once: what hangs may be the end of the run.
                self._gauges.failing(len(run.failing))

    def _is_left_alone(self, proto: ProtoHit, at_once: bool) -> bool:
        """Whether the market failed or throttled so lately that asking again would not help it."""
        if at_once:
            return False
        return self._clock.now_ms() < self._notes.get_report(proto.hit_type_id).retry_ms

    def _failed(self, proto: ProtoHit, error: MarketError, spend: Spend) -> SizingReport:
        """Tell the application, too, why its pool was not sized."""
        is_away = isinstance(error, MarketUnavailable)
        before = self._notes.get_report(proto.hit_type_id)
        now = self._clock.now_ms()
        failures = before.failures + 1 if is_away else 0
        pause_ms = min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS) if failures else 0
        why = f"the market {'did not answer' if is_away else 'refused'}: {error}"
        if pause_ms:
            times = "" if failures == 1 else f", after {failures} failures in a row"
            why += f"; left alone for {pause_ms // 1000} s{times}"
        report = replace(
            before,
            at_ms=now,
            posted=0,
            expired=0,
            failures=failures,
            retry_ms=now + pause_ms,
            hour_cents=spend.hour_cents,
            day_cents=spend.day_cents,
            by_hour={str(hour): cents for hour, cents in sorted(spend.by_hour.items())},
            why=why,
        )
        self._notes.put_report(proto.hit_type_id, report)
        return report


def _pools(protos: Iterable[ProtoHit]) -> list[list[ProtoHit]]:
    """Give the ProtoHITs by the pool that does their work."""
    pools: dict[str, list[ProtoHit]] = {}
    for proto in protos:
        pools.setdefault(proto.pool_id, []).append(proto)
    return list(pools.values())
