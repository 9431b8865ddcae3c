"""Whose turn it is, of one person's seats: taken at arrival, given on when that seat is over.

A seat is called only while its worker's record says that it is its turn. Two who reach for it at
once are told apart by a condition on that record. A seat that was silent says that it is back
before it looks at the record, and whoever takes its place writes the record before they look at the
seat once more: so at least one of the two sees the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.retainer.domain.errors import Unavailable
from chalicelib.retainer.domain.reservations import Lost
from chalicelib.retainer.domain.seats import is_present, shifted
from chalicelib.retainer.domain.turns import Turn, is_over, market_of, of_text
from chalicelib.retainer.services.seating import release

if TYPE_CHECKING:
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.domain.turns import Known
    from chalicelib.retainer.services.wait_pay import WaitPay
    from chalicelib.retainer.stores import Stores

TRIES = 6


class Turns:
    def __init__(
        self,
        stores: Stores,
        wait_pay: WaitPay,
    ) -> None:
        self._people = stores.people
        self._seats = stores.seats
        self._ledgers = stores.ledgers
        self._wait_pay = wait_pay

    def take(self, seat: Seat, now_ms: int, known: Known | None = None) -> Turn | None:
        """Make it a seat's turn, unless another seat of its worker is ahead: return that one's.

        One read, where `known` does not say it already, and one write where the turn changes
        hands; a seat or two are read where there are others. Nothing where the worker is not on
        record: every arrival is entered before its seat.
        """
        for _ in range(TRIES):
            known = known or self._people.known(seat.worker, seat.verified)
            if not known.is_on_record:
                return None
            others = [t for t in known.ahead_of(seat) if not t.is_of(seat)]
            for turn in others:
                if not self._is_over(turn, now_ms):
                    return turn
            mine = known.turns(seat.verified)
            if not any(turn.is_of(seat) for turn in mine):
                elsewhere = [turn for turn in mine if turn.market != market_of(seat)]
                new = [*elsewhere, Turn.of(seat, now_ms)]
                if not self._people.set_turns(seat.worker, seat.verified, mine, new):
                    known = None
                    continue
                # It may have come back just as its place was taken.
                back = next((turn for turn in others if not self._is_over(turn, now_ms)), None)
                if back is not None:
                    self._people.set_turns(seat.worker, seat.verified, new, mine)
                    return back
            return None
        raise Unavailable("This worker's seats are changing too quickly; try again.")

    def look(self, seat: Seat, now_ms: int) -> Seat:
        """Begin the wait of a seat that stands behind another, if its turn has come; return it as
        it is then. Half a unit while it has not."""
        assert seat.behind is not None
        ahead = next(iter(of_text(seat.behind)))
        there = self._seats.get(ahead.proto, ahead.seat_id)
        # A replica's word is read again where it is about to be acted on. Somebody at work in a
        # page that says nothing costs half a unit more.
        is_silent = there is not None and there.reservation and not is_present(there, now_ms)
        call = there.reservation if there is not None and is_silent else None
        ledger = None if call is None else self._ledgers.get(call, consistent=False)
        if not is_over(ahead, there, ledger, now_ms):
            return seat
        other = self.take(seat, now_ms)
        if other is not None:
            if other.to_text() == seat.behind:
                return seat
            return self._seats.stand_behind(seat, other.to_text(), now_ms)
        begun = self._wait_pay.settle_rate(shifted(seat, now_ms), now_ms)
        seat, is_done = self._seats.take_turn(begun, seat.behind)
        if is_done:
            self._ledgers.add_arrival(seat.pool_id, seat.verified)
        return seat

    def resume(self, seat: Seat, now_ms: int, journal: str) -> Seat:
        """Let a seat that was silent go on waiting, unless its turn has gone to another: one write
        and one read."""
        if now_ms >= seat.waits_until_ms:
            return seat
        heard = self._seats.heartbeat(seat, now_ms, seat.acks, journal=journal)
        return seat if heard is None else self.hold(heard, now_ms)

    def hold(self, seat: Seat, now_ms: int, known: Known | None = None) -> Seat:
        """Return the seat, behind another one of its worker's where that has the turn."""
        other = self.take(seat, now_ms, known)
        if other is None:
            return seat
        return self._seats.stand_behind(seat, other.to_text(), now_ms)

    def _is_over(self, turn: Turn, now_ms: int) -> bool:
        """Read whether a turn has ended; a call of it that nobody answered ends with it, so that
        the person is called by the next seat only."""
        seat = self._seats.get(turn.proto, turn.seat_id, consistent=True)
        if seat is None or seat.closed is not None or is_present(seat, now_ms):
            return is_over(turn, seat, None, now_ms)
        row = self._ledgers.get_pool(seat.pool_id)
        size = 0 if row is None else max(0, row.waiting)
        ledger = None if seat.reservation is None else self._ledgers.get(seat.reservation)
        if not is_over(turn, seat, ledger, now_ms, size):
            return False
        if ledger is not None and ledger.holds(seat.worker, seat.seat_id) is not None:
            release(self._ledgers, ledger.id, seat, now_ms, Lost.SILENT, answered=False)
            ledger = self._ledgers.get(ledger.id)
            return is_over(turn, seat, ledger, now_ms, size)
        return True
