"""What a worker has submitted and earned, from their own records, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import earned

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.assignments import Assignment, AssignmentStatus
    from chalicelib.marketplace.domain.contact import Bonus
    from chalicelib.marketplace.domain.earned import Hourly, Paid, WorkerPayStore
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.services.lifecycle import Lifecycle
    from chalicelib.marketplace.stores import Stores

PAGE = 20
_RECENT = 50
# How far one request looks for what fits; the cursor goes on from there.
_MOST_LOOKED_AT = 200
# Payments added up for a period.
_MOST_ADDED = 2_000
_BONUSES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Done:
    assignment: Assignment
    title: str
    requester: str = ""
    bonuses: Sequence[Bonus] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    worker: Worker
    recent: list[Done]
    hourly: Hourly | None


@dataclass(frozen=True, slots=True)
class Given:
    """A bonus and what it was for."""

    paid: Paid
    title: str
    requester: str


class Earnings:
    def __init__(
        self,
        stores: Stores,
        lifecycle: Lifecycle,
        pay: WorkerPayStore,
    ) -> None:
        self._hits = stores.hits
        self._assignments = stores.assignments
        self._workers = stores.workers
        self._lifecycle = lifecycle
        self._pay = pay
        self._bonuses = stores.bonuses

    def statement(self, worker: Worker) -> Statement:
        """Return it as of now, with approvals that fell due; the newest first."""
        recent = []
        for assignment in self._assignments.recent_of_worker(worker.worker_id, _RECENT):
            if assignment.assignment_id in worker.queue:  # cut short after it was submitted
                self._lifecycle.finish_submission(assignment)
            recent.append(self._lifecycle.current(assignment))
        fresh = self._workers.find_worker(worker.worker_id) or worker
        return Statement(fresh, [self._done(a) for a in recent], earned.hourly(recent))

    def since(self, worker: Worker, moments_ms: Sequence[int]) -> list[int]:
        """Cents paid since each of these moments. Reads no further back than the first of them.

        What it reads is bounded: of more payments than that, the latest are added up.
        """
        page = self._pay.paid(worker.worker_id, min(moments_ms), None, _MOST_ADDED)
        return [sum(p.cents for _, p in page if p.at_ms >= at_ms) for at_ms in moments_ms]

    def submitted(
        self, worker: Worker, status: AssignmentStatus | None, before: Position | None
    ) -> tuple[list[Done], Position | None]:
        """A page of what the worker submitted, the newest first, and where the next one begins.

        With a status it may hold fewer than a page has room for, and still not be the last.
        """
        page: list[Done] = []
        for _ in range(_MOST_LOOKED_AT // PAGE):
            found = self._assignments.of_worker(worker.worker_id, before, PAGE)
            if not found:
                return page, None
            for before, assignment in found:
                assignment = self._lifecycle.current(assignment)
                if status in {None, assignment.status}:
                    page.append(self._done(assignment, with_bonuses=True))
                if len(page) == PAGE:
                    return page, before
        return page, before

    def bonuses(
        self, worker: Worker, before: Position | None
    ) -> tuple[list[Given], Position | None]:
        """A page of the bonuses that the worker was paid, the newest first, likewise."""
        page: list[Given] = []
        for _ in range(2):
            found = self._pay.paid(worker.worker_id, 0, before, _MOST_LOOKED_AT // 2)
            if not found:
                return page, None
            for before, paid in found:
                if paid.kind == "bonus":
                    page.append(self._given(paid))
                if len(page) == PAGE:
                    return page, before
        return page, before

    def _given(self, paid: Paid) -> Given:
        hit = self._hits.find_hit(paid.hit_id)
        hit_type = self._hits.find_hit_type(hit.hit_type_id) if hit else None
        return Given(
            paid, hit_type.title if hit_type else "", hit_type.requester if hit_type else ""
        )

    def _done(self, assignment: Assignment, with_bonuses: bool = False) -> Done:
        hit_type = self._hits.find_hit_type(assignment.hit_type_id)
        bonuses: list[Bonus] = []
        if with_bonuses and assignment.bonus_cents:
            page = self._bonuses.of_assignment(assignment.assignment_id, None, _BONUSES_SHOWN)
            bonuses = [bonus for _, bonus in page]
        if hit_type is None:
            return Done(assignment, "", "", bonuses)
        return Done(assignment, hit_type.title, hit_type.requester, bonuses)
