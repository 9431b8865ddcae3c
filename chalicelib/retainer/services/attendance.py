"""Attendance: which calls workers let pass, counted over all their stays, and who rests for it.

The count is kept with what is on record of the worker, apart for arrivals that the market signed
and for those that it did not: anybody can make up the latter, in anybody's name.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chalicelib.retainer.domain.reservations import SHOWN_WITHIN_MS
from chalicelib.retainer.domain.standing import NEWCOMER, Standing

if TYPE_CHECKING:
    from chalicelib.retainer.domain.market import Work
    from chalicelib.retainer.domain.reservations import Claim, Ledger
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.domain.turns import Known
    from chalicelib.retainer.stores import Stores

log = logging.getLogger("retainer.attendance")


LEFT = frozenset({"left", "waited", "refused"})
"""What our page hands in as `retainer` where there is no answer: the wait and no more."""

WHY_HELD = "The last calls to this worker in a row went unanswered."


class Attendance:
    """`most`: so many calls in a row that nobody answers are followed by a rest; 0: none are."""

    def __init__(
        self,
        stores: Stores,
        most: int,
    ) -> None:
        self._seats = stores.seats
        self._people = stores.people
        self.most = most

    def known(self, worker: str, verified: bool) -> Known:
        """Read what says whether a worker may be called, consistently: 1 unit. Where no calls are
        counted, none that were before are held against them."""
        known = self._people.known(worker, verified)
        return known if self.most else replace(known, standing=NEWCOMER)

    def standing(self, worker: str, verified: bool) -> Standing:
        """Read, consistently, which calls a worker let pass: 1 unit."""
        return self.known(worker, verified).standing

    def rests_until_ms(self, worker: str, verified: bool, at_ms: int) -> int | None:
        """Return until when a worker is not called, if they rest at that time: 1 unit; nothing is
        read where nothing is counted."""
        if not self.most:
            return None
        return self.standing(worker, verified).rests_until_ms(at_ms, self.most)

    def let_pass(self, seat: Seat, call_ms: int, now_ms: int) -> int | None:
        """Count a call that a worker did not answer in time, once however often it is found;
        return until when they are not called now, if they rest.

        1 unit read, and one written for each such call.
        """
        if not self.most:
            return None
        found, is_new = self._people.let_pass(
            seat.worker, seat.verified, call_ms, now_ms, self.most
        )
        rests_until = found.rests_until_ms(now_ms, self.most)
        if is_new:
            line = {"hitType": seat.proto, "worker": seat.worker, "inARow": found.unanswered}
            log.info("a call was let pass", extra={**line, "restsUntil": rests_until})
        return rests_until

    def passed(self, seat: Seat, ledger: Ledger | None, claim: Claim | None, now_ms: int) -> bool:
        """Whether a called seat's time to answer was over, and nobody has cut it short: finishing a
        reservation early takes away the call, too."""
        if ledger is None or seat.called_ms is None:
            return False
        if claim is None:
            # It went to somebody else, who may take what no page has shown sooner.
            until = seat.called_ms + min(SHOWN_WITHIN_MS, ledger.ack_within_ms)
        elif claim.ack_ms is not None or ledger.has_enough:
            return False
        else:
            until = claim.at_ms + ledger.ack_within_ms
        return until <= min(now_ms, ledger.done_ms or now_ms)

    def handed_in(
        self, stay: Sequence[Seat], claim: Claim | None, work: Work, now_ms: int
    ) -> int | None:
        """Count the call of a stay that was handed in, as it was answered or not; return until when
        its worker rests, if they let too many calls pass before that.

        `stay`: the newest seat first, none if no page came. The seat keeps what was found, so that
        every run finds the same.
        """
        if not stay:
            return None
        until = self._found(stay[0], claim, work, now_ms)
        if until is not None and stay[0].rests_until_ms is None:
            self._seats.mark_resting(stay[0], until)
        return until

    def _found(self, seat: Seat, claim: Claim | None, work: Work, now_ms: int) -> int | None:
        if claim is not None and claim.ack_ms is not None:
            # Again, if the process that took the answer died before it was counted.
            self.answered(seat, claim.ack_ms)
            return None
        if claim is not None and not is_leaving(work.answers):
            self.answered(seat, work.submitted_ms)
            return None
        if claim is not None:
            return self.let_pass(seat, claim.at_ms, now_ms)
        return seat.rests_until_ms or self.rests_until_ms(
            seat.worker, seat.verified, work.submitted_ms
        )

    def answered(self, seat: Seat, at_ms: int) -> None:
        """Set a worker's count back who answered then: 1 unit read, and one written if there was
        any. Safe to do again, however late."""
        if self.most:
            self._people.answered(seat.worker, seat.verified, at_ms)


def is_leaving(answers: Mapping[str, Any]) -> bool:
    """Whether a submission holds no answer, or says so."""
    return not answers or says_left(answers)


def says_left(answers: Mapping[str, Any]) -> bool:
    """Whether our page handed in the wait and no more."""
    return answers.get("retainer") in LEFT
