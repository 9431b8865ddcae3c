"""Claiming: a seat gets a slot of a reservation, keeps it, or gives it back.

A claim is two writes in this order: the seat is pointed at the reservation, then the reservation's
ledger enters the seat. Whoever dies in between leaves a pointer that the seat's next poll follows;
whoever loses an answer finds on asking again that the ledger holds the seat.

    poll ── seat points at R? ──yes── ledger R holds the seat? ──yes──────────────▶ start
              │ no                      │ no: an attempt died, or the claim was
              ▼                         ▼     given to somebody else
            board: a free row ──▶ point the seat (token) ──▶ enter the ledger
                                       ▲                       │ refused: holds it? ─▶ start
                                       └── take back, if the ──┘ no
                                           token is still ours
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.ids import new_token
from chalicelib.retainer.domain.pacing import PoolRow, pace
from chalicelib.retainer.domain.reports import Mark
from chalicelib.retainer.domain.reservations import (
    FOR_SIGNED_MS,
    SHOWN_WITHIN_MS,
    BoardRow,
    Claim,
    Lost,
)
from chalicelib.retainer.domain.seats import Closed, counts_until_ms
from chalicelib.retainer.services.seating import after_call, release

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.reservations import Ledger
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.domain.turns import Known
    from chalicelib.retainer.services.attendance import Attendance
    from chalicelib.retainer.services.call_records import CallRecords
    from chalicelib.retainer.services.endings import Endings
    from chalicelib.retainer.services.parts import Parts
    from chalicelib.retainer.services.turns import Turns
    from chalicelib.retainer.stores import Stores

LATE, ENDED = "late", "ended"
"""Why a call is over: its time to answer was, or its reservation has ended."""

ATTEMPTS_PER_POLL = 3
SWAPS_PER_POLL = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: the seat as it is now, and the ledger if it holds the seat.

    `let_go`: the reservation whose call this poll has taken back; the worker waits before they are
    called for it again."""

    seat: Seat
    called: Ledger | None = None
    released: bool = False
    surplus: bool = False
    let_go: str | None = None
    why: str = ""


