"""Sizing one pool: what it needs by the model and by reservations, and the HITs that follow."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.retainer.domain import sizing, targets
from chalicelib.retainer.domain.absent_pages import absent, notice_of
from chalicelib.retainer.domain.history import Sample, with_sample
from chalicelib.retainer.domain.market import MarketError, MarketUnavailable
from chalicelib.retainer.domain.ports import SizingReport
from chalicelib.retainer.domain.postings import PostingStage, is_out
from chalicelib.retainer.domain.seats import count, is_present, is_waiting
from chalicelib.retainer.domain.targets import Target
from chalicelib.retainer.services.trouble import check_time

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.market import Market
    from chalicelib.retainer.domain.measures import Estimates
    from chalicelib.retainer.domain.ports import LedgerStore, NoteStore, SeatStore
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.reservations import Ledger
    from chalicelib.retainer.domain.seats import Occupancy, Seat
    from chalicelib.retainer.domain.targets import Service
    from chalicelib.retainer.services.measuring import Measuring
    from chalicelib.retainer.services.pools import Pools
    from chalicelib.retainer.services.posting import Poster, Spend

NO_STANDING = Target(0, "", "")

log = logging.getLogger("retainer.sizing")


@dataclass(frozen=True, slots=True)
class Caps:
    """Of the whole account; each ProtoHIT has its own."""

    max_hits_out: int
    max_spend_hour_cents: int
    max_spend_day_cents: int
    max_waiting: int


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did for one ProtoHIT; `posted` has the seats of each HIT."""

    plan: sizing.Plan
    expired: int
    posted: list[int]
    refused: str

    @property
    def expected(self) -> int:
        return self.plan.expected + sum(self.posted)


@dataclass(slots=True)
class Account:
    """What all pools together have out, spend and hold; grows as the run posts."""

    spend: Spend
    waiting: dict[str, int]


