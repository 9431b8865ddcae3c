"""Postings: each is recorded before it is made, and what an earlier run began is completed.

The record is the truth; what the market refuses is dropped from it, with the reason told.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chalicelib.retainer.domain import ids
from chalicelib.retainer.domain.market import MarketError, MarketUnavailable
from chalicelib.retainer.domain.payments import NO_PROTO
from chalicelib.retainer.domain.postings import (
    LIVE_STAGES,
    Limits,
    Posting,
    PostingStage,
    taken_cents,
)
from chalicelib.retainer.services.trouble import check_time

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.market import Market, Tariff
    from chalicelib.retainer.domain.payments import Payment
    from chalicelib.retainer.domain.ports import PaymentStore, PostingStore
    from chalicelib.retainer.domain.protohits import ProtoHit

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
TOKEN_MS = 23 * HOUR_MS
"""A market forgets a request token after 24 hours; before that, asking again is safe."""

INDEX_LAG_MS = 600_000
"""How far an index may be behind its table; what is younger is read from the table."""

log = logging.getLogger("retainer.posting")


@dataclass(slots=True)
class Spend:
    """What postings of the last hour and day commit; grows as the run posts. `by_hour` has the
    day's cents by hours since the epoch."""

    hits_out: int = 0
    hour_cents: int = 0
    day_cents: int = 0
    by_hour: dict[int, int] = field(default_factory=dict)

    def add(self, posting: Posting, now_ms: int) -> None:
        is_out = posting.stage is PostingStage.OPEN or posting.stage is PostingStage.PLANNED
        cents = posting.committed_cents if is_out else taken_cents(posting)
        self.hits_out += is_out
        self._commit(cents, posting.created_ms, now_ms)

    def add_payment(self, payment: Payment, now_ms: int) -> None:
        """Count what was sent that no posting had committed."""
        self._commit(payment.cost_cents, payment.tried_ms or now_ms, now_ms)

    def add_all(self, other: Spend) -> None:
        self.hits_out += other.hits_out
        self.hour_cents += other.hour_cents
        self.day_cents += other.day_cents
        for hour, cents in other.by_hour.items():
            self.by_hour[hour] = self.by_hour.get(hour, 0) + cents

    def _commit(self, cents: int, at_ms: int, now_ms: int) -> None:
        age = now_ms - at_ms
        self.hour_cents += cents if age < HOUR_MS else 0
        if cents and age < DAY_MS:
            self.day_cents += cents
            hour = at_ms // HOUR_MS
            self.by_hour[hour] = self.by_hour.get(hour, 0) + cents


