"""Endings: what no poll has ended. Once a minute every reservation past its time is ended, and
every claim past its own is taken back.

Polls meet most deadlines: a called page gives its own call back, and a waiting one takes over what
has fallen due. Where no page is open any more and nobody waits, this run does it, before it sizes
the pools, so that others are recruited, and the application learns of it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.kit import logs
from chalicelib.retainer.domain.reservations import Lost
from chalicelib.retainer.domain.seats import Closed
from chalicelib.retainer.services.attendance import says_left

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.reservations import Claim, Ledger
    from chalicelib.retainer.services.attendance import Attendance
    from chalicelib.retainer.services.call_records import CallRecords
    from chalicelib.retainer.services.pools import Pools
    from chalicelib.retainer.stores import Stores

AT_ONCE = 100
"""Ledgers are read so many at a time."""

_OVER = frozenset({Closed.RETURNED, Closed.SUPERSEDED})

log = logging.getLogger("retainer.endings")


class Endings:
    def __init__(
        self,
        stores: Stores,
        calls: CallRecords,
        attendance: Attendance,
        pools: Pools,
        clock: Clock,
    ) -> None:
        self._seats = stores.seats
        self._ledgers = stores.ledgers
        self._submissions = stores.submissions
        self._calls = calls
        self._attendance = attendance
        self._pools = pools
        self._clock = clock

    def run(self, proto: ProtoHit) -> bool:
        """End what is past its time of a ProtoHIT; return whether a reservation was, whose HITs
        nobody needs any more.

        Reads what is not done, and the ledgers of what runs or is due; one write, and few reads,
        for each ending.
        """
        now = self._clock.now_ms()
        undone = self._ledgers.undone(proto.hit_type_id)
        due = [x.id for x in undone if x.invoked_ms is not None or x.start_ms <= now]
        has_ended = False
        for first in range(0, len(due), AT_ONCE):
            for ledger in self._ledgers.get_many(due[first : first + AT_ONCE]).values():
                if self._end_reservation(proto, ledger, now):
                    has_ended = True
                else:
                    self._end_claims(ledger, now)
        return has_ended

    def _end_reservation(self, proto: ProtoHit, ledger: Ledger, now: int) -> bool:
        """End a reservation that says when it ends. Workers at work may go on and are paid."""
        by = ledger.ended_by(now)
        if ledger.done_ms is not None or by is None or not self._ledgers.finish(ledger, now, by):
            return False
        with logs.about(reservation=ledger.id):
            log.info("ended", extra={"hitType": proto.hit_type_id, "by": by.value})
        self._pools.refresh(proto, replace(ledger, done_ms=now))
        return True

    def is_handed_in(self, ledger: Ledger, claim: Claim) -> bool:
        """Whether the market has a claim's work though its ledger does not say so: the review died
        in between, or an earlier version wrote it. Then the ledger does from now on."""
        work = self._submissions.find(ledger.id, claim.assignment)
        if work is None or says_left(work.answers):
            return False
        self._ledgers.hand_in(ledger, claim, work.submitted_ms)
        return True

    def _end_claims(self, ledger: Ledger, now: int) -> None:
        if not ledger.is_running:
            return
        for claim in ledger.claims.values():
            if self._over(ledger, claim, now):
                self._end(ledger.id, claim.worker, claim.seat_id, now)

    def _end(self, reservation: str, worker: str, seat_id: str, now: int) -> None:
        """End one claim, if it is over now as well."""
        ledger = self._ledgers.get(reservation)
        claim = None if ledger is None else ledger.holds(worker, seat_id)
        if ledger is None or claim is None or not ledger.is_running:
            return
        if not self._over(ledger, claim, now):
            return
        if claim.ack_ms is not None and self.is_handed_in(ledger, claim):
            return
        why = Lost.SILENT if claim.ack_ms is None else Lost.GONE
        since = ledger.deadline_ms(claim) if claim.ack_ms is None else None
        if not self._ledgers.leave(ledger, claim, now, why, since):
            return  # it has changed just now
        if claim.ack_ms is not None:
            self._calls.gone(ledger, claim)
            return
        seat = self._calls.released(ledger, claim)
        if seat is not None:
            self._attendance.let_pass(seat, claim.at_ms, now)

    def _over(self, ledger: Ledger, claim: Claim, now: int) -> bool:
        if claim.handed_in_ms is not None:
            return False
        if claim.ack_ms is None:
            # Not before a page that has not said that it has the task would give it back itself.
            return not ledger.has_enough and claim.at_ms + ledger.ack_within_ms <= now
        if ledger.deadline_ms(claim) is not None:
            return ledger.is_overdue(claim, now)
        return self._is_assignment_over(ledger, claim, now)

    def _is_assignment_over(self, ledger: Ledger, claim: Claim, now: int) -> bool:
        """The same of a claim whose time an earlier version did not keep: two reads."""
        place = self._seats.find_assignment(claim.assignment, consistent=True)
        proto = ledger.proto if place is None else place.proto
        seat = self._seats.get(proto, claim.seat_id, consistent=True)
        if seat is None or seat.closed in _OVER:
            return True
        return ledger.is_overdue(replace(claim, due_ms=seat.due_ms), now)
