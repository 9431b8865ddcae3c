"""Turns: of one person's seats one waits to be called, whatever pools they are in; the others stand
behind it, unpaid, and begin their own wait when it is over.

Whose turn it is is kept with the worker, apart for seats that a market signed and for others:
anybody can make up the latter, in anybody's name. Nothing takes it back when that seat is over:
the next seat of the worker looks at that seat, and compares times.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.seats import NEW_SEAT_MS, is_present
from chalicelib.retainer.domain.standing import NEWCOMER

if TYPE_CHECKING:
    from chalicelib.retainer.domain.reservations import Ledger
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.domain.standing import Standing


@dataclass(frozen=True, slots=True)
class Turn:
    """The seat that waits to be called for its worker, at one market; since `at_ms`."""

    market: str
    proto: str
    seat_id: str
    at_ms: int

    @classmethod
    def of(cls, seat: Seat, now_ms: int) -> Turn:
        return cls(market_of(seat), seat.proto, seat.seat_id, now_ms)

    def is_of(self, seat: Seat) -> bool:
        return (self.proto, self.seat_id) == (seat.proto, seat.seat_id)

    def to_text(self) -> str:
        return to_text([self]) or ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record of a worker that says whether they may be called: one read."""

    standing: Standing = NEWCOMER
    signed: tuple[Turn, ...] = ()
    unsigned: tuple[Turn, ...] = ()
    is_on_record: bool = False

    def turns(self, verified: bool) -> tuple[Turn, ...]:
        return self.signed if verified else self.unsigned

    def ahead_of(self, seat: Seat) -> list[Turn]:
        """Return the turns that a seat's own may have to wait for, or be: a seat that was signed
        for is never kept waiting by one that was not."""
        found = self.signed if seat.verified else (*self.signed, *self.unsigned)
        return [turn for turn in found if turn.market == market_of(seat)]


def market_of(seat: Seat) -> str:
    return "" if seat.accepted is None else seat.accepted.market


def to_text(turns: Sequence[Turn]) -> str | None:
    """None where there are none: the attribute is left out then."""
    if not turns:
        return None
    rows = [[t.market, t.proto, t.seat_id, t.at_ms] for t in turns]
    return json.dumps(rows, separators=(",", ":"))


def of_text(text: str | None) -> tuple[Turn, ...]:
    return tuple(Turn(*row) for row in json.loads(text or "[]"))


def is_over(
    turn: Turn, seat: Seat | None, ledger: Ledger | None, now_ms: int, pool_size: int = 0
) -> bool:
    """Whether a turn has ended: its seat is closed, was left, or has waited its time.

    `seat` is the one whose turn it is, None if there is none (its arrival has only begun, or
    died); `ledger` that of its call. Somebody who answered a call may work at it in a page that
    says nothing, as the original's did: until the assignment's own deadline that is work.
    """
    if seat is None:
        return now_ms - turn.at_ms >= NEW_SEAT_MS
    if seat.closed is not None or seat.behind is not None:
        return True
    if seat.due_ms is not None and now_ms >= seat.due_ms:
        return True
    if seat.reservation is None:
        return now_ms >= seat.waits_until_ms or not is_present(seat, now_ms, pool_size)
    if is_present(seat, now_ms, pool_size):
        return False
    claim = None if ledger is None else ledger.holds(seat.worker, seat.seat_id)
    if ledger is None or claim is None:
        return True
    deadline = ledger.deadline_ms(claim)
    return claim.ack_ms is None and (deadline is None or deadline <= now_ms)
