"""What becomes of calls, told to whoever wants to know: log lines, figures, the pool's measures."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from chalicelib.kit import logs
from chalicelib.kit.metrics import Metric
from chalicelib.retainer.domain.responses import QUICK_MS

if TYPE_CHECKING:
    from chalicelib.kit.metrics import Metrics
    from chalicelib.retainer.domain.ports import SeatStore
    from chalicelib.retainer.domain.reservations import Claim, Ledger
    from chalicelib.retainer.domain.seats import Seat
    from chalicelib.retainer.services.measuring import Measuring

log = logging.getLogger("retainer.dispatch")


class CallRecords:
    """Nothing is told of a poll that finds nothing."""

    def __init__(self, seats: SeatStore, measuring: Measuring, metrics: Metrics) -> None:
        self._seats = seats
        self._measuring = measuring
        self._metrics = metrics

    def called(self, seat: Seat, ledger: Ledger) -> None:
        """A slot was claimed for a seat."""
        logs.note(reservation=ledger.id)
        log.info("called", extra=_of(seat, ledger.proto))
        self._metrics.count(Metric.CLAIMS)

    def lost(self, seat: Seat, reservation: str) -> None:
        """A claim came too late: the slots had gone to others between look and try."""
        with logs.about(reservation=reservation):
            log.info("claim lost", extra=_of(seat, seat.proto))
            self._metrics.count(Metric.CLAIMS_LOST)

    def shown(self, seat: Seat, ledger: Ledger, before: Claim) -> None:
        """A page has a task, or its worker has answered. Workers who came only after the invoke are
        no part of the latency: their time is recruitment."""
        now = ledger.holds(seat.worker, seat.seat_id)
        logs.note(reservation=ledger.id)
        if now is None or now.had_ms is None or ledger.invoked_ms is None:
            return
        if before.ack_ms is None and now.acknowledged_ms is not None:
            took = now.acknowledged_ms - now.had_ms
            log.info("acknowledged", extra={**_of(seat, ledger.proto), "afterMs": took})
        if before.shown_ms is None:
            latency = now.had_ms - ledger.invoked_ms
            log.info("shown", extra={**_of(seat, ledger.proto), "afterMs": latency})
            if seat.began_ms <= ledger.invoked_ms:
                self._metrics.count(Metric.DISPATCH_LATENCY, latency)

    def released(self, ledger: Ledger, old: Claim, seat: Seat | None = None) -> Seat | None:
        """Nobody answered a call in time, and its slot is free or has gone to the next worker.
        Return whose call it was. For the pool's measures one write, and one read unless the `seat`
        is given, and seldom."""
        extra = {"hitType": ledger.proto, "worker": old.worker, "assignment": old.assignment}
        with logs.about(reservation=ledger.id):
            log.info("released", extra=extra)
            self._metrics.count(Metric.RELEASES)
        seat = seat or self._seats.get(ledger.proto, old.seat_id)
        if seat is None and (place := self._seats.find_assignment(old.assignment)) is not None:
            # A worker who took another ProtoHIT's HIT.
            seat = self._seats.get(place.proto, old.seat_id)
        if seat is not None:
            self._measuring.answered(ledger.proto, old.at_ms - seat.began_ms, None)
        return seat

    def gone(self, ledger: Ledger, old: Claim) -> None:
        """Somebody was at work, and has lost the slot: their assignment is over, or they took too
        long."""
        with logs.about(reservation=ledger.id):
            log.info("gone", extra={"hitType": ledger.proto, "worker": old.worker,
                                    "assignment": old.assignment})  # fmt: skip
            self._metrics.count(Metric.RELEASES)

    def taken_over(self, ledger: Ledger, old: Claim) -> None:
        """Somebody whom the market signed for has the slot of somebody whom it did not."""
        with logs.about(reservation=ledger.id):
            log.info("taken over", extra={"hitType": ledger.proto, "worker": old.worker,
                                          "assignment": old.assignment})  # fmt: skip

    def given_back(self, seat: Seat, ledger: Ledger, claim: Claim, now_ms: int) -> None:
        """A surplus worker goes back into the pool; who had been slow counts as not answering."""
        if now_ms - claim.at_ms > QUICK_MS:
            self._measuring.answered(ledger.proto, claim.at_ms - seat.began_ms, None)


def _of(seat: Seat, hit_type: str) -> dict[str, str]:
    return {
        "hitType": hit_type,
        "worker": seat.worker,
        "assignment": seat.assignment,
        "hit": seat.hit,
    }
