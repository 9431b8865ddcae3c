"""Dispatch: a poll claims a slot, if one is free; a ping says that the task has arrived.

How a slot is claimed is in `claiming`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.errors import CallOver, Conflict, NotFound
from chalicelib.retainer.domain.pacing import SLOWEST_MS, Pace, PoolRow, pace
from chalicelib.retainer.domain.page_protocol import is_outdated
from chalicelib.retainer.domain.ports import Board
from chalicelib.retainer.domain.reports import NOTHING_TOLD
from chalicelib.retainer.domain.seats import is_present
from chalicelib.retainer.services.claiming import Outcome
from chalicelib.retainer.services.seating import PageState, is_noted, journal_of

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.reports import Report
    from chalicelib.retainer.domain.reservations import Claim, Ledger
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.services.attendance import Attendance
    from chalicelib.retainer.services.call_records import CallRecords
    from chalicelib.retainer.services.claiming import Claiming
    from chalicelib.retainer.services.proof import Proof
    from chalicelib.retainer.services.seating import Seating
    from chalicelib.retainer.services.turns import Turns
    from chalicelib.retainer.stores import Stores

SHARED_ROWS = 100
"""How far a poll looks where the oldest reservations of a shared pool are for others."""


BEHIND_MS = 5_000
"""How often a page asks that stands behind another of the same worker's."""


class _Surplus(Exception):
    """Enough others have answered."""

    def __init__(self, ledger: Ledger, claim: Claim) -> None:
        super().__init__(ledger.id)
        self.ledger, self.claim = ledger, claim


