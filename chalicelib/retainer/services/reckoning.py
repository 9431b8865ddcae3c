"""The reckoning: finds people who waited and could not submit, and owes them their wait.

A browser died, the HIT was returned, or the assignment ended under them. A bonus is not possible
without submitted work, so they are compensated, where the HIT promised that. Only arrivals that
the market signed count: anybody can make up the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.payments import Kind, pay_id, work_id
from chalicelib.retainer.domain.postings import PostingStage
from chalicelib.retainer.domain.seats import Closed
from chalicelib.retainer.services.earned import payment_of

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.market import Market, Tariff
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.services.attendance import Attendance
    from chalicelib.retainer.services.earned import Earned
    from chalicelib.retainer.stores import Stores

EVERY_MS = 300_000
GRACE_MS = 300_000
"""How long after its deadline an assignment may still turn up as submitted."""

log = logging.getLogger("retainer.reckoning")


class Reckoning:
    def __init__(
        self,
        stores: Stores,
        earned: Earned,
        markets: Mapping[str, Market],
        fees: Tariff,
        attendance: Attendance,
        clock: Clock,
    ) -> None:
        self._seats = stores.seats
        self._postings = stores.postings
        self._payments = stores.payments
        self._notes = stores.notes
        self._earned = earned
        self._markets = markets
        self._fees = fees
        self._attendance = attendance
        self._now = clock.now_ms

    def run(self, proto: str, read: Collection[str], since_ms: int) -> int:
        """Owe those who can no longer submit; return how many.

        `read` are the HITs whose work has been read in full since `since_ms`: of others it is not
        known who has submitted. Every five minutes it reads all seats of the pool, as sizing does.
        """
        if not self._notes.hint_due(f"reckoning#{proto}", since_ms, EVERY_MS):
            return 0
        found = 0
        known: dict[str, Posting | None] = {}
        for seat in self._seats.list(proto):
            if not _is_stranded(seat, since_ms):
                continue
            if seat.hit not in known:
                known[seat.hit] = self._postings.by_hit(seat.hit)
            posting = known[seat.hit]
            if posting is None:
                continue
            if seat.hit in read or posting.stage is PostingStage.SETTLED:
                found += self._reckon(seat, posting)
        return found

    def _reckon(self, seat: Seat, posting: Posting) -> bool:
        """Owe one seat's wait: the seat says for which payment it was taken, then the payment is
        recorded, then nothing is promised to the seat any more."""
        mine = pay_id(seat.assignment, seat.worker, seat.epoch)
        owes = False
        submitted = self._payments.find(work_id(seat.assignment, seat.worker))
        if submitted is None and self._seats.reckon(seat, mine):
            # Nobody was there for the call either, and no poll of theirs has found that.
            ledger, claim = self._earned.call_of(seat)
            if claim is not None and self._attendance.passed(seat, ledger, claim, self._now()):
                self._attendance.let_pass(seat, claim.at_ms, self._now())
            what = self._earned.by_leaving(seat)
            if what.cents and posting.market not in self._markets:
                return False
            if what.cents:
                now, fees = self._now(), self._fees.of(posting.market)
                self._payments.owe(payment_of(Kind.COMPENSATION, seat, posting, fees, what, now))
                log.info("owed", extra={"payment": mine, "cents": what.cents})
                owes = True
        self._seats.acquit(seat)
        return owes


def _is_stranded(seat: Seat, now_ms: int) -> bool:
    return (
        seat.verified
        and seat.terms.is_any
        and seat.terms.compensate
        and seat.closed is not Closed.SUBMITTED
        and seat.due_ms is not None
        and seat.due_ms + GRACE_MS < now_ms
    )
