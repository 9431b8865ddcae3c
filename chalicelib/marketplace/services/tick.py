"""The scheduled run: what the passing of time does to HITs and assignments nobody looks at.

Readers settle what they see, so that an answer never shows that this run is late; it sees to the
rest, and to what a crash left half done. It may be repeated and run beside itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.kit.steps import attempt
from chalicelib.marketplace.domain.assignments import VISIBLE, AssignmentStatus

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.assignments import Assignment
    from chalicelib.marketplace.domain.ports import TimerStore
    from chalicelib.marketplace.services.lifecycle import Lifecycle
    from chalicelib.marketplace.services.notifications import Notifications
    from chalicelib.marketplace.stores import Stores

# Of each kind and part of an index, in one run.
_MOST = 100
# Half of what the function may take; the other half is for sending.
_RUN_MS = 25_000
# Comes last, and has no hurry.
_CLEARING_MS = 5_000
_MOST_ROUNDS = 1_000
# How long something is left alone that could not be settled, so that it holds up nothing else.
_POSTPONED_MS = 300_000

_log = logging.getLogger("retainer.marketplace.tick")


class Tick:
    def __init__(
        self,
        stores: Stores,
        timers: TimerStore,
        lifecycle: Lifecycle,
        notifications: Notifications,
        clock: Clock,
    ) -> None:
        self._timers = timers
        self._hits = stores.hits
        self._assignments = stores.assignments
        self._lifecycle = lifecycle
        self._notifications = notifications
        self._clock = clock

    def run(self) -> dict[str, int]:
        """Settle what is due, then send what is to be told; returns the counts."""
        end = self._clock.now_ms() + _RUN_MS
        done = {
            "assignments": attempt("assignments", partial(self._assignments_due, end), 0),
            "hits": attempt("HITs", partial(self._hits_due, end), 0),
            "notifications": attempt("notifications", self._notifications.deliver, 0),
            "answers": attempt("answers of disposed HITs", self._clear_answers, 0),
        }
        _log.info("tick", extra=dict(done))
        return done

    def send(self) -> int:
        """Only send what is to be told; returns how much it was."""
        return self._notifications.deliver()

    def settle_all(self) -> None:
        """Settle until nothing is due any more; for commands, which have the time."""
        for _ in range(_MOST_ROUNDS):
            end = self._clock.now_ms() + _RUN_MS
            if not self._assignments_due(end) + self._hits_due(end):
                return

    def count_due(self) -> int:
        """Return how much is due, at most a few, and settle nothing."""
        now_ms = self._clock.now_ms()
        assignments = self._timers.due_assignments(now_ms, 1)
        return len(assignments) + len(self._timers.due_hits(now_ms, 1))

    def _assignments_due(self, end: int) -> int:
        done = 0
        for hit_id, worker_id in self._timers.due_assignments(self._clock.now_ms(), _MOST):
            if self._clock.now_ms() < end:
                done += self._safely(
                    f"{hit_id}/{worker_id}",
                    partial(self._assignment, hit_id, worker_id),
                    partial(self._postpone, hit_id, worker_id),
                )
        return done

    def _hits_due(self, end: int) -> int:
        done = 0
        for hit_id in self._timers.due_hits(self._clock.now_ms(), _MOST):
            if self._clock.now_ms() < end:
                later = self._clock.now_ms() + _POSTPONED_MS
                done += self._safely(
                    hit_id,
                    partial(self._hit, hit_id),
                    partial(self._timers.postpone_hit, hit_id, later),
                )
        return done

    def _clear_answers(self) -> int:
        """Delete what people answered to HITs that are disposed of: nobody can read it any more."""
        end = self._clock.now_ms() + _CLEARING_MS
        done = 0
        for hit_id in self._timers.disposed_hits(_MOST):
            while self._clock.now_ms() < end:
                found = self._timers.clear_answers(hit_id, _MOST)
                done += found
                if found < _MOST:
                    self._timers.end_clearing(hit_id)
                    break
        return done

    def _hit(self, hit_id: str) -> None:
        found = self._hits.find_hit(hit_id)
        if found is None:
            return
        hit = self._lifecycle.settled(found)
        now_ms = self._clock.now_ms()
        if not hit.deleted and hit.timer_ms <= now_ms:
            self._hits.note_end(hit, now_ms)

    def _assignment(self, hit_id: str, worker_id: str) -> None:
        found = self._assignments.find(hit_id, worker_id)
        if found is None or found.is_held(self._clock.now_ms()):
            return
        hit = self._hits.find_hit(hit_id)
        slot = hit.pending.get(worker_id) if hit else None
        if slot is not None and slot.assignment_id == found.assignment_id:
            self._lifecycle.settle_slot(hit_id, worker_id, slot)
        elif found.status not in VISIBLE:
            # It held no slot, or gave it back: the worker's queue may still name it.
            self._lifecycle.finish_return(found)
        current = self._lifecycle.current(self._assignments.find(hit_id, worker_id) or found)
        waits = current.status is AssignmentStatus.SUBMITTED
        self._timers.set_timer(current, current.auto_approval_ms if waits else None)

    def _postpone(self, hit_id: str, worker_id: str) -> None:
        found: Assignment | None = self._assignments.find(hit_id, worker_id)
        if found is not None:
            self._timers.set_timer(found, self._clock.now_ms() + _POSTPONED_MS)

    def _safely(self, what: str, settle: Callable[[], None], postpone: Callable[[], None]) -> int:
        """Settle one thing; what cannot be settled is logged, put off, and holds up no other."""
        try:
            settle()
        except Exception:
            _log.exception("not settled", extra={"what": what})
            postpone()
            return 0
        return 1
