"""Finding the seat that a page speaks for, and what a page is told about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from chalicelib.kit import logs
from chalicelib.retainer.domain import seatkey
from chalicelib.retainer.domain.errors import NotAllowed, Unavailable
from chalicelib.retainer.domain.page_protocol import is_outdated
from chalicelib.retainer.domain.reports import Mark, journal_with
from chalicelib.retainer.domain.reservations import Lost
from chalicelib.retainer.domain.seats import Closed, ends_ms, heartbeat_ms

if TYPE_CHECKING:
    from chalicelib.retainer.domain.pacing import Pace
    from chalicelib.retainer.domain.ports import LedgerStore, SeatStore
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.reports import Report
    from chalicelib.retainer.domain.reservations import Claim, Reservation
    from chalicelib.retainer.domain.seats import Seat

KEYS_REMEMBERED = 1_000


@dataclass(frozen=True, slots=True)
class PageState:
    """The answer to a poll or ping: `task` is given once the seat is called, and `work`, whose task
    it is, where several share the pool. `noted`: what the page reported need not be said again.
    `stepped_back`: a newer page of the same worker speaks for the seat now. `withheld`: there is a
    seat, and who asks has not shown that it is theirs."""

    now_ms: int
    seat: Seat | None = None
    seat_key: str | None = None
    pace: Pace | None = None
    reward_cents: int | None = None
    released: bool = False
    why: str = ""
    surplus: bool = False
    task: Reservation | None = None
    ack_within_ms: int | None = None
    claim: Claim | None = None
    work: ProtoHit | None = None
    noted: bool = False
    stepped_back: bool = False
    withheld: bool = False

    @property
    def is_acknowledged(self) -> bool:
        """The worker has said that they are there, by this page or before it was loaded again."""
        return self.claim is not None and self.claim.acks and self.claim.ack_ms is not None

    @property
    def ack_left_ms(self) -> int | None:
        if self.claim is None or self.ack_within_ms is None:
            return None
        return max(0, self.claim.at_ms + self.ack_within_ms - self.now_ms)

    @property
    def is_superseded(self) -> bool:
        given_up = {Closed.SUPERSEDED, Closed.RETURNED}
        return self.stepped_back or (self.seat is not None and self.seat.closed in given_up)

    @property
    def is_returned(self) -> bool:
        """The market says that the assignment was returned or has run out."""
        return self.seat is not None and self.seat.closed is Closed.RETURNED

    @property
    def is_wait_over(self) -> bool:
        if self.seat is None or self.task is not None:
            return False
        is_late = self.now_ms >= ends_ms(self.seat)
        return is_late or self.is_outdated or self.seat.closed is Closed.SUBMITTED

    @property
    def is_behind(self) -> bool:
        """The wait has yet to begin, or will not before it is over: its worker waits, or works, in
        another page."""
        return self.seat is not None and self.seat.behind is not None and self.seat.closed is None

    @property
    def is_outdated(self) -> bool:
        """The page is to be loaded anew; whoever works in it is left in peace."""
        if self.seat is None or self.task is not None or self.seat.closed is not None:
            return False
        return is_outdated(self.seat.page)


class Seating:
    """Finds seats by key (one read) or by assignment (two)."""

    def __init__(self, seats: SeatStore, secret: str) -> None:
        if not secret:
            raise ValueError("RETAINER_SEAT_SECRET is not set; seat keys cannot be signed")
        self._seats = seats
        self._secret = secret
        # A poll asks twice what its key says, and every poll of a page brings the same.
        self._read_key = lru_cache(KEYS_REMEMBERED)(partial(seatkey.read, secret))

    def key_of(self, seat: Seat, key: str | None = None) -> str:
        """Return the key that a page came with, which names its load, or else a new one."""
        return key or seatkey.issue(self._secret, seat)

    def is_key_of(self, assignment: str, key: str) -> bool:
        """Whether this is the key of a seat of the assignment; nothing is read."""
        try:
            return self._read_key(key).assignment == assignment
        except NotAllowed:
            return False

    def is_older_page(self, seat: Seat, key: str | None) -> bool:
        """Whether the worker has loaded the page again since, here or elsewhere.

        By numbers that only grow, so that an old replica of the seat turns nobody away.
        """
        load = None if key is None else self._read_key(key).load
        return load is not None and load < seat.loads

    def find(
        self,
        assignment: str,
        key: str | None,
        worker: str | None = None,
        *,
        consistent: bool = False,
    ) -> Seat | None:
        """Return the seat, eventually consistent unless asked otherwise; None if there is none yet.

        Raises `NotAllowed` if the key is forged or speaks for another assignment or worker.
        """
        if key:
            name = self._read_key(key)
            if name.assignment != assignment or worker not in {None, name.worker}:
                raise NotAllowed("The seat key belongs to another seat.", "bad_seat_key")
            logs.note(hitType=name.proto, worker=name.worker)
            return self._seats.get(name.proto, name.seat_id, consistent=consistent)
        place = self._seats.find_assignment(assignment, consistent=consistent)
        if place is None:
            return None
        seat = self._seats.get(place.proto, f"{assignment}.{place.epoch}", consistent=consistent)
        if seat is not None and worker is not None and seat.worker != worker:
            raise NotAllowed("This assignment's seat belongs to another worker.", "not_your_seat")
        if seat is not None:
            logs.note(hitType=seat.proto, worker=seat.worker)
        return seat

    def keep_present(self, seat: Seat, now_ms: int, told: Report, pool_size: int = 0) -> Seat:
        """Write a heartbeat if the last one is old. What a page reports comes along with it; a page
        that is just submitting sends no later one, so then it is written at once, the one time."""
        if seat.closed is not None:
            return seat
        is_due = now_ms - seat.seen_ms >= heartbeat_ms(pool_size)
        if not is_due and not told.is_last_of(seat.journal):
            return seat
        journal = journal_of(seat, told, now_ms)
        kept = self._seats.heartbeat(seat, now_ms, seat.acks, pool_size, journal)
        return kept or self._seats.get(seat.proto, seat.seat_id, consistent=True) or seat


def journal_of(seat: Seat, told: Report, now_ms: int) -> str:
    """Return the seat's journal with what its page reports."""
    return journal_with(seat.journal, told.entries(seat.arrived_ms, now_ms), seat.arrived_ms)


