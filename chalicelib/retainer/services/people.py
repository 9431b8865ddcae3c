"""People and what they did: assignments by ProtoHIT, worker, reservation or HIT, and histories.

Everything is read a page at a time: keys from an index, then the items in batches, so that a page
costs the same however much is on record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING, Any

from chalicelib.retainer.domain.errors import NotFound
from chalicelib.retainer.domain.ids import is_own_id
from chalicelib.retainer.domain.market import SeatState
from chalicelib.retainer.domain.missing import no_reservation
from chalicelib.retainer.domain.payments import PaymentState, pay_id, work_id
from chalicelib.retainer.domain.people import Stay
from chalicelib.retainer.domain.seats import Closed, is_present

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.errands import Errand
    from chalicelib.retainer.domain.payments import Payment
    from chalicelib.retainer.domain.ports import Submission
    from chalicelib.retainer.domain.reservations import Claim, Ledger
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.services.attendance import Attendance
    from chalicelib.retainer.stores import Stores

SUMMED = 200
"""A summary is of so many stays at most, the newest."""

NEWEST = ":"
"""Sorts after every stay's name."""


class StayState(StrEnum):
    """`left`: gone without a word; `returned`: given back, as the market says."""

    WAITING = "waiting"
    CALLED = "called"
    WORKING = "working"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Record:
    """A stay and what became of it; `arrived_ms` is None where only the call is on record."""

    stay: Stay
    state: StayState
    reservation: str | None
    claim: Claim | None
    submission: Submission | None
    arrived_ms: int | None
    waited_ms: int | None
    paid_cents: int
    owed_cents: int

    @property
    def answers(self) -> Mapping[str, Any] | None:
        return None if self.submission is None else self.submission.answers


@dataclass(frozen=True, slots=True)
class Summary:
    """Of a worker's newest stays, `SUMMED` at most; `is_all` if there are no others. `unanswered`
    calls in a row were let pass, of arrivals that the market signed; if those were too many, they
    are not called before `rests_until_ms`."""

    worker: str
    stays: int
    is_all: bool
    submitted: int
    by_proto: Mapping[str, int]
    first_ms: int | None
    last_ms: int | None
    waited_ms: int
    answered_ms: int | None
    paid_cents: int
    owed_cents: int
    unanswered: int
    rests_until_ms: int | None


