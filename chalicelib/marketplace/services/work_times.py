"""How long work of each type takes: noted when it is submitted, told before it is accepted."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import work_times
from chalicelib.marketplace.domain.work_times import KEPT

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.assignments import Assignment
    from chalicelib.marketplace.domain.work_times import Pace, WorkTimeStore

# Once enough is known, one time in so long will do: what is kept then spans over an hour, and
# however many submit, the item stays cool.
_PAUSE_MS = 150_000

_log = logging.getLogger("retainer.marketplace.work_times")


class WorkTimes:
    def __init__(self, store: WorkTimeStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def note(self, assignment: Assignment) -> None:
        """Remember how long it took. One small read and one small write, or nothing.

        Never fails: a figure is not worth a submission. Of two at the same moment one is noted.
        """
        if assignment.submit_ms is None:
            return
        took_s = max(0, assignment.submit_ms - assignment.accept_ms) // 1000
        now_ms = self._clock.now_ms()
        try:
            before = self._store.find(assignment.hit_type_id)
            if before and len(before.seconds) >= KEPT and now_ms - before.at_ms < _PAUSE_MS:
                return
            times = work_times.with_one_more(before, took_s, now_ms)
            self._store.save(assignment.hit_type_id, times, before)
        except Exception:
            _log.warning("a work time was not noted", exc_info=True)

    def of(self, hit_type_ids: Sequence[str]) -> dict[str, Pace]:
        """What is known of these types; those of which too little is are not there."""
        found = self._store.find_many(hit_type_ids) if hit_type_ids else {}
        paces = {type_id: work_times.pace(times) for type_id, times in found.items()}
        return {type_id: pace for type_id, pace in paces.items() if pace is not None}
