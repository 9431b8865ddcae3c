"""A worker's HITs: accepted, held in a queue, returned.

Accepting writes four items in this order, and any of the writes may be the last before a crash:
 1. assignment id -> HIT and worker     leads nowhere yet
 2. the worker's queue                  shows only what holds a slot
 3. the record of worker and HIT        Accepted, but without a slot no more than a wish
 4. the slot in the HIT's item          from here on it counts
A later attempt finds a wish and takes it up under the same id.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain import ids
from chalicelib.marketplace.domain.assignments import (
    MAX_OPEN,
    VISIBLE,
    Assignment,
    AssignmentStatus,
)
from chalicelib.marketplace.domain.errors import (
    AlreadyDone,
    Blocked,
    Ended,
    NoneLeft,
    NotFound,
    TooFast,
    TooMany,
)
from chalicelib.marketplace.domain.hits import Pending, QuestionKind, Taking
from chalicelib.marketplace.domain.people import Held
from chalicelib.marketplace.domain.rates import ACCEPTANCES
from chalicelib.marketplace.services.open_work import OpenWork

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.hits import Hit, HitType
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.services.consents import Consents
    from chalicelib.marketplace.services.lifecycle import Lifecycle
    from chalicelib.marketplace.services.notifications import Notifications
    from chalicelib.marketplace.services.qualifying import Qualifying
    from chalicelib.marketplace.services.questions import Questions, Shown
    from chalicelib.marketplace.stores import Stores

_ATTEMPTS = 10
# An entry of the queue without a slot may belong to an acceptance that is under way.
_GRACE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Job:
    """An accepted assignment and how its question is shown."""

    assignment: Assignment
    hit_type: HitType
    shown: Shown
    annotation: str | None = None


class Work:
    def __init__(
        self,
        stores: Stores,
        lifecycle: Lifecycle,
        questions: Questions,
        clock: Clock,
        qualifying: Qualifying,
        consents: Consents,
        notifications: Notifications,
    ) -> None:
        self._rates = stores.rates
        self._notifications = notifications
        self._hits = stores.hits
        self._slots = stores.slots
        self._open_work = OpenWork(stores.hits, stores.offers, stores.assignments, clock)
        self._assignments = stores.assignments
        self._workers = stores.workers
        self._blocks = stores.blocks
        self._lifecycle = lifecycle
        self._questions = questions
        self._clock = clock
        self._qualifying = qualifying
        self._consents = consents

    def accept(self, worker: Worker, hit_id: str, consent: int | None = None) -> Job:
        """Accept a HIT; who holds it already gets the same assignment again.

        `consent` is the version of the requester's text that the worker agrees to with this.
        """
        hit = self._hits.find_hit(hit_id)
        if hit is None or hit.deleted:
            raise NotFound("There is no such work.")
        self._check_welcome(worker, hit.account_id)
        self._qualifying.require(worker, self._type_of(hit), "accept")
        self._consents.require(worker, hit.account_id, consent)
        return self._job(self._accept(worker.worker_id, hit), hit)

    def accept_any(
        self,
        worker: Worker,
        hit_type: HitType,
        consent: int | None = None,
        skipped: Set[str] = frozenset(),
    ) -> Job:
        """Accept the first HIT of a type that the worker has not done, skipped or in hand."""
        self._check_welcome(worker, hit_type.account_id)
        self._qualifying.require(worker, hit_type, "accept")
        self._consents.require(worker, hit_type.account_id, consent)
        met = late = passed_over = False
        for page in self._open_work.pages(worker, hit_type.hit_type_id):
            known = self._known(worker, page)
            for hit in page:
                if hit.hit_id in skipped:
                    passed_over = True
                    continue
                if hit.hit_id in known:
                    met = True
                    continue
                try:
                    # Others are about: a read tells cheaper than a vain attempt what they took.
                    fresh = late and self._hits.find_hit(hit.hit_id)
                    return self._job(self._accept(worker.worker_id, fresh or hit), hit)
                except NoneLeft:
                    late = True
                    continue
                except AlreadyDone:
                    met = True
        if passed_over:
            raise NoneLeft("There is no other work of this kind just now.")
        if met:
            raise AlreadyDone("You have done, or hold, all the work of this kind that there is.")
        raise NoneLeft("Somebody else was quicker: there is none left.")

    def queue(self, worker: Worker) -> list[Job]:
        """What the worker holds, in the order of acceptance."""
        keys = [(held.hit_id, worker.worker_id) for held in worker.queue.values()]
        records = {a.assignment_id: a for a in self._assignments.find_many(keys)}
        hits = {hit.hit_id: hit for hit in self._hits.find_hits([hit_id for hit_id, _ in keys])}
        jobs = []
        for assignment_id, held in worker.queue.items():
            hit = hits.get(held.hit_id)
            record = records.get(assignment_id)
            slot = hit.pending.get(worker.worker_id) if hit else None
            if (
                hit is not None
                and record is not None
                and record.is_held(self._clock.now_ms())
                and slot is not None
                and slot.assignment_id == assignment_id
            ):
                jobs.append(self._job(record, hit))
            else:
                self._tidy(worker.worker_id, assignment_id, held, record)
        return sorted(jobs, key=lambda job: job.assignment.accept_ms)

    def find(self, worker: Worker, assignment_id: str) -> Assignment:
        """One of the worker's own, whatever became of it; raises `NotFound`."""
        found = self._assignments.find_by_id(assignment_id)
        if found is None or found.worker_id != worker.worker_id:
            raise NotFound("You hold no such work.")
        return found

    def give_back(self, worker: Worker, assignment_id: str) -> None:
        """Return an assignment; again for one that was returned does no harm."""
        found = self.find(worker, assignment_id)
        now_ms = self._clock.now_ms()
        late = found.status is AssignmentStatus.ACCEPTED and not found.is_held(now_ms)
        if late:  # abandoned, though nobody has noticed yet
            slot = Pending(assignment_id, found.deadline_ms)
            self._lifecycle.settle_slot(found.hit_id, worker.worker_id, slot)
        if late or not self._assignments.end(found, AssignmentStatus.RETURNED, now_ms):
            raise Ended("This work has ended already.")
        self._lifecycle.finish_return(found)
        self._notifications.hurry(found.hit_type_id)

    def _accept(self, worker_id: str, hit: Hit) -> Assignment:
        for _ in range(_ATTEMPTS):
            hit = self._lifecycle.settled(hit)
            now_ms = self._clock.now_ms()
            old = self._assignments.find(hit.hit_id, worker_id)
            slot = hit.pending.get(worker_id)
            if old is not None and old.status in VISIBLE:
                raise AlreadyDone("You have done this work.")
            if old is not None and slot is not None and slot.assignment_id == old.assignment_id:
                if old.is_held(now_ms):
                    return old
            elif hit.can_be_taken(now_ms):
                accepted = self._try(worker_id, hit, old, now_ms)
                if accepted is not None:
                    return accepted
            elif slot is None:
                raise NoneLeft("Somebody else was quicker: there is none left.")
            # Something of this worker's was in the way, or changed at this moment.
            if slot is not None:
                self._lifecycle.settle_slot(hit.hit_id, worker_id, slot)
            hit = self._hits.find_hit(hit.hit_id) or hit
        raise StoreUnavailable("an acceptance met changes time and again")

    def _try(
        self, worker_id: str, hit: Hit, old: Assignment | None, now_ms: int
    ) -> Assignment | None:
        hit_type = self._type_of(hit)
        wish = old is not None and old.status is AssignmentStatus.ACCEPTED
        new = Assignment(
            assignment_id=old.assignment_id if old is not None and wish else ids.random_id(),
            hit_id=hit.hit_id,
            worker_id=worker_id,
            account_id=hit.account_id,
            hit_type_id=hit.hit_type_id,
            status=AssignmentStatus.ACCEPTED,
            accept_ms=now_ms,
            deadline_ms=now_ms + hit_type.duration_s * 1000,
            reward_cents=hit.reward_cents,
            fee_cents=hit.fee_cents,
            to_score=hit.scores_answers,
            is_form=hit.question_kind is QuestionKind.FORM,
            likely_last=hit.room == 1,
        )
        if not wish:
            self._check_rate(worker_id, now_ms)
            self._assignments.name_assignment(new)
        self._enqueue(new)
        if not self._assignments.start(new, replacing=old):
            self._workers.queue_drop(worker_id, new.assignment_id)
            return None
        taking = self._slots.take_slot(new, now_ms)
        if taking is Taking.NONE_LEFT:
            self._workers.queue_drop(worker_id, new.assignment_id)
            return None
        # The same wish may have been granted and done with between our reading and our taking.
        record = self._assignments.find(hit.hit_id, worker_id)
        held = replace(new, deadline_ms=record.deadline_ms) if record else new
        if (
            record is not None
            and record.is_held(now_ms)
            and record.assignment_id == new.assignment_id
        ):
            return held
        if taking is Taking.TAKEN:
            self._slots.drop_slot(hit.hit_id, worker_id, new.assignment_id)
        return None

    def _check_rate(self, worker_id: str, now_ms: int) -> None:
        if not self._rates.spend(ACCEPTANCES, worker_id, now_ms):
            minutes = -(-ACCEPTANCES.left_s(now_ms) // 60)
            raise TooFast(
                f"You have accepted {ACCEPTANCES.most} HITs within minutes, more than can be done. "
                f"You can accept again in {minutes} minute{'s' if minutes > 1 else ''}."
            )

    def _enqueue(self, new: Assignment) -> None:
        held = Held(new.hit_id, new.accept_ms, new.deadline_ms)
        if self._workers.queue_add(new.worker_id, new.assignment_id, held, MAX_OPEN):
            return
        # What has ended by itself still stands in the queue until somebody looks.
        worker = self._workers.find_worker(new.worker_id)
        if worker is not None:
            self.queue(worker)
        if not self._workers.queue_add(new.worker_id, new.assignment_id, held, MAX_OPEN):
            raise TooMany(f"You hold {MAX_OPEN} HITs; submit or return one first.")

    def _tidy(
        self, worker_id: str, assignment_id: str, held: Held, record: Assignment | None
    ) -> None:
        """Carry through what the record of an entry that holds no slot says."""
        if record is None or record.assignment_id != assignment_id:
            if self._clock.now_ms() - held.accept_ms > _GRACE_MS:
                self._workers.queue_drop(worker_id, assignment_id)
        elif record.status in VISIBLE:
            self._lifecycle.finish_submission(record)
        elif record.status is AssignmentStatus.ACCEPTED and record.is_held(self._clock.now_ms()):
            if self._clock.now_ms() - held.accept_ms > _GRACE_MS:
                self._workers.queue_drop(worker_id, assignment_id)
        else:
            slot = Pending(assignment_id, held.deadline_ms)
            self._lifecycle.settle_slot(held.hit_id, worker_id, slot)

    def _known(self, worker: Worker, hits: list[Hit]) -> set[str]:
        """The HITs among these that the worker has done or holds."""
        records = self._assignments.find_many([(hit.hit_id, worker.worker_id) for hit in hits])
        slots = {hit.hit_id: hit.pending.get(worker.worker_id) for hit in hits}
        known = set()
        for record in records:
            slot = slots[record.hit_id]
            held = slot is not None and slot.assignment_id == record.assignment_id
            if record.status in VISIBLE or (held and record.is_held(self._clock.now_ms())):
                known.add(record.hit_id)
        return known

    def _check_welcome(self, worker: Worker, account_id: str) -> None:
        if self._blocks.is_blocked(account_id, worker.worker_id):
            raise Blocked("This requester has blocked you.")

    def _type_of(self, hit: Hit) -> HitType:
        hit_type = self._hits.find_hit_type(hit.hit_type_id)
        assert hit_type is not None  # a HIT is written after its type, and types stay
        return hit_type

    def _job(self, assignment: Assignment, hit: Hit) -> Job:
        shown = self._questions.of_job(assignment, hit)
        return Job(assignment, self._type_of(hit), shown, hit.annotation)
