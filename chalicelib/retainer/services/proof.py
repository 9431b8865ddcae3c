"""Proof that a page speaks for the worker whose seat it names.

An assignment's id is no secret: it stands in addresses and in what requesters read. Where the
market signed an arrival, its seat is served to who brings its key, or what the market signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.errors import NotAllowed
from chalicelib.retainer.domain.market import Arrival

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.market import Market
    from chalicelib.retainer.domain.ports import PostingStore
    from chalicelib.retainer.domain.seats import Seat


class Proof:
    def __init__(self, postings: PostingStore, markets: Mapping[str, Market], clock: Clock) -> None:
        self._postings = postings
        self._markets = markets
        self._clock = clock

    def is_given(self, seat: Seat, key: str | None, signature: str) -> bool:
        """Whether a page may speak for the seat: it found it by its `key`, which is checked, or
        brings what the market signed, or nothing was signed. One read, of the second kind only."""
        if key or not seat.verified:
            return True
        if not signature:
            return False
        posting = self._postings.by_hit(seat.hit)
        market = None if posting is None else self._markets.get(posting.market)
        if market is None:
            return False
        arrival = Arrival(seat.hit, seat.assignment, seat.worker, verified=False)
        known = market.recognise(arrival, signature, self._clock.now_ms())
        return known is not None and known.verified

    def demand(self, seat: Seat, key: str | None, signature: str) -> None:
        """Raise `NotAllowed` unless the page may speak for the seat."""
        if not self.is_given(seat, key, signature):
            raise proof_needed()


def proof_needed() -> NotAllowed:
    return NotAllowed(
        "The market signed for who has this seat: bring its key, or the arrival.", "proof_needed"
    )