class Poster:
    """Raises `MarketUnavailable` where a later run may go on, `MarketError` if it was refused."""

    def __init__(
        self,
        postings: PostingStore,
        payments: PaymentStore,
        markets: Mapping[str, Market],
        fees: Tariff,
        clock: Clock,
    ) -> None:
        self._postings = postings
        self._payments = payments
        self._markets = markets
        self._fees = fees
        self._clock = clock

    def live(self, proto: ProtoHit) -> list[Posting]:
        """Give postings that need attention, oldest first, the youngest read consistently: a run
        that did not see what the last one posted would post it again."""
        young = ids.first_id(self._clock.now_ms() - INDEX_LAG_MS)
        found = {p.token: p for p in self._postings.live(proto.hit_type_id)}
        for posting in self._postings.since(proto.hit_type_id, young, consistent=True):
            found[posting.token] = posting
        live = (p for p in found.values() if p.stage in LIVE_STAGES)
        return sorted(live, key=lambda p: p.token)

    def sent(self) -> Mapping[str, Sequence[Payment]]:
        """Read what was sent in the last day that no posting had committed: one query for all
        ProtoHITs, which a run makes once."""
        by_proto: dict[str, list[Payment]] = {}
        for payment in self._payments.uncovered(self._clock.now_ms() - DAY_MS):
            by_proto.setdefault(payment.proto, []).append(payment)
        return by_proto

    def spend(
        self, proto: ProtoHit, live: list[Posting], sent: Mapping[str, Sequence[Payment]]
    ) -> Spend:
        now = self._clock.now_ms()
        recent = {
            p.token: p for p in self._postings.since(proto.hit_type_id, ids.first_id(now - DAY_MS))
        }
        recent |= {p.token: p for p in live}
        spend = Spend()
        for posting in recent.values():
            if posting.stage is not PostingStage.DROPPED:
                spend.add(posting, now)
        for payment in sent.get(proto.hit_type_id, ()):
            spend.add_payment(payment, now)
        return spend

    def spend_elsewhere(self, sent: Mapping[str, Sequence[Payment]]) -> Spend:
        """Return what was sent that belongs to no ProtoHIT: the requester's own bonuses."""
        now = self._clock.now_ms()
        spend = Spend()
        for payment in sent.get(NO_PROTO, ()):
            spend.add_payment(payment, now)
        return spend

    def price(self, proto: ProtoHit, seats: int) -> int:
        """Return the most that so many seats may cost: pay that is promised is committed too, so
        that no cap can stand in its way later."""
        fees = self._fees.of(proto.market)
        seat = proto.reward_cents + fees.of_assignment(proto.reward_cents, seats)
        bonus = proto.terms.most_cents
        if bonus:
            seat += bonus + fees.of_bonus(bonus)
        return seats * seat

    def plan(self, proto: ProtoHit, seats: int) -> Posting:
        """Record a posting that is about to be made."""
        now = self._clock.now_ms()
        posting = Posting(
            token=ids.new_id(now),
            proto=proto.hit_type_id,
            market=proto.market,
            seats=seats,
            created_ms=now,
            committed_cents=self.price(proto, seats),
            available=seats,
            expires_ms=now + proto.lifetime * 1000,
            terms=proto.terms,
            reward_cents=proto.reward_cents,
            fee_cents=self._fees.of(proto.market).of_assignment(proto.reward_cents, seats),
            conditions=proto.conditions,
            limits=Limits.of(proto),
        )
        self._postings.plan(posting)
        return posting

    def complete(self, posting: Posting, proto: ProtoHit) -> Posting | None:
        """Carry out a recorded posting: the market makes it once, however often it is asked.

        None if it has been dropped, long after the market forgot its token.
        """
        market = self._market(posting)
        # The record is the promise: the ProtoHIT may have been changed since.
        proto = posting.promised(proto)
        now = self._clock.now_ms()
        refused: MarketError | None = None
        hit: str | None
        if now - posting.created_ms < TOKEN_MS:
            try:
                hit = market.open(proto, posting.seats, posting.token)
            except MarketUnavailable:
                raise
            except MarketError as error:
                # An earlier attempt may have made it all the same.
                refused = error
                hit = market.find(posting.token)
        else:
            hit = market.find(posting.token)
        if hit is not None:
            if posting.conditions != proto.conditions:
                # Changed since it was planned: the HIT may demand either.
                self._postings.forget_conditions(posting)
            return self._postings.opened(posting, hit, now)
        self._postings.set_stage(posting, PostingStage.DROPPED)
        if refused is not None:
            raise refused
        return None

    def bring_up_to_date(self, posting: Posting, proto: ProtoHit) -> Posting:
        """Ask the market for a posting's counters, and close it if it is over."""
        if posting.hit is None:
            return posting
        try:
            state = self._market(posting).status(posting.hit)
        except MarketUnavailable:
            raise
        except MarketError as error:
            log.error("no status", extra={"hit": posting.hit, "why": str(error)})
            return posting
        now = self._clock.now_ms()
        if state is None:
            self._postings.set_stage(posting, PostingStage.SETTLED)
            return replace(posting, stage=PostingStage.SETTLED, available=0)
        # Once closed, the market counts no free seats; ours are kept, since they cost nothing.
        is_open = posting.stage is PostingStage.OPEN
        available = state.available if is_open and state.open else posting.available
        posting = self._postings.observe(posting, available, state.pending, state.completed, now)
        wrong_market = posting.market != proto.market
        is_over = not state.open or wrong_market or posting.closing
        if is_open and is_over and self.close(posting):
            # Expired by itself, somebody asked for it, or the ProtoHIT is on the other market now.
            return replace(posting, stage=PostingStage.CLOSED)
        return posting

    def close(self, posting: Posting) -> bool:
        """Take a posting's free seats back; False if the market refuses, and then it stays open."""
        try:
            if posting.hit is not None:
                self._market(posting).close(posting.hit)
        except MarketUnavailable:
            raise
        except MarketError as error:
            log.error("not closed", extra={"hit": posting.hit, "why": str(error)})
            return False
        self._postings.set_stage(posting, PostingStage.CLOSED)
        return True

    def _market(self, posting: Posting) -> Market:
        check_time()
        market = self._markets.get(posting.market)
        if market is None:
            raise MarketError(f"The market {posting.market} is not configured.")
        return market