class Dispatch:
    def __init__(
        self,
        stores: Stores,
        seating: Seating,
        proof: Proof,
        calls: CallRecords,
        claiming: Claiming,
        attendance: Attendance,
        turns: Turns,
        invoke_due: Callable[[str], None],
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self._seats = stores.seats
        self._ledgers = stores.ledgers
        self._reservations = stores.reservations
        self._protos = stores.protos
        self._seating = seating
        self._proof = proof
        self._calls = calls
        self._claiming = claiming
        self._attendance = attendance
        self._turns = turns
        self._invoke_due = invoke_due
        self._clock = clock
        self._chance = chance

    def poll(
        self, assignment: str, key: str | None, told: Report = NOTHING_TOLD, signature: str = ""
    ) -> PageState:
        """Answer a page that asks for work; of a seat that was signed for, nothing but that there
        is one, without its key or the `signature`.

        A poll that finds nothing reads seat and board: 1 read unit, 1.5 without the seat's key, and
        writes a heartbeat if the last one is old, what the page reports with it. Nothing is
        written for an unknown assignment. A page too old to be called claims nothing.
        """
        now = self._clock.now_ms()
        seat = self._seating.find(assignment, key)
        if seat is None:
            return PageState(now)
        if not self._proof.is_given(seat, key, signature):
            return PageState(now, pace=Pace(SLOWEST_MS), withheld=True)
        if self._seating.is_older_page(seat, key):
            return PageState(now, seat, key, stepped_back=True)
        if seat.behind is not None and seat.closed is None:
            seat = self._turns.look(seat, now)
        outcome = Outcome(seat)
        if seat.closed is None and seat.reservation is not None:
            outcome = self._claiming.follow(seat, now)
        pool: PoolRow | None = None
        is_free = outcome.called is None and outcome.seat.closed is None
        if is_free and outcome.seat.behind is None and not is_outdated(seat.page):
            board = self._board(seat, now)
            pool = board.pool or PoolRow(seat.pool_id)
            if not is_present(outcome.seat, now, pool.waiting):
                journal = journal_of(outcome.seat, told, now)
                outcome = replace(outcome, seat=self._turns.resume(outcome.seat, now, journal))
            outcome = self._claiming.claim(outcome, pool, board.rows, now)
        seat = self._seating.keep_present(
            outcome.seat, now, told, 0 if pool is None else pool.waiting
        )
        noted = is_noted(seat, told, now)
        if outcome.called is not None:
            return replace(self._start(seat, outcome.called, now, key), noted=noted)
        row = pool or PoolRow(seat.pool_id)
        if seat.behind is not None:
            state = PageState(now, seat, self._seating.key_of(seat, key), pace=Pace(BEHIND_MS))
            return replace(state, released=outcome.released, why=outcome.why, noted=noted)
        return PageState(
            now, seat, self._seating.key_of(seat, key),
            pace=pace(row.seen_by(outcome.seat), now, self._chance()),
            reward_cents=None if pool is None else pool.reward_for(seat),
            released=outcome.released,
            why=outcome.why,
            surplus=outcome.surplus,
            noted=noted,
        )  # fmt: skip

    def working(
        self, worker: str, assignment: str, hit: str, key: str | None, acks: bool, ack: bool,
        told: Report = NOTHING_TOLD, signature: str = "",
    ) -> PageState:  # fmt: skip
        """Record that the page shows the task, or with `ack` that a person answered.

        At most two writes, and the heartbeat. A page that never sends `ack` has answered by
        showing. Raises `Conflict` ("released") if the slot has gone to somebody else.
        """
        now = self._clock.now_ms()
        seat, ledger, claim = self._called(worker, assignment, hit, key, signature)
        # Whoever has answered there is at work there, whatever was opened since.
        if not ack and claim.ack_ms is None and self._seating.is_older_page(seat, key):
            return PageState(now, seat, key, stepped_back=True)
        if acks and not seat.acks:
            seat = self._seats.heartbeat(seat, now, acks, 0, journal_of(seat, told, now)) or seat
        else:
            seat = self._seating.keep_present(seat, now, told)
        answered = ack or not seat.acks
        if ledger.is_surplus(claim):
            raise self._surplus(seat, ledger, claim, now, answered)
        # A page that never acknowledges is at work as soon as it was called.
        may_end = seat.acks and not (ack and ledger.takes_more(now))
        if may_end and self._claiming.end_call(seat, ledger, claim, now):
            raise _call_over(ledger, now)
        is_news = told.muted and not claim.muted
        if claim.shown_ms is None or (answered and claim.ack_ms is None) or is_news:
            try:
                ledger = self._show(ledger, claim, now, answered and claim.ack_ms is None, told)
                self._calls.shown(seat, ledger, claim)
            except _Surplus as met:
                raise self._surplus(seat, met.ledger, met.claim, now, answered) from None
            if answered and claim.ack_ms is None:
                self._attendance.answered(seat, now)
        return replace(self._start(seat, ledger, now, key), noted=is_noted(seat, told, now))

    def _surplus(
        self, seat: Seat, ledger: Ledger, claim: Claim, now: int, answered: bool
    ) -> Conflict:
        """Take back a surplus worker; return the error that their page is told."""
        if answered:
            self._attendance.answered(seat, now)
        self._claiming.give_back(seat, ledger, claim, now, answered)
        return Conflict(
            "Enough others were quicker. You go on waiting, and are paid for it.", "surplus"
        )

    def _board(self, seat: Seat, now: int) -> Board:
        """Read the board; whoever comes first after its time invokes what invokes by itself.

        Of a shared pool, the rows are those that this worker may do. Where reservations of others
        hide what comes later, more are read.
        """
        board = self._ledgers.board(seat.pool_id)
        due = [i for at, i in board.pool.auto if at <= now] if board.pool else []
        if due:
            for reservation in due:
                self._invoke_due(reservation)
            board = self._ledgers.board(seat.pool_id)
        if seat.pool is None:
            return board
        if board.may_hide_from(seat, now):
            board = self._ledgers.board(seat.pool_id, SHARED_ROWS)
        return Board(board.pool, board.rows_for(seat))

    def _called(
        self, worker: str, assignment: str, hit: str, key: str | None, signature: str
    ) -> tuple[Seat, Ledger, Claim]:
        """Return the seat with the claim that it holds.

        The seat is read again, consistently, before it is refused: its page may be quicker to
        answer a call than the pointer of that call is to reach every replica.
        """
        seat: Seat | None = None
        ledger: Ledger | None = None
        is_proved = False
        for consistent in (False, True):
            seat = self._seating.find(assignment, key, worker, consistent=consistent)
            if seat is not None and not is_proved:
                self._proof.demand(seat, key, signature)
                is_proved = True
            if seat is None or seat.closed is not None or seat.reservation is None:
                continue
            ledger = self._ledgers.get(seat.reservation)
            claim = None if ledger is None else ledger.holds(worker, seat.seat_id)
            if ledger is not None and claim is not None and seat.hit == hit:
                return seat, ledger, claim
        if seat is None or seat.hit != hit:
            raise NotFound("There is no such seat.", "unknown_seat")
        if seat.closed is not None:
            raise Conflict("This seat is over.", "closed")
        raise _call_over(ledger, self._clock.now_ms())

    def _show(self, ledger: Ledger, claim: Claim, now: int, ack: bool, told: Report) -> Ledger:
        seen: Ledger | None = None
        for _ in range(3):
            written = self._ledgers.show(ledger, claim, now, ack, claim.clamped(told, now))
            seen = written.ledger
            held = None if seen is None else seen.holds(claim.worker, claim.seat_id)
            if seen is None or held is None:
                break
            if seen.is_surplus(held):
                raise _Surplus(seen, held)
            if written.done or (held.shown_ms is not None and (not ack or held.ack_ms is not None)):
                if seen.is_settled and seen.is_running:
                    self._ledgers.mark_full(seen)
                return seen
            ledger, claim = seen, held
        raise _call_over(seen, now)

    def _start(self, seat: Seat, ledger: Ledger, now: int, key: str | None) -> PageState:
        task = self._reservations.get(ledger.id)
        if task is None:
            raise NotFound("The reservation is gone.", "unknown_reservation")
        # Told only where the page could be another's: one more read.
        work = self._protos.find(task.proto) if seat.pool is not None else None
        return PageState(
            now, seat, self._seating.key_of(seat, key), task=task, work=work,
            ack_within_ms=ledger.ack_within_ms, claim=ledger.holds(seat.worker, seat.seat_id),
        )  # fmt: skip


def _call_over(ledger: Ledger | None, now: int) -> CallOver:
    """What a page is told whose call has ended under it; its worker goes on waiting."""
    if ledger is None:
        return CallOver("That call is over.")
    if ledger.takes_more(now):
        return CallOver("You were called and did not answer in time.", "late")
    return CallOver("The work that you were called for was called off.", "ended")
