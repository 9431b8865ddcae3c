"""Clearing one stay away: its answers, seat and name go; what was paid stays, under a mark.

Every step can be done again, and the stay's own item, by which it is found, goes last: so whoever
dies anywhere is made good by the next run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.ids import is_own_id
from chalicelib.retainer.domain.payments import pay_id, work_id
from chalicelib.retainer.domain.postings import LIVE_STAGES
from chalicelib.retainer.domain.seats import Closed, is_present

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.people import Stay
    from chalicelib.retainer.domain.pseudonyms import Pseudonyms
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.stores import Stores

HERE = "They are on a page of ours now."
OWED = "Something is still owed to them."
IN_WORK = "A HIT that they took is still out or under review."
UNRECKONED = "A wait that they could not hand in is still to be reckoned up."
HELD = "Work of theirs waits for a decision."


class Clearing:
    def __init__(
        self,
        stores: Stores,
        pseudonyms: Pseudonyms,
        clock: Clock,
    ) -> None:
        self._kept = stores
        self._pseudonyms = pseudonyms
        self._clock = clock

    def hindrances(self, stays: Sequence[Stay]) -> list[str]:
        """Say why these stays cannot be cleared away yet; empty: they can.

        Nobody loses pay by it, and nothing that is cleared away is found again at the market by a
        review and paid a second time.
        """
        now = self._clock.now_ms()
        found: set[str] = set()
        for seat in self._kept.seats.get_many(
            [(s.proto, s.seat_id) for s in stays], consistent=True
        ):
            if is_present(seat, now):
                found.add(HERE)
            elif _is_unreckoned(seat):
                found.add(UNRECKONED)
        for hit in {stay.hit for stay in stays}:
            posting = self._kept.postings.by_hit(hit)
            if posting is not None and posting.stage in LIVE_STAGES:
                found.add(IN_WORK)
        names = sorted({name for stay in stays for name in _payment_ids(stay)})
        if any(p.is_open for p in self._kept.payments.find_many(names).values()):
            found.add(OWED)
        if any(
            stay.submitted_ms is not None
            and self._kept.submissions.held(stay.assignment) is not None
            for stay in stays
        ):
            found.add(HELD)
        return sorted(found)

    def payments_of(self, stays: Sequence[Stay]) -> int:
        """Count the payments of these stays: they stay on record, without the worker's name."""
        return len(self._kept.payments.find_many([n for stay in stays for n in _payment_ids(stay)]))

    def clear(self, stay: Stay) -> None:
        """Clear a stay away: a dozen writes at most, each of which may have been done before."""
        mark = self._pseudonyms.mark(stay.worker)
        seat = self._kept.seats.get(stay.proto, stay.seat_id, consistent=True)
        if stay.home is not None:
            self._kept.submissions.forget(stay.home, stay.assignment)
        for payment in self._kept.payments.find_many(_payment_ids(stay)).values():
            self._kept.payments.rename(payment, mark)
        reservations = {stay.home, None if seat is None else seat.reservation}
        # Those, too, that they were at work for and lost.
        reservations |= set() if seat is None else seat.avoid
        for reservation in reservations:
            if reservation is not None and is_own_id(reservation):
                self._rename_claim(reservation, stay, mark)
        posting = self._kept.postings.by_hit(stay.hit)
        if posting is not None and stay.worker in posting.holders:
            self._kept.postings.forget_holder(posting, stay.worker)
        self._kept.seats.forget(stay.proto, stay.seat_id, stay.assignment, stay.worker)
        for proto in {stay.proto, stay.work_of or stay.proto}:
            self._kept.people.forget_who(mark, proto)
        self._kept.people.forget_stay(stay)

    def _rename_claim(self, reservation: str, stay: Stay, mark: str) -> None:
        for _ in range(3):
            ledger = self._kept.ledgers.get(reservation)
            claim = None if ledger is None else ledger.holds(stay.worker, stay.seat_id)
            if ledger is not None and ledger.left_by(stay.seat_id) is not None:
                self._kept.ledgers.rename_gone(ledger, stay.seat_id, mark)
            if ledger is None or claim is None or self._kept.ledgers.rename(ledger, claim, mark):
                return


def _payment_ids(stay: Stay) -> list[str]:
    return [
        work_id(stay.assignment, stay.worker),
        pay_id(stay.assignment, stay.worker, stay.epoch),
    ]


def _is_unreckoned(seat: Seat) -> bool:
    promised = seat.terms.is_any and seat.terms.compensate and seat.verified
    return promised and seat.closed is not Closed.SUBMITTED