def is_noted(seat: Seat, told: Report, now_ms: int) -> bool:
    """Whether the seat on record has all that its page reports."""
    return bool(told.marks) and journal_of(seat, told, now_ms) == seat.journal


def after_call(seat: Seat, mark: Mark, now_ms: int) -> str:
    """Return the journal of a called seat whose call has come to nothing for it."""
    called = seat.called_ms or now_ms
    return journal_with(seat.journal, [(Mark.CALLED, called), (mark, now_ms)], seat.arrived_ms)


def release(
    ledgers: LedgerStore, reservation: str, seat: Seat, now_ms: int, why: Lost | None = None, *,
    answered: bool = True,
) -> None:  # fmt: skip
    """Free the slot that a seat holds, if it does; its page may be acknowledging it meanwhile.

    One read and one write, again for each change in between. `answered`: also if a person has
    acknowledged it. What was handed in stays.
    """
    for _ in range(5):
        ledger = ledgers.get(reservation)
        claim = None if ledger is None else ledger.holds(seat.worker, seat.seat_id)
        if ledger is None or claim is None or claim.handed_in_ms is not None:
            return
        if claim.ack_ms is not None and not answered:
            return
        since_ms = now_ms if why is Lost.SILENT else None
        if ledgers.leave(ledger, claim, now_ms, why, since_ms):
            return
    raise Unavailable("The seat's slot is changing too quickly; try again.")