class Sizer:
    def __init__(
        self,
        seats: SeatStore,
        ledgers: LedgerStore,
        notes: NoteStore,
        poster: Poster,
        pools: Pools,
        measuring: Measuring,
        markets: Mapping[str, Market],
        caps: Caps,
        clock: Clock,
        invoke_due: Callable[[str], None],
        rule: Callable[[Service, Estimates], Target] = targets.standing,
    ) -> None:
        self._seats = seats
        self._ledgers = ledgers
        self._notes = notes
        self._poster = poster
        self._pools = pools
        self._measuring = measuring
        self._markets = markets
        self._caps = caps
        self._invoke_due = invoke_due
        self.rule = rule
        self._clock = clock

    def size(
        self,
        proto: ProtoHit,
        spend: Spend,
        account: Account,
        at_once: bool,
        reservation: str | None,
    ) -> SizingReport:
        """Bring one pool's HITs to what it needs; return and keep what was found and done."""
        now = self._clock.now_ms()
        postings, refused = self.complete(proto)
        seats = self.seats_of(proto, now)
        gathered = self._measuring.gather(proto, seats, now)
        known = self._measuring.estimates(proto, gathered.measures)
        row = self._ledgers.get_pool(proto.hit_type_id)
        size = row.waiting if row else 0
        occupancy = count(seats, now, size)
        share = self._measuring.share_answering(proto, occupancy.waits, gathered.measures)
        undone = self.undone_of(proto, now, known, reservation, share)
        before = self._notes.get_report(proto.hit_type_id)
        is_kept = proto.standing and not proto.stopped
        target = self.rule(proto.service, known) if is_kept else NO_STANDING
        account.waiting[proto.pool_id] = occupancy.waiting
        facts = sizing.PoolFacts(
            now_ms=now,
            wanted=sum(sizing.still_wanted(x, now, ahead_ms(proto, x, known)) for x in undone),
            waiting=occupancy.waiting,
            postings=postings,
            seats_per_hit=proto.seats_per_hit,
            max_new_hits=self.hits_left(proto, spend, account),
            affordable_seats=self.affordable(proto, spend, account),
            surplus_since_ms=before.surplus_since_ms,
            at_once=at_once,
            barred=sizing.barred(
                undone,
                (s.worker for s in seats if is_waiting(s, now, size)),
                now,
                lambda x: ahead_ms(proto, x, known),
            ),
            standing=target.seats,
            places=self.places(proto, occupancy, account),
            stopped=proto.stopped,
        )
        done = self.carry_out(proto, facts, refused, spend, account)
        self._pools.recount(proto, undone, occupancy)
        self._measuring.keep(proto, gathered, done.expected, target.calm)
        return self.report(
            proto, facts, done, target, before, spend, occupancy.present,
            notice=notice_of(absent(postings, seats, now), proto.url),
        )  # fmt: skip

    def carry_out(
        self, proto: ProtoHit, facts: sizing.PoolFacts, refused: str, spend: Spend, account: Account
    ) -> Done:
        """Expire and post what the rule says; nothing is posted where the market has `refused`."""
        plan = self._within_balance(proto, facts)
        expired = self._expire(plan, spend, account)
        posted: list[int] = []
        if not refused:
            posted, refused = self._post(proto, plan.post, spend, account)
        return Done(plan, expired, posted, refused)

    def report(
        self, proto: ProtoHit, facts: sizing.PoolFacts, done: Done, target: Target,
        before: SizingReport, spend: Spend, present: int, pool: str = "", notice: str = "",
    ) -> SizingReport:  # fmt: skip
        """Keep and return what was found and done; `pool` says who shares it, `notice` what
        somebody should look at."""
        plan = done.plan
        hits_out = sum(is_out(p) for p in facts.postings) - done.expired + len(done.posted)
        why = "; ".join(part for part in (notice, pool, plan.why, target.why) if part)
        report = SizingReport(
            at_ms=facts.now_ms,
            wanted=facts.wanted,
            waiting=facts.waiting,
            expected=plan.expected,
            posted=len(done.posted),
            expired=done.expired,
            short=plan.short + sum(plan.post) - sum(done.posted),
            surplus_since_ms=_surplus_since(before, plan.surplus, facts.now_ms),
            why=f"the market refused: {done.refused}; {why}" if done.refused else why,
            notice=notice,
            model=target.model,
            target=target.seats,
            hits_out=hits_out,
            hour_cents=spend.hour_cents,
            day_cents=spend.day_cents,
            by_hour={str(hour): cents for hour, cents in sorted(spend.by_hour.items())},
            history=with_sample(
                before.history,
                Sample(
                    at_ms=facts.now_ms,
                    waiting=facts.waiting,
                    present=present,
                    target=facts.wanted + facts.standing,
                    hits_out=hits_out,
                    available=done.expected,
                    committed_cents=spend.hour_cents,
                ),
            ),
        )
        self._notes.put_report(proto.hit_type_id, report)
        if notice:
            log.warning("no page comes", extra={"hitType": proto.hit_type_id, "why": notice})
        return report

    def seats_of(self, proto: ProtoHit, now: int) -> list[Seat]:
        """Give a ProtoHIT's seats. Those that still wait in a pool that it has left are brought
        over: one write each, once."""
        pool = proto.pool_id if proto.pool else None
        seats: list[Seat] = []
        for seat in self._seats.list(proto.hit_type_id):
            if seat.pool != pool and is_present(seat, now) and self._seats.bring(seat, pool):
                seat = replace(seat, pool=pool)
            seats.append(seat)
        return seats

    def _within_balance(self, proto: ProtoHit, facts: sizing.PoolFacts) -> sizing.Plan:
        """Plan with no more seats than the balance pays for; asked only where there is a need."""
        plan = sizing.plan(facts)
        if not plan.post:
            return plan
        check_time()
        balance = self._markets[proto.market].balance_cents()
        price = self._poster.price(proto, 1)
        if balance is None or not price or balance // price >= sum(plan.post):
            return plan
        seats = max(0, balance) // price
        return sizing.plan(
            replace(facts, affordable_seats=seats, money="what the balance pays for")
        )

    def _expire(self, plan: sizing.Plan, spend: Spend, account: Account) -> int:
        expired = 0
        for posting in plan.expire:
            if self._poster.close(posting):
                expired += 1
                for total in (spend, account.spend):
                    total.hits_out -= 1
        return expired

    def complete(self, proto: ProtoHit) -> tuple[list[Posting], str]:
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
        self, proto: ProtoHit, wanted: Iterable[int], spend: Spend, account: Account
    ) -> tuple[list[int], str]:
        """Post HITs with so many seats each, until one is refused; return those made, and why."""
        posted: list[int] = []
        for seats in wanted:
            # Nothing but closed HITs made room for it: the caps hold whatever was closed.
            if self.hits_left(proto, spend, account) <= 0:
                break
            posting = self._poster.plan(proto, seats)
            try:
                made = self._poster.complete(posting, proto)
            except MarketUnavailable:
                # It may be out there: it counts until a later run knows better.
                for total in (spend, account.spend):
                    total.add(posting, posting.created_ms)
                raise
            except MarketError as error:
                log.error("posting refused", extra={"token": posting.token, "why": str(error)})
                return posted, str(error)
            if made is not None:
                posted.append(seats)
                for total in (spend, account.spend):
                    total.add(made, posting.created_ms)
        return posted, ""

    def undone_of(
        self, proto: ProtoHit, now: int, known: Estimates, reservation: str | None, share: float
    ) -> list[Ledger]:
        """Give all reservations not done; those that count now as they really are, with the slots
        that they are recruited for if `share` of those called answer."""
        undone = {x.id: x for x in self._ledgers.undone(proto.hit_type_id)}
        for ledger in undone.values():
            # Where nobody polls nobody else would.
            if ledger.auto_invoke and ledger.invoked_ms is None and ledger.start_ms <= now:
                self._invoke_due(ledger.id)
        counted = [
            x.id for x in undone.values() if sizing.still_wanted(x, now, ahead_ms(proto, x, known))
        ]
        undone |= self._ledgers.get_many(counted) if counted else {}
        changed = None if reservation is None else self._ledgers.get(reservation)
        if changed is not None and changed.proto == proto.hit_type_id:
            undone[changed.id] = changed
        for ledger in undone.values():
            # All that run were read in full: none of the index's rows has any claims.
            elsewhere = ledger.board not in {None, proto.pool_id}
            if ledger.is_running and (elsewhere or ledger.sharing != proto.sharing):
                self._ledgers.bring(ledger, proto.sharing)
        return [sizing.as_recruited(x, share) for x in undone.values() if x.done_ms is None]

    def hits_left(self, proto: ProtoHit, spend: Spend, account: Account) -> int:
        return min(
            proto.max_hits_out - spend.hits_out,
            self._caps.max_hits_out - account.spend.hits_out,
        )

    def places(self, proto: ProtoHit, occupancy: Occupancy, account: Account) -> int:
        """Return how many more may wait, of this pool and of all together."""
        return min(
            proto.max_waiting - occupancy.waiting,
            self._caps.max_waiting - sum(account.waiting.values()),
        )

    def affordable(self, proto: ProtoHit, spend: Spend, account: Account) -> int:
        """Return for how many seats the money of this hour and day still reaches."""
        left = min(
            proto.max_spend_hour_cents - spend.hour_cents,
            proto.max_spend_day_cents - spend.day_cents,
            self._caps.max_spend_hour_cents - account.spend.hour_cents,
            self._caps.max_spend_day_cents - account.spend.day_cents,
        )
        price = self._poster.price(proto, 1)
        return max(0, left) // price if price else _unbounded(proto)


def ahead_ms(proto: ProtoHit, ledger: Ledger, known: Estimates) -> int:
    """Return how long before its time a reservation is recruited for.

    Who comes first must still be there then: so at most four fifths of the longest wait.
    """
    longest = proto.max_wait * 800
    return targets.lead_ms(ledger.slots, known.recruitment_ms, proto.service_level, longest)


def _unbounded(proto: ProtoHit) -> int:
    """Where a seat costs nothing, only the caps on HITs bound a run."""
    return proto.seats_per_hit * max(1, proto.max_hits_out)


def _surplus_since(before: SizingReport, surplus: int, now: int) -> int | None:
    if surplus == 0:
        return None
    return before.surplus_since_ms if before.surplus_since_ms is not None else now
