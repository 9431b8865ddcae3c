"""Compensation: who waited and could not submit is paid by a HIT that only they can see.

A bonus needs submitted work, and there is none. So a HIT is posted for that one worker, its reward
what is owed, and a click hands it in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from chalicelib.mturk.prices import format_dollars
from chalicelib.retainer.domain.market import (
    Decision,
    MarketError,
    Offer,
    SeatState,
)
from chalicelib.retainer.domain.pay import dollars, duration
from chalicelib.retainer.services.posting import TOKEN_MS

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.market import (
        Market,
    )
    from chalicelib.retainer.domain.payments import Payment
    from chalicelib.retainer.stores import Stores

LIFETIME_S = 14 * 86_400
DURATION_S = 3_600

YOUNG_MS = 3_600_000
LOOK_EVERY_MS = 600_000
"""How often an older HIT is looked at: most are taken soon or never."""

TITLE_MOST = 128


class Compensation:
    def __init__(
        self,
        stores: Stores,
        wait_url: str,
        clock: Clock,
    ) -> None:
        self._payments = stores.payments
        self._notes = stores.notes
        self._protos = stores.protos
        self._wait_url = wait_url
        self._clock = clock

    def can_pay(self, market: Market, payment: Payment) -> bool:
        """Whether a wait that no bonus can pay is paid so: the requester compensates waits."""
        proto = self._protos.find(payment.proto)
        is_promised = proto is not None and proto.compensate
        return is_promised and market.caps().private_postings and bool(self._wait_url)

    def post(self, market: Market, payment: Payment, *, look: bool = False) -> None:
        """Post the HIT, once: by its token, and where the market has forgotten that, or may have
        (`look`), by looking."""
        if not market.caps().private_postings:
            raise MarketError("This market has no HITs for one worker only; pay by hand.")
        if not self._wait_url:
            raise MarketError("RETAINER_WAIT_URL is not set; the HIT would have no page.")
        now = self._clock.now_ms()
        hit: str | None = None
        if look or (payment.tried_ms is not None and now - payment.tried_ms >= TOKEN_MS):
            hit = market.find(payment.token)
        if hit is None:
            hit = market.open_for(self._offer(market, payment), payment.token)
        self._payments.posted(payment, hit, now)

    def look(self, market: Market, payment: Payment) -> bool:
        """See whether it was handed in, and if so settle it; owe it again if it ended untaken."""
        assert payment.posting is not None
        # Before the work is read: whoever is pending now may hand in between the two.
        state = market.status(payment.posting)
        for work in market.work(payment.posting):
            settled = work.state
            if settled is SeatState.DONE:
                settled = market.settle(work.assignment, Decision.APPROVE, payment.reason)
            if settled is SeatState.PAID:
                return self._payments.complete(payment, self._clock.now_ms())
            raise MarketError("The compensation was rejected at the market.")
        if state is None or (not state.open and state.pending == 0):
            self._payments.reopen(payment)
            return False
        now = self._clock.now_ms()
        if now - (payment.tried_ms or 0) > YOUNG_MS:
            self._payments.trouble(payment, "", now + LOOK_EVERY_MS)
        return False

    def _offer(self, market: Market, payment: Payment) -> Offer:
        proto = self._protos.find(payment.proto)
        title = payment.proto if proto is None else proto.title
        amount = max(payment.cents, market.caps().least_reward_cents)
        waited = duration(payment.waited_ms)
        query = {"amount": format_dollars(amount), "waited": waited, "for": title}
        return Offer(
            worker=payment.worker,
            number=self._notes.number_of(f"workers of {payment.market}", payment.worker),
            title=f"Payment for your wait: {title}"[:TITLE_MOST],
            description=(
                f"You waited {waited} and could not hand in the HIT. "
                f"This one is for you alone and pays you {dollars(amount)}: one click."
            ),
            url=f"{self._wait_url}/compensation.html?{urlencode(query)}",
            reward_cents=amount,
            duration_s=DURATION_S,
            lifetime_s=LIFETIME_S,
        )