class People:
    def __init__(
        self,
        stores: Stores,
        attendance: Attendance,
        clock: Clock,
    ) -> None:
        self._kept = stores
        self._attendance = attendance
        self._errands = stores.errands
        self._clock = clock

    def roll(self, prefix: str, after: str | None, limit: int) -> tuple[list[str], str | None]:
        """Give the ids of workers that begin so, in order, and where to go on."""
        return self._kept.people.roll(prefix, after, limit)

    def of_worker(
        self, worker: str, before: str | None, limit: int
    ) -> tuple[list[Record], str | None]:
        """Give a worker's assignments, the newest first, and where to go on."""
        stays, more = self._kept.people.stays(worker, before, limit)
        return self._records(stays), more

    def of_proto(
        self, proto: str, first_ms: int, before: str | None, limit: int
    ) -> tuple[list[Record], str | None]:
        """Give the assignments of a ProtoHIT's HITs that began from `first_ms` on and sort before
        `before`, the newest first, and where to go on."""
        stays, more = self._kept.people.of_proto(proto, first_ms, before or NEWEST, limit)
        return self._records(stays), more

    def of_hit(self, hit: str, before: str | None, limit: int) -> tuple[list[Record], str | None]:
        """The same for a HIT: pages may be short, since they are cut from those of its ProtoHIT."""
        posting = self._kept.postings.by_hit(hit)
        if posting is None:
            raise NotFound(f"Retainer posted no HIT {hit}.", "unknown_hit", "hit")
        stays, more = self._kept.people.of_proto(
            posting.proto, posting.created_ms, before or NEWEST, limit, hit
        )
        return self._records(stays), more

    def of_assignment(self, assignment: str) -> list[Record]:
        """Give the stays of one assignment by whoever has it now, as long as its seat is kept."""
        place = self._kept.seats.find_assignment(assignment)
        if place is None:
            raise NotFound(
                "No such assignment is on record, or not any more.", "unknown_assignment"
            )
        stays, _ = self._kept.people.stays(place.worker, None, SUMMED)
        return self._records([stay for stay in stays if stay.assignment == assignment])

    def of_reservation(self, reservation: str) -> list[Record]:
        """Give the assignments that a reservation was given, in the order of their calls."""
        ledger = self._kept.ledgers.get(reservation) if is_own_id(reservation) else None
        if ledger is None:
            raise no_reservation(reservation, "reservation")
        claims = sorted(ledger.claims.values(), key=lambda c: (c.at_ms, c.key))
        seats = self._kept.seats.get_many([(ledger.proto, c.seat_id) for c in claims])
        there = {(s.worker, s.seat_id): s for s in seats}
        handed_in = {s.assignment: s for s in self._kept.submissions.of(reservation)}
        stays = [
            _stay_of(ledger, c, there.get((c.worker, c.seat_id)), handed_in.get(c.assignment))
            for c in claims
        ]
        return self._joined(
            stays, there, handed_in, {reservation: ledger}, {c.seat_id: reservation for c in claims}
        )

    def summary(self, worker: str) -> Summary:
        """Add up a worker's newest stays. Raises `NotFound` for somebody who never came."""
        stays, more = self._kept.people.stays(worker, None, SUMMED)
        if not stays and not self._kept.people.is_known(worker):
            raise NotFound(f"Nothing is kept of a worker {worker}.", "unknown_worker", "worker")
        payments = self._payments_of(stays).values()
        by_proto: dict[str, int] = {}
        for stay in stays:
            by_proto[stay.proto] = by_proto.get(stay.proto, 0) + 1
        standing = self._attendance.standing(worker, verified=True)
        answers = [s.answered_ms for s in stays if s.answered_ms is not None]
        return Summary(
            worker=worker,
            stays=len(stays),
            is_all=more is None,
            submitted=sum(s.submitted_ms is not None for s in stays),
            by_proto=by_proto,
            first_ms=stays[-1].arrived_ms if stays else None,
            last_ms=stays[0].arrived_ms if stays else None,
            waited_ms=sum(s.waited_ms or 0 for s in stays),
            answered_ms=round(median(answers)) if answers else None,
            paid_cents=sum(p.cents for p in payments if p.state is PaymentState.PAID),
            owed_cents=sum(p.cents for p in payments if p.is_open),
            unanswered=standing.unanswered,
            rests_until_ms=standing.rests_until_ms(self._clock.now_ms(), self._attendance.most),
        )

    def asked_about(
        self, worker: str, before: str | None, limit: int
    ) -> tuple[list[Errand | Payment], str | None]:
        """Give the messages, blocks and bonuses that were asked for, the newest first."""
        told, more = self._kept.people.told(worker, before, limit)
        found: list[Errand | Payment] = []
        for one in told:
            of = self._kept.payments if one.id.startswith("gift#") else self._errands
            what: Errand | Payment | None = of.find(one.id)
            if what is not None:
                found.append(what)
        return found, more

    def _records(self, stays: Sequence[Stay]) -> list[Record]:
        seats = self._kept.seats.get_many([(s.proto, s.seat_id) for s in stays])
        there = {(s.worker, s.seat_id): s for s in seats}
        places = {(s.home, s.assignment) for s in stays if s.home is not None}
        handed_in = {
            s.assignment: s
            for s in self._kept.submissions.get_many([(h, a) for h, a in places if h is not None])
        }
        of: dict[str, str] = {}
        for stay in stays:
            seat = there.get((stay.worker, stay.seat_id))
            reservation = stay.home or (None if seat is None else seat.reservation)
            if reservation is not None and is_own_id(reservation):
                of[stay.seat_id] = reservation
        ledgers = self._kept.ledgers.get_many(sorted(set(of.values()))) if of else {}
        return self._joined(stays, there, handed_in, ledgers, of)

    def _joined(
        self,
        stays: Sequence[Stay],
        seats: Mapping[tuple[str, str], Seat],
        handed_in: Mapping[str, Submission],
        ledgers: Mapping[str, Ledger],
        of: Mapping[str, str],
    ) -> list[Record]:
        payments = self._payments_of(stays)
        now = self._clock.now_ms()
        found: list[Record] = []
        for stay in stays:
            seat = seats.get((stay.worker, stay.seat_id))
            ledger = ledgers.get(of.get(stay.seat_id, ""))
            claim = None if ledger is None else ledger.holds(stay.worker, stay.seat_id)
            work = handed_in.get(stay.assignment)
            if work is not None and work.worker != stay.worker:
                work = None
            mine = [payments[i] for i in _payment_ids(stay) if i in payments]
            found.append(
                Record(
                    stay=stay,
                    state=_state(stay, seat, claim, work, now),
                    reservation=None
                    if claim is None and not _is_answer(stay)
                    else of.get(stay.seat_id),
                    claim=claim,
                    submission=work,
                    arrived_ms=stay.arrived_ms or None,
                    waited_ms=_waited(stay, seat),
                    paid_cents=sum(p.cents for p in mine if p.state is PaymentState.PAID),
                    owed_cents=sum(p.cents for p in mine if p.is_open),
                )
            )
        return found

    def _payments_of(self, stays: Sequence[Stay]) -> Mapping[str, Payment]:
        names = {name for stay in stays for name in _payment_ids(stay)}
        return self._kept.payments.find_many(sorted(names))


