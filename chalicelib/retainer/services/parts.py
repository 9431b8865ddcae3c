"""Who took part in what, and who is kept out because of it: at the market and at the door.

The market keeps people out by a qualification that they are given once they took part, so that they
do not even see a HIT that excludes it. That takes up to a minute, and whoever has accepted before
is here already: so the door asks as well, and once more before a call. They may hand in at once and
are paid the reward; they are never called.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalicelib.kit import invocation
from chalicelib.retainer.domain.market import MarketError, MarketUnavailable
from chalicelib.retainer.domain.people import Part
from chalicelib.retainer.domain.seats import Closed, is_present
from chalicelib.retainer.services.trouble import OTHERS_LEAVE_MS

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.market import Market
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.pseudonyms import Pseudonyms
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.stores import Stores

LATEST = 20
"""How many of a worker's stays are looked at for a call that is not on record as a part yet."""

SWEEP_EVERY_MS = 3_600_000
"""A seat is kept for a day after its deadline; what it tells is recorded long before."""

GRANTS_A_RUN = 100

log = logging.getLogger("retainer.parts")


class Parts:
    def __init__(
        self,
        stores: Stores,
        markets: Mapping[str, Market],
        pseudonyms: Pseudonyms,
        clock: Clock,
    ) -> None:
        self._people = stores.people
        self._seats = stores.seats
        self._ledgers = stores.ledgers
        self._protos = stores.protos
        self._notes = stores.notes
        self._markets = markets
        self._pseudonyms = pseudonyms
        self._clock = clock

    def note(self, proto: str, worker: str, assignment: str, market: str) -> None:
        """Record that a worker took part, once: 2 units with the index, 1 if it is on record."""
        now = self._clock.now_ms()
        self._people.take_part(
            Part(self._pseudonyms.mark(worker), proto, worker, assignment, market, now)
        )

    def keeps_out(self, proto: ProtoHit, worker: str, assignment: str) -> bool:
        """Whether a worker took part in what a ProtoHIT excludes, with another assignment.

        Nothing is read where nothing is excluded; else the parts, and up to 20 of their seats and
        calls, since a call that was answered a moment ago is on record as a part only later.
        """
        if not proto.exclude:
            return False
        parts = self._people.parts(self._pseudonyms.mark(worker), proto.exclude)
        if any(part.assignment != assignment for part in parts):
            return True
        stays, _ = self._people.stays(worker, None, LATEST, consistent=True)
        others = [
            (s.proto, s.seat_id)
            for s in stays
            if s.submitted_ms is None and s.assignment != assignment
        ]
        called = [
            seat
            for seat in self._seats.get_many(others, consistent=True)
            if seat.worker == worker and seat.reservation is not None
        ]
        return any(self._answered(seat) in proto.exclude for seat in called)

    def bars(self, seat: Seat) -> bool:
        """The same for somebody who waits, before they are called."""
        proto = self._protos.find(seat.proto)
        return proto is not None and self.keeps_out(proto, seat.worker, seat.assignment)

    def _answered(self, seat: Seat) -> str | None:
        """Return whose call a seat's worker has answered."""
        ledger = None if seat.reservation is None else self._ledgers.get(seat.reservation)
        claim = None if ledger is None else ledger.holds(seat.worker, seat.seat_id)
        return None if ledger is None or claim is None or claim.ack_ms is None else ledger.proto

    def run(self) -> int:
        """Record who answered a call and never handed in, and give the market what keeps people
        out; return how many were given it."""
        protos = self._protos.list()
        now = self._clock.now_ms()
        for proto in protos:
            if self._notes.hint_due(f"parts#{proto.hit_type_id}", now, SWEEP_EVERY_MS):
                self._sweep(proto.hit_type_id, now)
        given = 0
        away: set[str] = set()
        for excluded in sorted({name for proto in protos for name in proto.exclude}):
            given += self._grant(excluded, away)
        return given

    def _sweep(self, proto: str, now: int) -> None:
        for seat in self._seats.list(proto):
            is_over = seat.closed is not None or not is_present(seat, now)
            if not is_over or seat.closed is Closed.SUBMITTED or seat.reservation is None:
                continue
            work_of = self._answered(seat)
            if work_of is not None:
                stays, _ = self._people.stays(seat.worker, None, LATEST)
                market = next((s.market for s in stays if s.seat_id == seat.seat_id), "")
                self.note(work_of, seat.worker, seat.assignment, market)

    def _grant(self, proto: str, away: set[str]) -> int:
        """Give the qualification to those who lack it; again, if a run died in between. Markets
        that do not answer come into `away`."""
        given = 0
        for part in self._people.ungranted(proto, GRANTS_A_RUN):
            market = self._markets.get(part.market)
            if part.market in away:
                continue
            if not invocation.is_time_for(OTHERS_LEAVE_MS):
                return given
            try:
                if market is not None and market.caps().private_postings:
                    market.note_part(part.worker, proto)
                    given += 1
            except MarketUnavailable as error:
                log.warning("market away", extra={"hitType": proto, "why": str(error)})
                away.add(part.market)
                continue
            except MarketError as error:
                # Somebody whom the market does not know; the door keeps them out.
                log.error("not given", extra={"hitType": proto, "why": str(error)})
            self._people.granted(part)
        return given
