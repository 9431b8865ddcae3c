"""The slots of a HIT: taken, dropped and used up, each by one conditional write on its item."""

from __future__ import annotations

import contextlib
import itertools

from pynamodb.expressions.condition import Condition, size

from chalicelib.kit.dynamo.writes import ConditionFailed, update
from chalicelib.marketplace.domain.assignments import Assignment
from chalicelib.marketplace.domain.hits import MAX_PENDING, Pending, Taking
from chalicelib.marketplace.store import outbox
from chalicelib.marketplace.store.tables import HitRow


class DynamoSlots:
    """Implements `SlotStore`."""

    def take_slot(self, assignment: Assignment, now_ms: int) -> Taking:
        """One write, which is what makes an acceptance count."""
        hit_id, worker_id = assignment.hit_id, assignment.worker_id
        slot = Pending(assignment.assignment_id, assignment.deadline_ms)
        condition = (
            (HitRow.deleted == False)  # noqa: E712
            & (HitRow.expires_ms > now_ms)
            # Of this type still, and open still: its end takes this away with the money it held.
            & (HitRow.open_group == assignment.hit_type_id)
            & (size(HitRow.pending) < HitRow.room)
            & (size(HitRow.pending) < MAX_PENDING)
            & HitRow.pending[worker_id].does_not_exist()
        )
        actions = [
            HitRow.pending[worker_id].set({"a": slot.assignment_id, "d": slot.deadline_ms}),
            HitRow.version.add(1),
        ]
        try:
            notes = outbox.of_assignment("AssignmentAccepted", assignment.accept_ms, assignment)
            outbox.update_noting(HitRow(hit_id), actions, condition, notes)
        except ConditionFailed as refused:
            # A lost answer to our own write looks like this: then the slot is ours.
            pending = refused.found.pending.as_dict() if refused.found else {}
            held = pending.get(worker_id, {}).get("a") == slot.assignment_id
            return Taking.HELD if held else Taking.NONE_LEFT
        return Taking.TAKEN

    def drop_slot(self, hit_id: str, worker_id: str, assignment_id: str) -> None:
        """One write; nothing happens if this assignment holds no slot (any more)."""
        actions = [HitRow.pending[worker_id].remove(), HitRow.version.add(1)]
        with contextlib.suppress(ConditionFailed):
            update(HitRow(hit_id), actions, _holds(worker_id, assignment_id))

    def fill_slot(
        self,
        hit_id: str,
        worker_id: str,
        assignment_id: str,
        now_ms: int,
        due_ms: int,
        likely_last: bool = False,
    ) -> None:
        """One write, which takes the HIT out of the listing if the slot was the last.

        Two if that was guessed wrong.
        """
        holds = _holds(worker_id, assignment_id)
        actions = [
            HitRow.pending[worker_id].remove(),
            HitRow.room.add(-1),
            HitRow.version.add(1),
            # Due times rise as submissions come, so the first one stays the lowest.
            HitRow.first_due_ms.set(HitRow.first_due_ms | due_ms),
        ]
        last = [*actions, HitRow.over_ms.set(now_ms), HitRow.open_group.remove()]
        last.append(HitRow.timer_ms.set(now_ms))
        ways = itertools.cycle([(actions, HitRow.room > 1), (last, HitRow.room == 1)])
        if likely_last:
            next(ways)
        for changes, there in ways:
            try:
                update(HitRow(hit_id), changes, holds & there)
                return
            except ConditionFailed as refused:
                pending = refused.found.pending.as_dict() if refused.found else {}
                if pending.get(worker_id, {}).get("a") != assignment_id:
                    return  # done already


def _holds(worker_id: str, assignment_id: str) -> Condition:
    condition: Condition = HitRow.pending[worker_id]["a"] == assignment_id
    return condition