def _payment_ids(stay: Stay) -> tuple[str, ...]:
    mine = (pay_id(stay.assignment, stay.worker, stay.epoch),)
    # The reward is the assignment's, and stands with the stay that handed it in.
    return mine if stay.submitted_ms is None else (work_id(stay.assignment, stay.worker), *mine)


def _is_answer(stay: Stay) -> bool:
    return stay.home is not None and is_own_id(stay.home)


def _stay_of(ledger: Ledger, claim: Claim, seat: Seat | None, work: Submission | None) -> Stay:
    """Make a stay of what a call tells of it."""
    return Stay(
        worker=claim.worker,
        assignment=claim.assignment,
        epoch=int(claim.seat_id.rpartition(".")[2]),
        proto=ledger.proto if seat is None else seat.proto,
        hit=seat.hit if seat is not None else "" if work is None else work.hit,
        market="",
        began_ms=claim.at_ms,
        arrived_ms=0 if seat is None else seat.arrived_ms,
        home=None if work is None else work.home,
        work_of=ledger.proto,
        submitted_ms=None if work is None else work.submitted_ms,
    )


_SETTLED = {
    SeatState.DONE: StayState.SUBMITTED,
    SeatState.PAID: StayState.APPROVED,
    SeatState.REFUSED: StayState.REJECTED,
}


def _state(
    stay: Stay, seat: Seat | None, claim: Claim | None, work: Submission | None, now_ms: int
) -> StayState:
    if work is not None:
        return _SETTLED[work.state]
    if stay.submitted_ms is not None or (seat is not None and seat.closed is Closed.SUBMITTED):
        return StayState.SUBMITTED
    if seat is not None and seat.closed is Closed.RETURNED:
        return StayState.RETURNED
    if seat is None or not is_present(seat, now_ms):
        return StayState.LEFT
    if claim is None:
        return StayState.WAITING
    return StayState.CALLED if claim.ack_ms is None else StayState.WORKING


def _waited(stay: Stay, seat: Seat | None) -> int | None:
    if stay.waited_ms is not None or seat is None:
        return stay.waited_ms
    until = seat.seen_ms if seat.called_ms is None else seat.called_ms
    return max(0, min(until, seat.waits_until_ms) - seat.waits_from_ms)
