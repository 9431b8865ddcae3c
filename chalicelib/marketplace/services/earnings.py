"""What a worker has earned: totals, and the latest assignments with what became of them."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.marketplace.domain.assignments import Assignment
from chalicelib.marketplace.domain.people import Worker
from chalicelib.marketplace.domain.ports import AssignmentStore, HitStore, WorkerStore
from chalicelib.marketplace.services.lifecycle import Lifecycle

_RECENT = 50


@dataclass(frozen=True, slots=True)
class Done:
    assignment: Assignment
    title: str


@dataclass(frozen=True, slots=True)
class Statement:
    worker: Worker
    recent: list[Done]


class Earnings:
    def __init__(
        self,
        hits: HitStore,
        assignments: AssignmentStore,
        workers: WorkerStore,
        lifecycle: Lifecycle,
    ) -> None:
        self._hits = hits
        self._assignments = assignments
        self._workers = workers
        self._lifecycle = lifecycle

    def statement(self, worker: Worker) -> Statement:
        """Return it as of now, with approvals that fell due; the newest first."""
        recent = []
        for assignment in self._assignments.recent_of_worker(worker.worker_id, _RECENT):
            if assignment.assignment_id in worker.queue:  # cut short after it was submitted
                self._lifecycle.finish_submission(assignment)
            recent.append(self._lifecycle.current(assignment))
        fresh = self._workers.find_worker(worker.worker_id) or worker
        return Statement(fresh, [Done(a, self._title(a)) for a in recent])

    def _title(self, assignment: Assignment) -> str:
        hit_type = self._hits.find_hit_type(assignment.hit_type_id)
        return hit_type.title if hit_type else ""