class Claiming:
    def __init__(
        self,
        stores: Stores,
        calls: CallRecords,
        parts: Parts,
        attendance: Attendance,
        turns: Turns,
        endings: Endings,
        clock: Clock,
        chance: Callable[[], float],
        signing: Container[str] = (),
    ) -> None:
        """`signing` are the markets that sign arrivals, by name."""
        self._seats = stores.seats
        self._ledgers = stores.ledgers
        self._calls = calls
        self._parts = parts
        self._attendance = attendance
        self._turns = turns
        self._endings = endings
        self._clock = clock
        self._chance = chance
        self._signing = signing

    def follow(self, seat: Seat, now: int) -> Outcome:
        """Follow a seat's pointer: a claim, an attempt that died, or a claim given away."""
        assert seat.reservation is not None
        assert seat.token is not None
        ledger = self._ledgers.get(seat.reservation)
        claim = None if ledger is None else ledger.holds(seat.worker, seat.seat_id)
        if ledger is not None and claim is not None:
            if ledger.is_surplus(claim):
                return self.give_back(seat, ledger, claim, now)
            return self.end_call(seat, ledger, claim, now) or Outcome(seat, ledger)
        # A pointer older than a call may stay unshown was a call: the page may have seen it.
        missed = seat.called_ms is not None and now - seat.called_ms >= min(
            SHOWN_WITHIN_MS, ledger.ack_within_ms if ledger else SHOWN_WITHIN_MS
        )
        if ledger is not None and ledger.left_by(seat.seat_id) is not None:
            # They had answered, so no call was missed; work that they still hand in is kept.
            journal = after_call(seat, Mark.RELEASED, now)
            self._seats.unpoint(seat, seat.token, ledger.id, False, now, journal=journal)
            return Outcome(self._fresh(seat), released=True, let_go=ledger.id, why=LATE)
        journal = after_call(seat, Mark.RELEASED, now) if missed else ""
        if missed and self._attendance.passed(seat, ledger, None, now):
            # Counted by the poll that got the slot, unless it died there.
            rests_until = self._attendance.let_pass(seat, seat.called_ms or now, now)
            if rests_until is not None:
                rested = self._seats.send_to_rest(seat, now, rests_until, journal)
                return Outcome(rested, released=True, why=LATE)
        if ledger is None or not ledger.takes_more(now):
            self._seats.unpoint(seat, seat.token, None, missed, now, journal=journal)
            return Outcome(self._fresh(seat), released=missed, why=ENDED)
        if self._turns.take(seat, now) is not None:
            # Another seat of theirs waits to be called by now.
            self._seats.unpoint(seat, seat.token, None, missed, now, journal=journal)
            return Outcome(self._turns.hold(self._fresh(seat), now), released=missed, why=LATE)
        row = BoardRow(ledger.id, now, ledger.slots, ledger.distinct, None)
        outcome = self._attempt(seat, row, now, expect=seat.token, missed=missed)
        return replace(outcome, released=missed and outcome.called is None, why=LATE)

    def end_call(self, seat: Seat, ledger: Ledger, claim: Claim, now: int) -> Outcome | None:
        """Take back a call that its own worker has let pass or is too late with, or whose
        reservation takes no more, though nobody else has come for it; None if the call stands.

        The claim is freed first, then the seat goes on waiting, or its wait is ended if they let
        too many pass; a death in between leaves what the seat's next poll finds as it finds a call
        that went to another.
        """
        has_passed = self._attendance.passed(seat, ledger, claim, now)
        is_late = claim.ack_ms is not None and ledger.is_overdue(claim, now)
        if is_late and self._endings.is_handed_in(ledger, claim):
            return None
        if not (is_late or has_passed or (claim.ack_ms is None and not ledger.takes_more(now))):
            return None
        why = LATE if is_late or has_passed else ENDED
        lost = Lost.GONE if is_late else Lost.SILENT if has_passed else None
        rests_until = self._attendance.let_pass(seat, claim.at_ms, now) if has_passed else None
        release(self._ledgers, ledger.id, seat, now, lost, answered=is_late)
        there = self._ledgers.get(ledger.id)
        if there is not None and there.holds(seat.worker, seat.seat_id) is not None:
            return None  # answered just now
        if is_late:
            self._calls.gone(ledger, claim)
        elif has_passed:
            self._calls.released(ledger, claim, seat)
        journal = after_call(seat, Mark.RELEASED, now)
        if rests_until is not None:
            rested = self._seats.send_to_rest(seat, now, rests_until, journal)
            return Outcome(rested, released=True, let_go=ledger.id, why=why)
        if seat.token is not None and self._seats.unpoint(
            seat, seat.token, ledger.id if is_late else None, has_passed, now, journal=journal
        ):
            self._back_in_the_pool(seat)
        return Outcome(self._fresh(seat), released=True, let_go=ledger.id, why=why)

    def give_back(
        self, seat: Seat, ledger: Ledger, claim: Claim, now: int, answered: bool = False
    ) -> Outcome:
        """Take a surplus worker back into the pool: the claim first, or the pointer would be set
        again by the next poll. Whoever `answered` quickly keeps the bonus for it."""
        took_ms = claim.answered_ms(now) if answered and seat.acks else None
        quick = took_ms is not None and took_ms <= seat.terms.quick_within_ms
        self._calls.given_back(seat, ledger, claim, self._clock.now_ms())
        release(self._ledgers, ledger.id, seat, now)
        if seat.token is not None and self._seats.unpoint(
            seat, seat.token, avoid=ledger.id, missed=False, now_ms=now, quick=quick,
            journal=after_call(seat, Mark.SURPLUS, now), answered=answered,
        ):  # fmt: skip
            self._back_in_the_pool(seat)
        return Outcome(self._fresh(seat), released=True, surplus=True)

    def _back_in_the_pool(self, seat: Seat) -> None:
        """Count them again: the call took them off, and uncounted, all would poll as if alone."""
        self._ledgers.add_arrival(seat.pool_id, verified=False, back=True)

    def claim(self, so_far: Outcome, pool: PoolRow, rows: Sequence[BoardRow], now: int) -> Outcome:
        """Try free rows, the oldest first, until one is claimed."""
        outcome = so_far
        if now >= counts_until_ms(outcome.seat):
            return outcome
        tried = 0
        known: Known | None = None
        for row in self._candidates(outcome.seat, pool, rows, now):
            seat = outcome.seat
            if tried == ATTEMPTS_PER_POLL or seat.reservation is not None or seat.closed:
                break
            if row.id == so_far.let_go or not self._is_promising(seat, row, now):
                continue
            if seat.guarded and self._parts.bars(seat):
                return Outcome(self._seats.turn_away(seat, now))
            if known is None:
                known = self._attendance.known(seat.worker, seat.verified)
                seat = self._turns.hold(seat, now, known)
                if seat.behind is not None:
                    return replace(so_far, seat=seat)
            rests_until = known.standing.rests_until_ms(now, self._attendance.most)
            if rests_until is not None:
                # For calls of another seat of theirs.
                return Outcome(self._seats.send_to_rest(seat, now, rests_until))
            if known.standing.unanswered and not self._had_others_time(seat, pool, row, now):
                continue
            tried += 1
            tried_to = self._attempt(seat, row, now, expect=None, missed=False)
            outcome = replace(so_far, seat=tried_to.seat, called=tried_to.called)
            if outcome.called is not None:
                return Outcome(outcome.seat, outcome.called)
        seat = outcome.seat
        if seat.reservation is not None and seat.closed is None and so_far.seat.reservation is None:
            # Another poll of this very seat was quicker; both get the same answer.
            return self.follow(seat, now)
        return outcome

    def _candidates(
        self, seat: Seat, pool: PoolRow, rows: Sequence[BoardRow], now: int
    ) -> Iterator[BoardRow]:
        later = seat.missed > 0 or (not seat.verified and pool.verified_waiting > 0)
        for row in rows:
            if (row.full_until_ms or 0) > now:
                continue
            if row.full_until_ms == FOR_SIGNED_MS and not seat.verified:
                continue
            if not later or self._had_others_time(seat, pool, row, now):
                yield row

    def _had_others_time(self, seat: Seat, pool: PoolRow, row: BoardRow, now: int) -> bool:
        """Whether everybody else who waits has asked once since this became free: the place in
        line of those who let their last call pass, and of those whom no market signed."""
        free_ms = max(row.invoked_ms, row.full_until_ms or 0)
        return now - free_ms >= pace(pool.seen_by(seat), now, self._chance()).every_ms

    def _is_promising(self, seat: Seat, row: BoardRow, now: int) -> bool:
        """Look before trying where that was in vain before: a refused attempt is billed as three
        writes, a read is cheaper."""
        if row.full_until_ms is None and row.id not in seat.avoid:
            return True
        ledger = self._ledgers.get(row.id)
        if ledger is None or not ledger.takes_more(now) or ledger.left_by(seat.seat_id):
            return False
        expired = ledger.expired(now)
        if ledger.has_enough and not expired:
            self._ledgers.mark_full(ledger)
            return False
        mine = ledger.claims.get(ledger.key_for(seat.worker, seat.seat_id))
        if mine is not None:
            return mine in expired or (seat.verified and mine in ledger.unsigned_claims)
        if not ledger.is_full or expired:
            return True
        if seat.verified:
            ledger = self._vouched(ledger)
            if ledger.unsigned_claims:
                return True
        self._ledgers.mark_full(ledger)
        return False

    def _vouched(self, ledger: Ledger) -> Ledger:
        """Have claims that nobody signed for, and whose work the market has, stay where they are.
        Two reads each until one is found that may be taken over; one write for each that may not,
        once."""
        for claim in ledger.unsigned_claims:
            place = self._seats.find_assignment(claim.assignment)
            old = None if place is None else self._seats.get(place.proto, claim.seat_id)
            if old is None or old.closed is not Closed.SUBMITTED:
                break
            ledger = self._ledgers.vouch(ledger, claim)
        return ledger

    def _attempt(
        self, seat: Seat, row: BoardRow, now: int, expect: str | None, missed: bool
    ) -> Outcome:
        """Point the seat at the reservation, then enter it in the ledger; undo if refused."""
        journal = after_call(seat, Mark.RELEASED, now) if missed else ""
        token = new_token()
        pointed = self._seats.point(seat, row.id, token, now, expect)
        if not pointed.done:
            return Outcome(pointed.seat or seat)
        seat = pointed.seat or seat
        key = seat.worker if row.distinct else seat.seat_id
        signs = seat.accepted is not None and seat.accepted.market in self._signing
        unsigned = signs and not seat.verified
        claim = Claim(
            key, seat.worker, seat.seat_id, now, acks=seat.acks, unsigned=unsigned,
            due_ms=seat.due_ms,
        )  # fmt: skip
        written = self._ledgers.enter(row.id, claim, row.slots)
        ledger = written.ledger
        avoid: str | None = None
        if ledger is not None and ledger.holds(seat.worker, seat.seat_id) is None:
            ledger, avoid = self._swap(ledger, claim, now, seat.verified)
        if ledger is not None:
            return self._confirm(seat, ledger, token, now)
        self._calls.lost(seat, row.id)
        self._seats.unpoint(seat, token, avoid, missed, now, journal=journal)
        return Outcome(self._fresh(seat))

    def _swap(
        self, ledger: Ledger, claim: Claim, now: int, verified: bool
    ) -> tuple[Ledger | None, str | None]:
        """Take over an unanswered claim, or for a `verified` seat one that nobody signed for;
        return (the ledger if it holds us, what to avoid).

        Of several that are due one is drawn, so that those who come at once seldom collide.
        """
        for _ in range(SWAPS_PER_POLL):
            if not ledger.takes_more(now):
                if ledger.is_running:
                    self._ledgers.take_off(ledger)
                return None, ledger.id
            expired = ledger.expired(now)
            mine = ledger.claims.get(claim.key)
            if mine is not None:
                # The worker holds a slot already, by another seat of theirs.
                if mine not in expired and not (verified and mine in ledger.unsigned_claims):
                    return None, ledger.id
                expired = [mine]
            elif verified and not expired:
                ledger = self._vouched(ledger)
                # The first, since `_vouched` has looked at that one.
                expired = ledger.unsigned_claims[:1]
            if not expired:
                break
            old = expired[int(self._chance() * len(expired))]
            why: Lost | None = None
            if ledger.is_overdue(old, now):
                why = Lost.SILENT if old.ack_ms is None else Lost.GONE
            if why is Lost.GONE and self._endings.is_handed_in(ledger, old):
                ledger = self._ledgers.get(ledger.id) or ledger
                continue
            seen = self._ledgers.swap(ledger, old, claim, why).ledger
            if seen is None:
                break
            if seen.holds(claim.worker, claim.seat_id) is not None:
                if why is Lost.GONE:
                    self._calls.gone(ledger, old)
                    return seen, None
                if old.ack_ms is not None:
                    self._calls.taken_over(ledger, old)
                    return seen, None
                seat = self._calls.released(ledger, old)
                if seat is not None:
                    self._attendance.let_pass(seat, old.at_ms, now)
                return seen, None
            ledger = seen
        if ledger.is_running and (ledger.is_full or ledger.has_enough):
            self._ledgers.mark_full(ledger)
        return None, None

    def _confirm(self, seat: Seat, ledger: Ledger, token: str, now: int) -> Outcome:
        """Make sure that the seat still points at the ledger that holds it: one consistent read.

        Another poll of this seat may have adopted the pointer and been refused before we were
        entered; it would take the pointer back. Adopting it in turn fences that poll off.
        """
        for _ in range(3):
            there = self._seats.get(seat.proto, seat.seat_id, consistent=True)
            if there is None or there.reservation != ledger.id or there.closed is not None:
                release(self._ledgers, ledger.id, seat, now)
                return Outcome(there or seat)
            if there.token != token:
                token, expect = new_token(), there.token
                if not self._seats.point(there, ledger.id, token, now, expect).done:
                    continue
            if ledger.is_full and (ledger.full_until_ms or 0) <= now:
                self._ledgers.mark_full(ledger)
            self._calls.called(there, ledger)
            return Outcome(there, ledger)
        return Outcome(seat)

    def _fresh(self, seat: Seat) -> Seat:
        return self._seats.get(seat.proto, seat.seat_id, consistent=True) or seat
