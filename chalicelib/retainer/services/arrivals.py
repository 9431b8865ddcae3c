"""Arrivals: the first `waiting` ping of a page takes a seat, later ones keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.mturk.frame import PREVIEW_ASSIGNMENT_ID
from chalicelib.retainer.domain.errors import BadInput, Conflict, NotAllowed, NotFound, SlowDown
from chalicelib.retainer.domain.market import Arrival
from chalicelib.retainer.domain.pacing import FASTEST_MS, Pace
from chalicelib.retainer.domain.people import TookPart
from chalicelib.retainer.domain.ports import (
    AssignmentSeat,
)
from chalicelib.retainer.domain.reports import NOTHING_TOLD
from chalicelib.retainer.domain.reservations import Lost
from chalicelib.retainer.domain.seats import (
    LOADS_MOST,
    Closed,
    Seat,
    heartbeat_ms,
    is_present,
    presence_ms,
)
from chalicelib.retainer.services.proof import proof_needed
from chalicelib.retainer.services.seating import PageState, is_noted, journal_of, release

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.market import Market
    from chalicelib.retainer.domain.postings import Posting
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.reports import Report
    from chalicelib.retainer.services.attendance import Attendance
    from chalicelib.retainer.services.parts import Parts
    from chalicelib.retainer.services.seating import Seating
    from chalicelib.retainer.services.stays import Stays
    from chalicelib.retainer.services.turns import Turns
    from chalicelib.retainer.services.wait_pay import WaitPay
    from chalicelib.retainer.stores import Stores

DAY_MS = 86_400_000


ARRIVALS_PER_SEAT = 10
"""Unsigned arrivals that one HIT may see for each of its seats, returns and reloads included."""


class Arrivals:
    def __init__(
        self,
        stores: Stores,
        markets: Mapping[str, Market],
        seating: Seating,
        stays: Stays,
        parts: Parts,
        attendance: Attendance,
        wait_pay: WaitPay,
        turns: Turns,
        clock: Clock,
    ) -> None:
        self._seats = stores.seats
        self._ledgers = stores.ledgers
        self._postings = stores.postings
        self._protohits = stores.protos
        self._markets = markets
        self._seating = seating
        self._stays = stays
        self._parts = parts
        self._attendance = attendance
        self._wait_pay = wait_pay
        self._turns = turns
        self._clock = clock

    def waiting(
        self, worker: str, assignment: str, hit: str, key: str | None, signature: str, acks: bool,
        leaving: bool = False, told: Report = NOTHING_TOLD,
    ) -> PageState:  # fmt: skip
        """Seat a worker, or keep the seat that they have: at most one write a heartbeat.

        `leaving`: the page is submitting, so this is the moment up to which the wait is paid.

        A first arrival costs five writes (assignment, stay, seat, pool row, whose turn it is of
        this worker's seats), one more where waiting is paid (what the worker earns), a worker's
        very first one more. Refused, with nothing written: a preview, a HIT never posted, a wrong
        signature, a second worker for an assignment whose seat is fresh.
        """
        if assignment == PREVIEW_ASSIGNMENT_ID:
            raise BadInput("This is a preview; accept the HIT first.", "preview")
        now = self._clock.now_ms()
        if key:
            seat = self._seating.find(assignment, key, worker)
            if seat is not None:
                if self._seating.is_older_page(seat, key) and not leaving:
                    return PageState(now, seat, key, stepped_back=True)
                seat = self._keep(seat, acks, now, leaving, told)
                return replace(self._state(seat, now, key), noted=is_noted(seat, told, now))
        posting = self._postings.by_hit(hit)
        proto = None if posting is None else self._protohits.find(posting.proto)
        if posting is None or proto is None:
            raise NotFound("No such HIT was posted by Retainer.", "unknown_hit")
        proto = posting.promised(proto)
        arrival = self._recognise(posting, worker, assignment, hit, signature, now)
        for _ in range(3):
            seat = self._take_seat(posting, proto, arrival, acks, now, told)
            if seat is not None:
                return self._state(seat, now)
        raise Conflict("Somebody else is just taking this seat.", "seat_taken")

    def check_in(self, state: PageState) -> PageState:
        """Record that the worker of a page has answered a presence check: one write, where their
        ProtoHIT has such checks."""
        if state.seat is None or state.stepped_back:
            return state
        return replace(state, seat=self._seats.check_in(state.seat, state.now_ms))

    def _state(self, seat: Seat, now: int, key: str | None = None) -> PageState:
        state = PageState(now, seat, self._seating.key_of(seat, key))
        if seat.reservation is None or seat.closed is not None:
            return state
        # Loaded again while called, or at work: the next poll has the task, so it comes at once.
        return replace(state, pace=Pace(FASTEST_MS, next_ms=0))

    def _recognise(
        self, posting: Posting, worker: str, assignment: str, hit: str, signature: str, now: int
    ) -> Arrival:
        market = self._markets.get(posting.market)
        if market is None:
            raise NotFound(f"The market {posting.market} is not configured.", "unknown_market")
        arrival = Arrival(hit, assignment, worker, verified=False)
        known = market.recognise(arrival, signature, now)
        if known is None:
            raise NotAllowed("The market did not sign this arrival.", "not_verified")
        return known

    def _take_seat(
        self, posting: Posting, proto: ProtoHit, arrival: Arrival, acks: bool, now: int,
        told: Report,
    ) -> Seat | None:  # fmt: skip
        """Return the seat of this arrival; None if somebody else was quicker and it is unclear."""
        place = self._seats.find_assignment(arrival.assignment, consistent=True)
        old: Seat | None = None
        if place is not None:
            old = self._seats.get(place.proto, f"{place.assignment}.{place.epoch}", consistent=True)
            elsewhere = place.hit != arrival.posting
            if elsewhere and not self._outranks(arrival, old):
                raise Conflict("This assignment belongs to another HIT.", "seat_taken")
            if place.worker == arrival.worker and not elsewhere:
                if old is None:
                    self._check_signed(posting, proto, arrival)
                    return self._sit(posting, proto, place, arrival, acks, now, told)
                if old.closed is None and _is_later_stay(arrival, old):
                    # Returned and accepted again: what the market tells of the return, and when,
                    # must make no difference.
                    self._seats.close(old, Closed.RETURNED, now)
                    old = self._seats.get(old.proto, old.seat_id, consistent=True) or old
                if old.closed is Closed.RETURNED and _is_earlier_stay(arrival, old):
                    # Loaded again: nobody could hand in there what they were called for.
                    return old
                is_there = old.closed in {None, Closed.SUBMITTED}
                if is_there and old.verified and not arrival.verified:
                    raise proof_needed()
                if is_there and not (old.closed is None and self._outranks(arrival, old)):
                    if told.load not in {"", old.load} and old.loads < LOADS_MOST:
                        old = self._seats.load(old, told.load, told.version) or old
                    return self._keep(old, acks, now)
            elif old is not None and old.closed is None and not self._may_take(old, arrival, now):
                self._check_signed(posting, proto, arrival)
                raise Conflict("Another worker waits with this assignment.", "seat_taken")
        # Whoever is refused from here on must find nothing changed, an old seat least of all.
        self._check_signed(posting, proto, arrival)
        epoch = 1 if place is None else place.epoch + 1
        new = AssignmentSeat(arrival.assignment, proto.hit_type_id, epoch, arrival.worker,
                             arrival.posting)  # fmt: skip
        if not arrival.verified:
            self._make_room(posting, arrival, f"{arrival.assignment}.{epoch}", now)
        if old is not None:
            self._vacate(old, now)
        after = None if place is None else place.epoch
        if not self._seats.assign(new, after, _keep_until_ms(proto, arrival, now)):
            return None
        return self._sit(posting, proto, new, arrival, acks, now, told)

    def _check_signed(self, posting: Posting, proto: ProtoHit, arrival: Arrival) -> None:
        """By the market that the HIT is at, whichever one the ProtoHIT posts to by now."""
        signs = self._markets[posting.market].caps().signed_entry
        if not arrival.verified and not proto.lets_in_unsigned(signs):
            raise NotAllowed("Only arrivals that the market signed may wait here.", "not_verified")

    def _outranks(self, arrival: Arrival, seat: Seat | None) -> bool:
        return arrival.verified and (seat is None or not seat.verified)

    def _may_take(self, seat: Seat, arrival: Arrival, now: int) -> bool:
        """A stale seat may be taken over, one that was signed for only by who is, too; so may one
        that nobody signed for, by one who is."""
        may_be = arrival.verified or not seat.verified
        return (may_be and not is_present(seat, now)) or self._outranks(arrival, seat)

    def _vacate(self, seat: Seat, now: int) -> None:
        """Close an old epoch's seat and release its claim; safe to do again."""
        if seat.closed is None:
            self._seats.close(seat, Closed.SUPERSEDED, now, if_seen_ms=seat.seen_ms)
            seat = self._seats.get(seat.proto, seat.seat_id, consistent=True) or seat
            if seat.closed is None:
                raise Conflict("Another worker waits with this assignment.", "seat_taken")
        if seat.reservation is not None:
            release(self._ledgers, seat.reservation, seat, now, Lost.GONE)

    def _make_room(self, posting: Posting, arrival: Arrival, seat_id: str, now: int) -> None:
        """Count an unsigned arrival against the HIT's seats: at most that many are present, and
        one of each worker."""
        if posting.arrivals >= ARRIVALS_PER_SEAT * posting.seats:
            raise SlowDown("Too many arrivals at this HIT.", retry_after_s=60)
        mine = posting.holders.get(arrival.worker)
        if mine not in {None, seat_id} and self._is_here(posting, mine, now):
            raise Conflict("This worker waits at this HIT already.", "seat_taken")
        instead_of = None if mine is None else arrival.worker
        if self._postings.seat_unverified(posting, arrival.worker, seat_id, instead_of):
            return
        for worker, held in posting.holders.items():
            gone = worker != arrival.worker and not self._is_here(posting, held, now)
            if gone and self._postings.seat_unverified(posting, arrival.worker, seat_id, worker):
                return
        raise Conflict("All seats of this HIT are taken.", "hit_full")

    def _is_here(self, posting: Posting, seat_id: str | None, now: int) -> bool:
        seat = self._seats.get(posting.proto, seat_id or "?", consistent=True)
        return seat is not None and is_present(seat, now)

    def _sit(
        self, posting: Posting, proto: ProtoHit, place: AssignmentSeat, arrival: Arrival,
        acks: bool, now: int, told: Report,
    ) -> Seat:  # fmt: skip
        wanted = Seat(
            proto=posting.proto,
            assignment=place.assignment,
            epoch=place.epoch,
            worker=place.worker,
            hit=place.hit,
            arrived_ms=now,
            seen_ms=now,
            # From acceptance on, where the market tells it: who opens the page late must still
            # be able to finish before the assignment's own deadline.
            waits_until_ms=(arrival.accepted_ms or now) + proto.max_wait * 1000,
            verified=arrival.verified,
            acks=acks,
        )
        # Acceptance counts as the first heartbeat: who opens the page late is not paid for that.
        accepted = min(arrival.accepted_ms or now, now)
        wanted = replace(
            wanted,
            base_ms=max(accepted, now - presence_ms()),
            due_ms=accepted + proto.assignment_duration * 1000,
            terms=posting.terms,
            pool=proto.pool_id if proto.pool else None,
            accepted=posting.conditions,
            accepted_ms=arrival.accepted_ms if arrival.verified else None,
            page=told.version,
            load=told.load,
            check_ms=proto.check_every * 1000 or None,
        )
        if proto.exclude:
            wanted = replace(wanted, guarded=True)
            if self._parts.keeps_out(proto, arrival.worker, place.assignment):
                # They have accepted already: they may hand in at once, and are paid the reward.
                wanted = replace(wanted, excluded=True, waits_until_ms=now)
        rests_until = self._attendance.rests_until_ms(place.worker, arrival.verified, now)
        if rests_until is not None:
            wanted = replace(wanted, rests_until_ms=rests_until, waits_until_ms=now)
        if proto.took_part == TookPart.ARRIVED and not wanted.excluded:
            self._parts.note(proto.hit_type_id, place.worker, place.assignment, posting.market)
        self._stays.arrived(wanted, posting)
        ahead = None if wanted.waits_until_ms <= now else self._turns.take(wanted, now)
        if ahead is None:
            wanted = self._wait_pay.settle_rate(wanted, now)
        else:
            wanted = replace(wanted, behind=ahead.to_text(), queued_ms=now, base_ms=now)
        seat = self._seats.create(wanted, _keep_until_ms(proto, arrival, now))
        if seat == wanted and ahead is None:
            self._ledgers.add_arrival(proto.pool_id, arrival.verified)
        return seat

    def _keep(
        self, seat: Seat, acks: bool, now: int, leaving: bool = False, told: Report = NOTHING_TOLD
    ) -> Seat:
        news = leaving or (acks and not seat.acks)
        if seat.closed is not None or (now - seat.seen_ms < heartbeat_ms(0) and not news):
            return seat
        # Of a large pool they are farther apart, and vouch for longer.
        pool = self._ledgers.get_pool(seat.pool_id)
        waiting = 0 if pool is None else max(0, pool.waiting)
        if now - seat.seen_ms < heartbeat_ms(waiting) and not news:
            return seat
        kept = self._seats.heartbeat(seat, now, acks, waiting, journal_of(seat, told, now))
        if kept is None:
            kept = self._seats.get(seat.proto, seat.seat_id, consistent=True)
        return kept or replace(seat, closed=Closed.SUPERSEDED)


def _is_later_stay(arrival: Arrival, seat: Seat) -> bool:
    """Whether the market signed that the worker accepted this assignment after the seat's stay."""
    return (
        arrival.verified
        and arrival.accepted_ms is not None
        and seat.accepted_ms is not None
        and arrival.accepted_ms > seat.accepted_ms
    )


def _is_earlier_stay(arrival: Arrival, seat: Seat) -> bool:
    """Whether the market signed for the seat's very stay, or one before it."""
    return (
        arrival.verified
        and arrival.accepted_ms is not None
        and seat.accepted_ms is not None
        and arrival.accepted_ms <= seat.accepted_ms
    )


def _keep_until_ms(proto: ProtoHit, arrival: Arrival, now: int) -> int:
    """Return until when a seat's records are needed: its review, a day after the deadline."""
    return (arrival.accepted_ms or now) + proto.assignment_duration * 1000 + DAY_MS
