"""What happened to one assignment, in order: put together on reading from what is on record.

Nothing is kept for it but a seat's journal: seats, the reservation's ledger, the submission and the
payments say the rest. Seats are cleared away a day after their assignment's deadline; who names the
reservation then still gets what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.mturk.prices import format_dollars
from chalicelib.retainer.domain.errors import NotFound
from chalicelib.retainer.domain.market import SeatState
from chalicelib.retainer.domain.payments import PaymentState, pay_id, vain_home, work_id
from chalicelib.retainer.domain.reports import BY_SERVER, Mark, read_journal
from chalicelib.retainer.domain.seats import Closed
from chalicelib.retainer.services.earned import EPOCHS

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.payments import Payment
    from chalicelib.retainer.domain.ports import (
        Submission,
    )
    from chalicelib.retainer.domain.reservations import Claim, Ledger
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.stores import Stores


class By(StrEnum):
    """Who says so."""

    PAGE = "page"
    SERVER = "server"
    MARKET = "market"


@dataclass(frozen=True, slots=True)
class Event:
    at_ms: int
    event: str
    by: By
    detail: str = ""


MARKS: dict[Mark, str] = {
    Mark.OPENED: "opened",
    Mark.HIDDEN: "hidden",
    Mark.VISIBLE: "visible",
    Mark.OFFLINE: "offline",
    Mark.ONLINE: "online",
    Mark.WOKE: "woke",
    Mark.SILENT: "silent",
    Mark.MUTED: "muted",
    Mark.NOTIFIED: "notified",
    Mark.SHOWN: "shown",
    Mark.ACKNOWLEDGED: "acknowledged",
    Mark.SUBMITTING: "submitting",
    Mark.CALLED: "called",
    Mark.RELEASED: "released",
    Mark.SURPLUS: "surplus",
}

# What a ledger says of the call itself.
_OF_THE_CALL = frozenset({Mark.SHOWN, Mark.ACKNOWLEDGED})
_CLOSED = {
    Closed.SUPERSEDED: ("superseded", By.SERVER, "another worker came with this assignment"),
    Closed.RETURNED: ("returned", By.MARKET, ""),
    Closed.SUBMITTED: ("closed", By.SERVER, "the submission was read"),
}


class Histories:
    def __init__(
        self,
        stores: Stores,
        clock: Clock,
    ) -> None:
        self._seats = stores.seats
        self._ledgers = stores.ledgers
        self._submissions = stores.submissions
        self._payments = stores.payments
        self._clock = clock

    def of(self, assignment: str, reservation: str = "") -> list[Event]:
        """Return what is known, the oldest first; of the last eight stays, whoever's they were.

        Some ten reads. Raises `NotFound` if nothing is on record.
        """
        found: list[Event] = []
        stays = self._stays(assignment)
        homes: dict[str, Ledger | None] = {}
        if reservation:
            homes[reservation] = self._ledgers.get(reservation)
        for seat in stays:
            ledger = None
            if seat.reservation is not None:
                ledger = homes.setdefault(seat.reservation, self._ledgers.get(seat.reservation))
            homes.setdefault(vain_home(seat.proto), None)
            claim = None if ledger is None else ledger.holds(seat.worker, seat.seat_id)
            found += _of_seat(seat, claim, self._clock.now_ms())
        called: set[str] = set()
        handed_in: list[Submission] = []
        for home, ledger in homes.items():
            for claim in () if ledger is None else ledger.claims.values():
                if claim.assignment == assignment and claim.seat_id not in called:
                    called.add(claim.seat_id)
                    found += _of_claim(claim, home)
            work = self._submissions.find(home, assignment)
            if work is not None:
                handed_in.append(work)
        payments = self._payments_of(assignment, stays, handed_in)
        reviews = [event for work in handed_in for event in _of_review(work, payments)]
        ours = [seat.closed_ms for seat in stays if seat.closed is Closed.SUBMITTED]
        ours += [event.at_ms for event in reviews]
        # In front of the rest: what is told of the same moment keeps this order.
        found = [_of_submission(work, ours) for work in handed_in] + found + reviews
        found += [event for payment in payments.values() for event in _of_payment(payment)]
        if not found:
            raise NotFound("Nothing is on record about this assignment.", "unknown_assignment")
        return sorted(found, key=lambda one: one.at_ms)

    def _stays(self, assignment: str) -> list[Seat]:
        place = self._seats.find_assignment(assignment, consistent=True)
        if place is None:
            return []
        epochs = range(max(1, place.epoch - EPOCHS + 1), place.epoch + 1)
        there = (
            self._seats.get(place.proto, f"{assignment}.{epoch}", consistent=True)
            for epoch in epochs
        )
        return [seat for seat in there if seat is not None]

    def _payments_of(
        self, assignment: str, stays: list[Seat], handed_in: list[Submission]
    ) -> Mapping[str, Payment]:
        workers = {seat.worker for seat in stays} | {work.worker for work in handed_in}
        names = [work_id(assignment, worker) for worker in sorted(workers)]
        names += [pay_id(assignment, seat.worker, seat.epoch) for seat in stays]
        if not stays:
            names += [pay_id(assignment, one.worker, 1) for one in handed_in]
        return self._payments.find_many(names) if names else {}


def _of_seat(seat: Seat, claim: Claim | None, now_ms: int) -> Iterator[Event]:
    if seat.accepted_ms is not None:
        yield Event(seat.accepted_ms, "accepted", By.MARKET)
    page = "" if seat.page is None else f", page {seat.page}"
    signed = "signed by the market" if seat.verified else "not signed"
    yield Event(seat.arrived_ms, "arrived", By.SERVER, f"worker {seat.worker}, {signed}{page}")
    for mark, at_ms in read_journal(seat.journal, seat.arrived_ms):
        if claim is None or mark not in _OF_THE_CALL or at_ms < claim.at_ms - 1000:
            yield Event(at_ms, MARKS[mark], By.SERVER if mark in BY_SERVER else By.PAGE)
    yield Event(seat.seen_ms, "heard", By.SERVER, "the last heartbeat on record")
    if seat.closed is not None:
        name, by, detail = _CLOSED[seat.closed]
        yield Event(seat.closed_ms or seat.seen_ms, name, by, detail)
    elif seat.called_ms is None and seat.waits_until_ms <= now_ms:
        yield Event(seat.waits_until_ms, "waitOver", By.SERVER)


def _of_claim(claim: Claim, reservation: str) -> Iterator[Event]:
    yield Event(claim.at_ms, "called", By.SERVER, f"reservation {reservation}")
    if claim.had_ms is not None:
        yield Event(claim.had_ms, "shown", By.PAGE, _late(claim.shown_lag_ms))
    if claim.seen_ms is not None:
        yield Event(claim.seen_ms, "seen", By.PAGE)
    if claim.acknowledged_ms is not None:
        # Whose page says nothing of it has answered by showing, or by submitting.
        by = By.PAGE if claim.acks else By.SERVER
        yield Event(claim.acknowledged_ms, "acknowledged", by, _late(claim.ack_lag_ms))


def _late(lag_ms: int) -> str:
    return "" if lag_ms < 1000 else f"heard of {lag_ms / 1000:.1f} s later"


def _of_submission(work: Submission, ours: Iterable[int | None]) -> Event:
    """Tell of the work that was handed in.

    A market tells whole seconds, read as the end of the second (`Submission.submitted_ms`): what
    was read or reviewed before that by our own clock was submitted by then.
    """
    why = str(work.answers.get("retainer", ""))
    left = why in {"left", "waited", "refused"}
    at_ms = min([work.submitted_ms, *(at for at in ours if at is not None)])
    return Event(at_ms, "left" if left else "submitted", By.MARKET, why if left else "")


def _of_review(work: Submission, payments: Mapping[str, Payment]) -> Iterator[Event]:
    if work.settled_ms is not None:
        word = "approved" if work.state is SeatState.PAID else "rejected"
        reward = payments.get(work_id(work.assignment, work.worker))
        # Recorded last: what was paid for it was approved before.
        paid_ms = None if reward is None else reward.paid_ms
        at_ms = work.settled_ms if paid_ms is None else min(work.settled_ms, paid_ms)
        yield Event(at_ms, "reviewed", By.SERVER, word)


def _of_payment(payment: Payment) -> Iterator[Event]:
    parts = {
        "reward": payment.work_cents,
        "for the wait": payment.wait_cents,
        "for the quick answer": payment.quick_cents,
    }
    detail = ", ".join(f"${format_dollars(n)} {what}" for what, n in parts.items() if n)
    yield Event(payment.owed_ms, "owed", By.SERVER, detail)
    if payment.paid_ms is not None:
        yield Event(payment.paid_ms, "paid", By.SERVER, detail)
    elif payment.state is PaymentState.POSTED:
        yield Event(payment.again_ms, "offered", By.SERVER, f"in a HIT of its own: {detail}")
