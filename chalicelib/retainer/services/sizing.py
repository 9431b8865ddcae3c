"""The sizing run: once a minute, and at once after `cancel` or an `invoke` that finds too few.

Each posting is recorded before it is made, with its request token; a run that died in between is
completed by the next. A lease keeps two runs from interleaving; work asked for meanwhile is done by
the run that holds it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from chalicelib.clock import Clock
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
from chalicelib.retainer.domain.seats import count
from chalicelib.retainer.services.pools import Pools

LEASE = "sizing"
LEASE_MS = 90_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
TOKEN_MS = 23 * HOUR_MS
"""A market forgets a request token after 24 hours; before that, asking again is safe."""

log = logging.getLogger("retainer.sizing")


@dataclass(frozen=True, slots=True)
class Caps:
    """Of the whole account; each ProtoHIT has its own."""

    max_hits_out: int
    max_spend_hour_cents: int
    max_spend_day_cents: int


@dataclass(slots=True)
class _Spend:
    """What postings of the last hour and day commit; grows as the run posts."""

    hits_out: int = 0
    hour_cents: int = 0
    day_cents: int = 0

    def add(self, posting: Posting, now_ms: int) -> None:
        age = now_ms - posting.created_ms
        self.hits_out += posting.stage in {PostingStage.PLANNED, PostingStage.OPEN}
        cents = _committed_cents(posting)
        self.hour_cents += cents if age < HOUR_MS else 0
        self.day_cents += cents if age < DAY_MS else 0


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
        self._postings = postings
        self._notes = notes
        self._pools = pools
        self._markets = markets
        self._caps = caps
        self._clock = clock

    def run(self, hit_type: str | None = None, reason: str = "schedule") -> list[SizingReport]:
        """Size all pools, or one; return what was done, nothing if another run is at work."""
        holder = ids.new_token()
        at_once = reason == "cancel"
        done: list[SizingReport] = []
        for _ in range(5):
            if not self._notes.take_lease(LEASE, holder, self._clock.now_ms(), LEASE_MS):
                if self._notes.ask_again(LEASE, self._clock.now_ms()):
                    return done
                continue
            # Only the last lap is reported: it has seen everything that the others did.
            done = list(self._run_all(hit_type, at_once, holder))
            if self._notes.drop_lease(LEASE, holder):
                break
            # Whoever asked meanwhile may have cancelled, and meant another pool.
            hit_type, at_once = None, True
        return done

    def _run_all(self, hit_type: str | None, at_once: bool, holder: str) -> Iterator[SizingReport]:
        protos = self._protos.list()
        account = _Spend()
        spends: dict[str, _Spend] = {}
        for proto in protos:
            spend = self._spend(proto)
            spends[proto.hit_type_id] = spend
            account.hits_out += spend.hits_out
            account.hour_cents += spend.hour_cents
            account.day_cents += spend.day_cents
        for proto in protos:
            if hit_type is not None and proto.hit_type_id != hit_type:
                continue
            self._notes.keep_lease(LEASE, holder, self._clock.now_ms(), LEASE_MS)
            if proto.market not in self._markets:
                log.error("no such market", extra={"proto": proto.hit_type_id})
                continue
            try:
                report = self._run_one(proto, spends[proto.hit_type_id], account, at_once)
            except MarketUnavailable as error:
                log.warning("market away", extra={"proto": proto.hit_type_id, "why": str(error)})
                continue
            log.info("sized", extra={"proto": proto.hit_type_id, "why": report.why})
            yield report

    def _spend(self, proto: ProtoHit) -> _Spend:
        now = self._clock.now_ms()
        spend = _Spend()
        recent = {
            p.token: p
            for p in self._postings.since(proto.hit_type_id, ids.first_id(now - DAY_MS))
            if p.stage is not PostingStage.DROPPED
        }
        for posting in self._postings.live(proto.hit_type_id):
            recent.setdefault(posting.token, posting)
        for posting in recent.values():
            spend.add(posting, now)
        return spend

    def _run_one(
        self, proto: ProtoHit, spend: _Spend, account: _Spend, at_once: bool
    ) -> SizingReport:
        now = self._clock.now_ms()
        postings = [self._bring_up_to_date(p, proto) for p in self._live(proto)]
        undone = self._undone(proto)
        row = self._ledgers.get_pool(proto.hit_type_id)
        occupancy = count(self._seats.list(proto.hit_type_id), now, row.waiting if row else 0)
        before = self._notes.get_report(proto.hit_type_id)
        plan = sizing.plan(
            sizing.PoolFacts(
                now_ms=now,
                wanted=sum(_still_wanted(ledger, now) for ledger in undone),
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
            )
        )
        for posting in plan.expire:
            self._close(posting)
        posted = sum(self._post(proto, seats, spend, account) for seats in plan.post)
        self._pools.recount(proto, undone, occupancy)
        report = SizingReport(
            at_ms=now,
            wanted=sum(_still_wanted(ledger, now) for ledger in undone),
            waiting=occupancy.waiting,
            expected=plan.expected,
            posted=posted,
            expired=len(plan.expire),
            short=plan.short,
            surplus_since_ms=_surplus_since(before, plan.surplus, now),
            why=plan.why,
        )
        self._notes.put_report(proto.hit_type_id, report)
        return report

    def _live(self, proto: ProtoHit) -> list[Posting]:
        """Give postings that need attention, after completing what an earlier run began."""
        live: list[Posting] = []
        for posting in self._postings.live(proto.hit_type_id):
            if posting.stage is not PostingStage.PLANNED:
                live.append(posting)
                continue
            completed = self._complete(posting, proto)
            if completed is not None:
                live.append(completed)
        return live

    def _complete(self, posting: Posting, proto: ProtoHit) -> Posting | None:
        """Carry out a recorded posting: the market makes it once, however often it is asked."""
        market = self._markets[posting.market]
        now = self._clock.now_ms()
        try:
            if now - posting.created_ms < TOKEN_MS:
                hit: str | None = market.open(proto, posting.seats, posting.token)
            else:
                hit = market.find(posting.token)
        except MarketUnavailable:
            raise
        except MarketError as error:
            log.warning("posting refused", extra={"token": posting.token, "why": str(error)})
            hit = market.find(posting.token)
        if hit is None:
            self._postings.set_stage(posting, PostingStage.DROPPED)
            return None
        return self._postings.opened(posting, hit, now)

    def _bring_up_to_date(self, posting: Posting, proto: ProtoHit) -> Posting:
        if posting.hit is None:
            return posting
        market = self._markets[posting.market]
        state = market.status(posting.hit)
        now = self._clock.now_ms()
        if state is None:
            self._postings.set_stage(posting, PostingStage.SETTLED)
            return replace(posting, stage=PostingStage.SETTLED, available=0)
        # Once closed, the market counts no free seats; ours are kept, since they cost nothing.
        is_open = posting.stage is PostingStage.OPEN
        available = state.available if is_open and state.open else posting.available
        posting = self._postings.observe(posting, available, state.pending, state.completed, now)
        wrong_market = posting.market != proto.market
        if posting.stage is PostingStage.OPEN and (not state.open or wrong_market):
            # Expired by itself, or the ProtoHIT has been switched to the other market.
            self._close(posting)
            return replace(posting, stage=PostingStage.CLOSED)
        return posting

    def _undone(self, proto: ProtoHit) -> list[Ledger]:
        """Give all reservations not done, those running with their claims."""
        undone = list(self._ledgers.undone(proto.hit_type_id))
        running = [x.id for x in undone if x.invoked_ms is not None]
        whole = self._ledgers.get_many(running) if running else {}
        return [whole.get(x.id, x) for x in undone]

    def _affordable(self, proto: ProtoHit, spend: _Spend, account: _Spend) -> int:
        """Return for how many seats the money of this hour and day still reaches."""
        left = min(
            proto.max_spend_hour_cents - spend.hour_cents,
            proto.max_spend_day_cents - spend.day_cents,
            self._caps.max_spend_hour_cents - account.hour_cents,
            self._caps.max_spend_day_cents - account.day_cents,
        )
        price = self._price(proto, 1)
        return max(0, left) // price if price else _unbounded(proto)

    def _price(self, proto: ProtoHit, seats: int) -> int:
        market = self._markets[proto.market]
        return seats * (proto.reward_cents + market.fee_cents(proto.reward_cents, seats))

    def _post(self, proto: ProtoHit, seats: int, spend: _Spend, account: _Spend) -> int:
        now = self._clock.now_ms()
        posting = Posting(
            token=ids.new_id(now),
            proto=proto.hit_type_id,
            market=proto.market,
            seats=seats,
            created_ms=now,
            committed_cents=self._price(proto, seats),
            available=seats,
            expires_ms=now + proto.lifetime * 1000,
        )
        self._postings.plan(posting)
        for total in (spend, account):
            total.add(posting, now)
        return int(self._complete(posting, proto) is not None)

    def _close(self, posting: Posting) -> None:
        if posting.hit is not None:
            self._markets[posting.market].close(posting.hit)
        self._postings.set_stage(posting, PostingStage.CLOSED)


def _committed_cents(posting: Posting) -> int:
    """Return what a posting may still cost or has cost: seats given back cost nothing."""
    if posting.stage in {PostingStage.PLANNED, PostingStage.OPEN}:
        return posting.committed_cents
    taken = max(posting.seats - posting.available, posting.pending + posting.completed)
    return posting.committed_cents * min(taken, posting.seats) // posting.seats


def _unbounded(proto: ProtoHit) -> int:
    """Where a seat costs nothing, only the caps on HITs bound a run."""
    return proto.seats_per_hit * max(1, proto.max_hits_out)


def _still_wanted(ledger: Ledger, now: int) -> int:
    if ledger.done_ms is not None:
        return 0
    if ledger.invoked_ms is not None:
        return max(0, ledger.slots - len(ledger.claims))
    return ledger.slots if ledger.start_ms - now <= sizing.RECRUIT_AHEAD_MS else 0


def _surplus_since(before: SizingReport, surplus: int, now: int) -> int | None:
    if surplus == 0:
        return None
    return before.surplus_since_ms if before.surplus_since_ms is not None else now
