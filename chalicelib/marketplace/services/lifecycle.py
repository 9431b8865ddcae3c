"""Brings a HIT up to the present when somebody looks: deadlines that passed, approvals that fell
due, money held for slots that can no longer be used. It also completes what a crash left half
done: an assignment's own record says what happened, everything else follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.marketplace.domain.assignments import VISIBLE, AssignmentStatus

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.assignments import Assignment
    from chalicelib.marketplace.domain.hits import Hit, Pending
    from chalicelib.marketplace.domain.ports import (
        Position,
    )
    from chalicelib.marketplace.services.policies import Policies
    from chalicelib.marketplace.stores import Stores

_PAGE = 100
_MOST_PAGES = 5
# For as long a worker's page finds out that its work was returned or has run out.
_ID_KEPT_MS = 30 * 86_400_000


class Lifecycle:
    """What the passing of time does, carried out by whoever reads next."""

    def __init__(
        self,
        stores: Stores,
        policies: Policies,
        clock: Clock,
    ) -> None:
        self._hits = stores.hits
        self._slots = stores.slots
        self._assignments = stores.assignments
        self._money = stores.money
        self._workers = stores.workers
        self._policies = policies
        self._clock = clock

    def settled(self, hit: Hit) -> Hit:
        """Return the HIT as of now; writes only if something was due."""
        now_ms = self._clock.now_ms()
        overdue = [(w, slot) for w, slot in hit.pending.items() if slot.deadline_ms < now_ms]
        for worker_id, slot in overdue:
            self.settle_slot(hit.hit_id, worker_id, slot)
        if overdue:
            hit = self._hits.find_hit(hit.hit_id) or hit
        if hit.has_due(now_ms):
            hit = self._approve_due(hit, now_ms)
        if hit.ending_due(now_ms):
            hit = self._end(hit, now_ms)
        return hit

    def settle_slot(self, hit_id: str, worker_id: str, slot: Pending) -> None:
        """Do to a held slot what its assignment's record says; nothing while it is in work."""
        found = self._assignments.find(hit_id, worker_id)
        if found is None or found.assignment_id != slot.assignment_id:
            self._slots.drop_slot(hit_id, worker_id, slot.assignment_id)
        elif found.status is AssignmentStatus.ACCEPTED:
            self._abandon(found)
        elif found.submit_ms is None:
            self._free(found, found.status)
        else:
            self.finish_submission(found)

    def finish_submission(self, assignment: Assignment) -> None:
        """Count a committed submission with its worker and on its HIT; safe to repeat.

        The slot comes last: whoever finds it still held knows that something is left to do.
        """
        assert assignment.submit_ms is not None
        assert assignment.auto_approval_ms is not None
        self._workers.queue_submitted(
            assignment.worker_id, assignment.assignment_id, assignment.reward_cents
        )
        self._slots.fill_slot(
            assignment.hit_id,
            assignment.worker_id,
            assignment.assignment_id,
            assignment.submit_ms,
            assignment.auto_approval_ms,
            assignment.likely_last,
        )

    def finish_return(self, assignment: Assignment) -> None:
        """Free what a returned assignment held; safe to repeat."""
        self._free(assignment, AssignmentStatus.RETURNED)

    def current(self, assignment: Assignment) -> Assignment:
        """Return the assignment as of now: scored, and approved if that fell due."""
        if assignment.to_score and assignment.status in VISIBLE:
            self.finish_submission(assignment)
            self._policies.score(assignment)
            assignment = (
                self._assignments.find(assignment.hit_id, assignment.worker_id) or assignment
            )
        if not assignment.is_due(self._clock.now_ms()):
            return assignment
        self._approve(assignment)
        return self._assignments.find(assignment.hit_id, assignment.worker_id) or assignment

    def settle_holds(self, account_id: str) -> None:
        """Give an account back what is held for HITs that have ended.

        Of a thousand that end at once, the scheduled run does the rest: a caller is waiting.
        """
        now_ms = self._clock.now_ms()
        after: Position | None = None
        for _ in range(_MOST_PAGES):
            page = self._hits.hits_over_with_hold(account_id, now_ms, after, _PAGE)
            for _, found in page:
                self.release_hold(self.settled(found))
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    def release_hold(self, hit: Hit) -> None:
        """Release what a HIT that has ended no longer needs; lost races are left to the next."""
        now_ms = self._clock.now_ms()
        if hit.deleted or (hit.is_open(now_ms) and hit.room):
            return
        needed = hit.needed_slots(now_ms)
        settled = not hit.pending
        if needed < hit.held_slots or settled:
            self._hits.release_slots(hit, needed, settled)

    def _end(self, hit: Hit, now_ms: int) -> Hit:
        """Make of a HIT's end what is to be made of it; a lost race is left to the next reader."""
        if hit.compares_answers and hit.is_over(now_ms) and not hit.over_told:
            self._policies.review_hit(hit)
            hit = self._hits.find_hit(hit.hit_id) or hit
        # The money first: once the end is noted, nobody looks for it here again.
        self.release_hold(hit)
        hit = self._hits.find_hit(hit.hit_id) or hit
        if hit.disposal_due(now_ms):
            self._hits.delete_hit(hit, now_ms)
        else:
            self._hits.note_end(hit, now_ms)
        return self._hits.find_hit(hit.hit_id) or hit

    def _abandon(self, assignment: Assignment) -> None:
        if assignment.is_held(self._clock.now_ms()):
            return
        if self._assignments.end(assignment, AssignmentStatus.ABANDONED, assignment.deadline_ms):
            self._free(assignment, AssignmentStatus.ABANDONED)
            return
        # The record decides: the worker submitted or returned it at the last moment.
        found = self._assignments.find(assignment.hit_id, assignment.worker_id)
        if found and found.assignment_id == assignment.assignment_id:
            if found.submit_ms is None:
                self._free(found, found.status)
            else:
                self.finish_submission(found)

    def _free(self, assignment: Assignment, ended: AssignmentStatus) -> None:
        # The slot, by which a crash is noticed, goes after it.
        self._assignments.forget_id(assignment.assignment_id, self._clock.now_ms() + _ID_KEPT_MS)
        self._slots.drop_slot(assignment.hit_id, assignment.worker_id, assignment.assignment_id)
        abandoned = ended is AssignmentStatus.ABANDONED
        self._workers.queue_ended(assignment.worker_id, assignment.assignment_id, abandoned)

    def _approve(self, assignment: Assignment) -> None:
        # A slot that is still held would be counted twice: as held and as reviewed.
        self.finish_submission(assignment)
        assert assignment.auto_approval_ms is not None
        self._money.approve(assignment, assignment.auto_approval_ms, None)

    def _approve_due(self, hit: Hit, now_ms: int) -> Hit:
        while True:
            page = self._assignments.due(hit.hit_id, _PAGE)
            due = [assignment for assignment in page if assignment.is_due(now_ms)]
            for assignment in due:
                self._approve(assignment)
            if len(due) < len(page) or not page:
                break
        hit = self._hits.find_hit(hit.hit_id) or hit
        waiting = page[len(due)].auto_approval_ms if len(due) < len(page) else None
        if hit.first_due_ms != waiting:
            self._hits.set_first_due(hit, waiting)
            hit = self._hits.find_hit(hit.hit_id) or hit
        return hit
