"""What the market has ended behind our back: a HIT was deleted there, its work decided elsewhere.

The market tells nothing of such a HIT any more, so no review ever meets its work again. What is on
record of it is settled from what is known: the submission that was read, and the assignment's state
where the market still tells that. A HIT can only be deleted once all of its work is decided on, so
work of which the market tells nothing was approved or rejected. It counts as approved: that is what
becomes of work that nobody rejects.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.market import SeatState, Work
from chalicelib.retainer.domain.payments import Kind
from chalicelib.retainer.domain.postings import PostingStage

if TYPE_CHECKING:
    from chalicelib.retainer.domain.market import Market
    from chalicelib.retainer.domain.payments import Payment
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.stores import Stores

EVERY_MS = 300_000

log = logging.getLogger("retainer.review")


class Ended:
    def __init__(
        self,
        stores: Stores,
        markets: Mapping[str, Market],
    ) -> None:
        self._postings = stores.postings
        self._payments = stores.payments
        self._submissions = stores.submissions
        self._notes = stores.notes
        self._markets = markets

    def work(self, proto: str, now_ms: int) -> Iterator[tuple[Posting, Market, Work]]:
        """Give work that is on record as undecided and whose HIT the market has forgotten, as far
        as it is known. Every five minutes, one query, and a call for each such HIT."""
        if not self._notes.hint_due(f"ended#{proto}", now_ms, EVERY_MS):
            return
        known: dict[str, Posting | None] = {}
        for payment in self._payments.open(proto):
            if payment.kind is not Kind.WORK or not payment.is_open:
                continue
            if payment.hit not in known:
                known[payment.hit] = self._gone(payment)
            posting = known[payment.hit]
            if posting is None:
                continue
            market = self._markets[posting.market]
            yield posting, market, self._what_is_known(market, payment)

    def _gone(self, payment: Payment) -> Posting | None:
        """Return the posting of a payment's HIT, if the market knows that HIT no more: the sizing
        has found it gone, and it is asked once more."""
        posting = self._postings.by_hit(payment.hit)
        if posting is None or posting.stage is not PostingStage.SETTLED:
            return None
        market = self._markets.get(posting.market)
        return posting if market is not None and market.status(payment.hit) is None else None

    def _what_is_known(self, market: Market, payment: Payment) -> Work:
        held = self._submissions.held(payment.assignment)
        state = market.state_of(payment.assignment)
        line = {"hit": payment.hit, "assignment": payment.assignment, "worker": payment.worker}
        log.warning("ended at the market", extra={**line, "found": state or "nothing"})
        return Work(
            assignment=payment.assignment,
            worker=payment.worker,
            posting=payment.hit,
            state=SeatState.PAID if state in {None, SeatState.DONE} else SeatState(state),
            submitted_ms=payment.owed_ms if held is None else held.submission.submitted_ms,
            answers={} if held is None else held.submission.answers,
        )
