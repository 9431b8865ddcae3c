"""What a worker's stay has earned, from their seats and their call, and the payment made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalicelib.retainer.domain import pay
from chalicelib.retainer.domain.pay import Owed
from chalicelib.retainer.domain.payments import Kind, Payment, mark_of, pay_id
from chalicelib.retainer.domain.seats import waited_ms

if TYPE_CHECKING:
    from chalicelib.mturk.prices import Fees
    from chalicelib.retainer.domain.ports import LedgerStore
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.domain.reservations import Claim, Ledger
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.stores import Stores

EPOCHS = 8
"""How far back a stay is followed: a worker may return an assignment and take it again."""

SLACK_MS = 5_000
"""The market's clock may be behind ours, or tell whole seconds only."""


class Earned:
    def __init__(
        self,
        stores: Stores,
    ) -> None:
        self._seats = stores.seats
        self._ledgers = stores.ledgers

    def stay(self, assignment: str, worker: str, hit: str) -> list[Seat]:
        """Return this worker's seats with an assignment, the newest first: one read for each."""
        place = self._seats.find_assignment(assignment, consistent=True)
        if place is None:
            return []
        found: list[Seat] = []
        for epoch in range(place.epoch, max(0, place.epoch - EPOCHS), -1):
            seat = self._seats.get(place.proto, f"{assignment}.{epoch}", consistent=True)
            if seat is not None and (seat.worker, seat.hit) == (worker, hit):
                found.append(seat)
        return found

    def by_submitting(self, stay: Sequence[Seat], submitted_ms: int, claim: Claim | None) -> Owed:
        """Add up a stay that ended with a submission.

        Older seats of it are taken for this payment, so that nobody compensates them as well; one
        that was compensated before is left out.
        """
        if not stay:
            return Owed()
        newest, *older = stay
        mine = pay_id(newest.assignment, newest.worker, newest.epoch)
        counted = [seat for seat in older if self._seats.reckon(seat, mine)]
        waits = [
            waited_by_submitting(newest, submitted_ms),
            *(_heard_waiting(seat) for seat in counted),
        ]
        return _owed([newest, *counted], waits, claim)

    def call_of(self, seat: Seat) -> tuple[Ledger | None, Claim | None]:
        """Find the call that a seat points at, or one that was answered and has ended since."""
        ledger, claim, _ = place_of(self._ledgers, [seat])
        return ledger, claim

    def by_leaving(self, seat: Seat) -> Owed:
        """Add up a seat whose worker never submitted."""
        _, claim = self.call_of(seat)
        return _owed([seat], [_heard_waiting(seat)], claim)


def place_of(
    ledgers: LedgerStore, stay: Sequence[Seat]
) -> tuple[Ledger | None, Claim | None, bool]:
    """Find the reservation that a stay's work is for, the claim, and whether that is the worker's
    still: they may have said that they were there, and lost the slot since."""
    if not stay:
        return None, None, False
    seat = stay[0]
    for reservation in dict.fromkeys([seat.reservation, *sorted(seat.avoid)]):
        ledger = None if reservation is None else ledgers.get(reservation)
        if ledger is None:
            continue
        claim = ledger.holds(seat.worker, seat.seat_id)
        if reservation == seat.reservation and claim is not None:
            return ledger, claim, True
        lost = ledger.left_by(seat.seat_id)
        if lost is not None:
            return ledger, lost, False
    return None, None, False


def payment_of(
    kind: Kind, seat: Seat, posting: Posting, fees: Fees, what: Owed, now_ms: int
) -> Payment:
    """Make the payment of a stay; not recorded yet."""
    name = pay_id(seat.assignment, seat.worker, seat.epoch)
    if kind is Kind.COMPENSATION:
        fee = fees.of_assignment(what.cents, 1)
    else:
        fee = fees.of_bonus(what.cents)
    return Payment(
        id=name,
        kind=kind,
        proto=posting.proto,
        market=posting.market,
        worker=seat.worker,
        assignment=seat.assignment,
        hit=seat.hit,
        owed_ms=now_ms,
        wait_cents=what.wait_cents,
        quick_cents=what.quick_cents,
        fee_cents=fee,
        reason=pay.reason(seat.terms, what, mark_of(name)),
        waited_ms=what.waited_ms,
    )


def waited_by_submitting(seat: Seat, submitted_ms: int) -> int:
    """Return how long a seat waited that ended with a submission."""
    # A page that says that it is leaving is heard then; whatever it says later is not paid.
    left = min(max(submitted_ms, seat.seen_ms), submitted_ms + SLACK_MS)
    return waited_ms(seat, left)


def _heard_waiting(seat: Seat) -> int:
    """Return the wait up to the last heartbeat. What a heartbeat vouches for beyond itself is for
    those who submit: else who accepts and returns all day would be paid for that each time."""
    return waited_ms(seat, seat.seen_ms)


def _owed(stay: Sequence[Seat], waits: Sequence[int], claim: Claim | None) -> Owed:
    """`stay`: the newest first."""
    answered = 0 if any(seat.quick for seat in stay) else _answered_ms(claim)
    rates = [(seat.terms, wait) for seat, wait in zip(stay, waits, strict=True)]
    return pay.owed_by_stays(rates, answered, stay[0].terms)


def _answered_ms(claim: Claim | None) -> int | None:
    """Return how long a person took; a page that never asks for an answer has not measured it."""
    if claim is None or not claim.acks or claim.ack_ms is None:
        return None
    return claim.answered_ms(claim.ack_ms)
