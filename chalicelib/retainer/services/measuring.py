"""What pools measure: events left by those who see them, gathered by the sizing run.

An event costs its giver one write, and is never in the way: one that cannot be kept is only logged.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.retainer.domain import measures
from chalicelib.retainer.domain.measures import Call, Response
from chalicelib.retainer.domain.responses import QUICK_MS

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.measures import Estimates, Measures
    from chalicelib.retainer.domain.ports import NoteStore
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.domain.seats import Seat

log = logging.getLogger("retainer.measuring")


@dataclass(frozen=True, slots=True)
class Gathered:
    """Measures up to now, and how many events they were gathered from."""

    measures: Measures
    events: int


class Measuring:
    def __init__(self, notes: NoteStore, clock: Clock) -> None:
        self._notes = notes
        self._clock = clock

    def called(self, proto: str, size: int) -> None:
        """Note an invoke that nobody had announced."""
        self._add(proto, Call(self._clock.now_ms(), size))

    def answered(self, proto: str, waited_ms: int, response_ms: int | None) -> None:
        """Note how a worker took a call: after so long, or not in time (None)."""
        quick = response_ms is not None and response_ms <= QUICK_MS
        self._add(proto, Response(self._clock.now_ms(), max(0, waited_ms), quick))

    def gather(self, proto: ProtoHit, seats: Sequence[Seat], now_ms: int) -> Gathered:
        """Return the measures with all that has happened since; `keep` makes them last."""
        before = self._notes.get_measures(proto.hit_type_id)
        events = self._notes.events(proto.hit_type_id)
        return Gathered(measures.observe(before, now_ms, seats, events), len(events))

    def keep(self, proto: ProtoHit, gathered: Gathered, open_seats: int, calm: int = 0) -> None:
        """Keep what was gathered, with the seats that are out from now on and those kept for
        independent calls, and clear its events.

        A run that dies in between is made good by the next: what was counted is passed over.
        """
        found = measures.sized(gathered.measures, open_seats, calm)
        self._notes.put_measures(proto.hit_type_id, found)
        self._notes.forget_events(proto.hit_type_id, gathered.events)

    def estimates(self, proto: ProtoHit, found: Measures) -> Estimates:
        return measures.estimate(
            found, self._clock.now_ms(), proto.ready_for, proto.max_wait * 1000
        )

    def share_answering(
        self, proto: ProtoHit, waits: Sequence[int] = (), found: Measures | None = None
    ) -> float:
        """Return the share of called workers who answer within two seconds, as far as is known: of
        those who wait, so many of each length; else of all calls so far, or of workers who have
        waited half the longest wait. One read, unless the measures are given."""
        known = (found or self.of(proto)).responses
        return known.expected(waits, proto.max_wait * 500)

    def of(self, proto: ProtoHit) -> Measures:
        return self._notes.get_measures(proto.hit_type_id)

    def _add(self, proto: str, event: Call | Response) -> None:
        try:
            self._notes.add_event(proto, event)
        except StoreUnavailable as error:
            log.warning("not measured", extra={"hitType": proto, "why": str(error)})
