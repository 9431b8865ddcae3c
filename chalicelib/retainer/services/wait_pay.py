"""What one worker's waits are paid in an hour, over all seats and pools: at most so much.

Pay runs by the minute, so the cap is one on rates: a seat that is taken while others of its worker
earn gets what they leave of it, for as long as it lasts. That is settled before the seat is
written, with what the page is told and what is paid: nothing that was shown is cut off later.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.earning import Earner
from chalicelib.retainer.domain.errors import Unavailable
from chalicelib.retainer.domain.pay import rate_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.stores import Stores

TRIES = 8


class WaitPay:
    """`hour_cents`: the most that waiting earns one worker in an hour."""

    def __init__(
        self,
        stores: Stores,
        hour_cents: int,
    ) -> None:
        self._people = stores.people
        self._seats = stores.seats
        self.hour_cents = hour_cents

    def settle_rate(self, wanted: Seat, now_ms: int) -> Seat:
        """Return a seat that is about to be taken with the rate that it earns.

        Nothing is read where waiting is not paid; else 1 unit, one written, and 1 for each other
        seat of the worker that may earn still. It is entered with the worker first: a death
        then leaves an entry of which nobody earns, until that wait would have been over.
        """
        rate = wanted.terms.rate_micro
        if not rate or wanted.waits_until_ms <= now_ms:
            return wanted
        most = rate_within(self.hour_cents)
        for _ in range(TRIES):
            known = self._people.earners(wanted.worker, wanted.verified)
            mine = next((e for e in known if e.is_of(wanted)), None)
            others, ended = self._earning(known, wanted, now_ms)
            left = max(0, most - sum(e.rate_micro for e in others))
            # A page that asks again, as the answer was lost, gets what it was given.
            given = min(rate, left if mine is None else mine.rate_micro)
            new = [*others, Earner.of(wanted, given)] if given else others
            if self._people.set_earners(wanted.worker, wanted.verified, known, new):
                return self._with_rate(wanted, given, rate > left, ended)
        raise Unavailable("This worker's seats are changing too quickly; try again.")

    def _with_rate(self, wanted: Seat, given: int, is_short: bool, ended_ms: int) -> Seat:
        if is_short:
            # Where the cap is reached, what another seat was paid for is not paid again here.
            wanted = replace(wanted, base_ms=max(wanted.waits_from_ms, ended_ms))
        if given == wanted.terms.rate_micro:
            return wanted
        terms = replace(wanted.terms, rate_micro=given)
        return replace(wanted, terms=terms, capped_cents=self.hour_cents)

    def _earning(
        self, known: Sequence[Earner], wanted: Seat, now_ms: int
    ) -> tuple[list[Earner], int]:
        """Return the worker's other seats that may earn still, and when the last other ended."""
        # Its own entry is of an attempt that broke off: nothing was paid by that.
        known = [e for e in known if not e.is_of(wanted)]
        others = [e for e in known if e.until_ms > now_ms]
        seats = self._seats.get_many([(e.proto, e.seat_id) for e in others], consistent=True)
        there = {(s.proto, s.seat_id): s for s in seats}
        found: list[Earner] = []
        ended = max([e.until_ms for e in known if e.until_ms <= now_ms], default=0)
        for one in others:
            seat = there.get((one.proto, one.seat_id))
            if seat is not None and (seat.closed is not None or seat.waits_until_ms <= now_ms):
                ended = max(ended, min(seat.closed_ms or seat.waits_until_ms, now_ms))
            elif seat is not None and seat.behind is not None:
                # It earns again only once it has another turn, and is entered then.
                ended = max(ended, min(seat.queued_ms or now_ms, now_ms))
            else:
                found.append(one)
        return found, ended
