"""The sizing run: once a minute, and at once after `cancel` or an `invoke` that finds too few.

Each posting is recorded before it is made, with its request token; a run that died in between is
completed by the next. A lease keeps two runs from interleaving; work asked for meanwhile is done by
the run that holds it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from chalicelib.clock import Clock
from chalicelib.dynamo import StoreUnavailable
from chalicelib.retainer.domain import ids, sizing
from chalicelib.retainer.domain.market import Market, MarketError, MarketUnavailable
from chalicelib.retainer.domain.ports import (
    LedgerStore,
    NoteStore,
    PostingStore,
    ProtoHitStore,
    SeatStore,
    SizingReport,
)
from chalicelib.retainer.domain.postings import Posting, PostingStage
from chalicelib.retainer.domain.protohits import ProtoHit
from chalicelib.retainer.domain.reservations import Ledger
from chalicelib.retainer.domain.seats import count, is_waiting
from chalicelib.retainer.services.pools import Pools
from chalicelib.retainer.services.posting import Poster, Spend

LEASE = "sizing"
LEASE_MS = 90_000
LAPS = 5

log = logging.getLogger("retainer.sizing")


@dataclass(frozen=True, slots=True)
class Caps:
    """Of the whole account; each ProtoHIT has its own."""

    max_hits_out: int
    max_spend_hour_cents: int
    max_spend_day_cents: int


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


class Sizing:
    def __init__(
        self,
        protos: ProtoHitStore,
        seats: SeatStore,
        ledgers: LedgerStore,
        postings: PostingStore,
        notes: NoteStore,
        pools: Pools,
        markets: Mapping[str, Market],
        caps: Caps,
        clock: Clock,
    ) -> None:
        self._protos = protos
        self._seats = seats
        self._ledgers = ledgers
        self._poster = Poster(postings, markets, clock)
        self._notes = notes
        self._pools = pools
        self._markets = markets
        self._caps = caps
        self._clock = clock

    def run(
        self,
        hit_type: str | None = None,
        reason: str = "schedule",
        reservation: str | None = None,
    ) -> list[SizingReport]:
        """Size all pools, or one; return what was done, nothing if another run is at work.

        `reservation` has just changed: it is read by its key, since indexes may not know yet.
        """
        wishes = [_Wish(hit_type, reason == "cancel")]
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
        protos = self._protos.list()
        account = Spend()
        spends: dict[str, Spend] = {}
        for proto in protos:
            spend = self._poster.spend(proto, self._poster.live(proto))
            spends[proto.hit_type_id] = spend
            account.add_all(spend)
        away: dict[str, str] = {}
        for proto in protos:
            mine = [w for w in wishes if w.is_for(proto)]
            if not mine:
                continue
            if not self._notes.keep_lease(LEASE, holder, self._clock.now_ms(), LEASE_MS):
                log.error("lease lost", extra={"proto": proto.hit_type_id})
                return
            at_once = any(w.at_once for w in mine)
            spend = spends[proto.hit_type_id]
            try:
                if proto.market not in self._markets:
                    raise MarketError(f"The market {proto.market} is not configured.")
                if proto.market in away:
                    raise MarketUnavailable(away[proto.market])
                report = self._run_one(proto, spend, account, at_once, reservation)
            except MarketError as error:
                if isinstance(error, MarketUnavailable):
                    away[proto.market] = str(error)
                report = self._failed(proto, error)
            log.info(
                "sized",
                extra={
                    "proto": proto.hit_type_id, "why": report.why, "posted": report.posted,
                    "expired": report.expired, "short": report.short,
                },
            )  # fmt: skip
            yield report

    def _failed(self, proto: ProtoHit, error: MarketError) -> SizingReport:
        """Tell the application, too, why its pool was not sized."""
        what = "did not answer" if isinstance(error, MarketUnavailable) else "refused"
        report = replace(
            self._notes.get_report(proto.hit_type_id),
            at_ms=self._clock.now_ms(),
            posted=0,
            expired=0,
            why=f"the market {what}: {error}",
        )
        self._notes.put_report(proto.hit_type_id, report)
        return report

    def _run_one(
        self,
        proto: ProtoHit,
        spend: Spend,
        account: Spend,
        at_once: bool,
        reservation: str | None,
    ) -> SizingReport:
        now = self._clock.now_ms()
        postings, refused = self._complete(proto)
        undone = self._undone(proto, now, reservation)
        row = self._ledgers.get_pool(proto.hit_type_id)
        size = row.waiting if row else 0
        seats = list(self._seats.list(proto.hit_type_id))
        occupancy = count(seats, now, size)
        waiting = (s.worker for s in seats if is_waiting(s, now, size))
        before = self._notes.get_report(proto.hit_type_id)
        wanted = sum(sizing.still_wanted(ledger, now) for ledger in undone)
        plan = sizing.plan(
            sizing.PoolFacts(
                now_ms=now,
                wanted=wanted,
                waiting=occupancy.waiting,
                postings=postings,
                seats_per_hit=proto.seats_per_hit,
                max_new_hits=min(
                    proto.max_hits_out - spend.hits_out,
                    self._caps.max_hits_out - account.hits_out,
                ),
                affordable_seats=self._affordable(proto, spend, account),
                surplus_since_ms=before.surplus_since_ms,
                at_once=at_once,
                barred=sizing.barred(undone, waiting, now),
            )
        )
        expired = 0
        for posting in plan.expire:
            if self._poster.close(posting):
                expired += 1
                for total in (spend, account):
                    total.hits_out -= 1
        posted: list[int] = []
        if not refused:
            posted, refused = self._post(proto, plan.post, spend, account)
        self._pools.recount(proto, undone, occupancy)
        report = SizingReport(
            at_ms=now,
            wanted=wanted,
            waiting=occupancy.waiting,
            expected=plan.expected,
            posted=len(posted),
            expired=expired,
            short=plan.short + sum(plan.post) - sum(posted),
            surplus_since_ms=_surplus_since(before, plan.surplus, now),
            why=f"the market refused: {refused}; {plan.why}" if refused else plan.why,
        )
        self._notes.put_report(proto.hit_type_id, report)
        return report

    def _complete(self, proto: ProtoHit) -> tuple[list[Posting], str]:
        """Give live postings as the market has them, after completing what an earlier run began;
        and why one was refused."""
        live: list[Posting] = []
        why = ""
        for posting in self._poster.live(proto):
            found: Posting | None = posting
            if posting.stage is PostingStage.PLANNED:
                try:
                    found = self._poster.complete(posting, proto)
                except MarketUnavailable:
                    raise
                except MarketError as error:
                    why = str(error)
                    continue
            if found is not None:
                live.append(self._poster.bring_up_to_date(found, proto))
        return live, why

    def _post(
        self, proto: ProtoHit, wanted: Iterable[int], spend: Spend, account: Spend
    ) -> tuple[list[int], str]:
        """Post HITs with so many seats each, until one is refused; return those made, and why."""
        posted: list[int] = []
        for seats in wanted:
            # Nothing but closed HITs made room for it: the caps hold whatever was closed.
            if (
                min(proto.max_hits_out - spend.hits_out, self._caps.max_hits_out - account.hits_out)
                <= 0
            ):
                break
            posting = self._poster.plan(proto, seats)
            try:
                made = self._poster.complete(posting, proto)
            except MarketUnavailable:
                # It may be out there: it counts until a later run knows better.
                for total in (spend, account):
                    total.add(posting, posting.created_ms)
                raise
            except MarketError as error:
                log.error("posting refused", extra={"token": posting.token, "why": str(error)})
                return posted, str(error)
            if made is not None:
                posted.append(seats)
                for total in (spend, account):
                    total.add(made, posting.created_ms)
        return posted, ""

    def _undone(self, proto: ProtoHit, now: int, reservation: str | None) -> list[Ledger]:
        """Give all reservations not done; those that count now as they really are."""
        undone = {x.id: x for x in self._ledgers.undone(proto.hit_type_id)}
        counted = [x.id for x in undone.values() if sizing.still_wanted(x, now)]
        undone |= self._ledgers.get_many(counted) if counted else {}
        changed = None if reservation is None else self._ledgers.get(reservation)
        if changed is not None and changed.proto == proto.hit_type_id:
            undone[changed.id] = changed
        return [x for x in undone.values() if x.done_ms is None]

    def _affordable(self, proto: ProtoHit, spend: Spend, account: Spend) -> int:
        """Return for how many seats the money of this hour and day still reaches."""
        left = min(
            proto.max_spend_hour_cents - spend.hour_cents,
            proto.max_spend_day_cents - spend.day_cents,
            self._caps.max_spend_hour_cents - account.hour_cents,
            self._caps.max_spend_day_cents - account.day_cents,
        )
        price = self._poster.price(proto, 1)
        return max(0, left) // price if price else _unbounded(proto)


def _unbounded(proto: ProtoHit) -> int:
    """Where a seat costs nothing, only the caps on HITs bound a run."""
    return proto.seats_per_hit * max(1, proto.max_hits_out)


def _surplus_since(before: SizingReport, surplus: int, now: int) -> int | None:
    if surplus == 0:
        return None
    return before.surplus_since_ms if before.surplus_since_ms is not None else now
