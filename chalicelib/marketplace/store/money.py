"""Review and bonuses: everything that one decision moves, in one transaction.

The assignment's state is what makes it happen once; the ledger row is added with it.
"""

from __future__ import annotations

import secrets

from chalicelib.kit.dynamo.writes import Put, TransactionRefused, Update, commit
from chalicelib.marketplace.domain.assignments import Assignment, AssignmentStatus
from chalicelib.marketplace.domain.messages import Message
from chalicelib.marketplace.domain.ports import Refused, Token
from chalicelib.marketplace.store import outbox, tokens
from chalicelib.marketplace.store.contact import telling
from chalicelib.marketplace.store.ledger_tables import LedgerRow
from chalicelib.marketplace.store.tables import (
    AssignmentRow,
    HitRow,
    RequesterRow,
    WorkerRow,
)

_SUBMITTED = AssignmentStatus.SUBMITTED
_APPROVED = AssignmentStatus.APPROVED
_REJECTED = AssignmentStatus.REJECTED


class DynamoMoney:
    """Implements `MoneyStore`."""

    def approve(self, assignment: Assignment, now_ms: int, feedback: str | None) -> bool:
        """Five items; False if it is not in review any more."""
        cost = assignment.reward_cents + assignment.fee_cents
        account = [RequesterRow.held_cents.add(-cost), RequesterRow.spent_cents.add(cost)]
        worker = [
            WorkerRow.approved.add(1),
            WorkerRow.rewards_cents.add(assignment.reward_cents),
            WorkerRow.pending_cents.add(-assignment.reward_cents),
        ]
        return _committed(
            _reviewed(assignment, _SUBMITTED, _APPROVED, now_ms, feedback),
            _counted(assignment),
            Update("account", RequesterRow(assignment.account_id), account),
            Update("worker", WorkerRow(assignment.worker_id), worker),
            _reward_row(assignment, now_ms),
            *outbox.of_assignment("AssignmentApproved", now_ms, assignment),
        )

    def reject(self, assignment: Assignment, now_ms: int, feedback: str, told: Message) -> bool:
        """Five items; the money goes back to what is available."""
        cost = assignment.reward_cents + assignment.fee_cents
        account = [RequesterRow.held_cents.add(-cost), RequesterRow.available_cents.add(cost)]
        worker = [
            WorkerRow.rejected.add(1),
            WorkerRow.pending_cents.add(-assignment.reward_cents),
        ]
        return _committed(
            _reviewed(assignment, _SUBMITTED, _REJECTED, now_ms, feedback),
            _counted(assignment),
            Update("account", RequesterRow(assignment.account_id), account),
            Update("worker", WorkerRow(assignment.worker_id), worker),
            telling(told),
            *outbox.of_assignment("AssignmentRejected", now_ms, assignment),
        )

    def override(
        self, assignment: Assignment, now_ms: int, feedback: str | None, told: Message
    ) -> None:
        """Five items; paid from what is available, since a rejection gave the hold back."""
        cost = assignment.reward_cents + assignment.fee_cents
        worker = [
            WorkerRow.rejected.add(-1),
            WorkerRow.approved.add(1),
            WorkerRow.rewards_cents.add(assignment.reward_cents),
        ]
        _commit_or_refuse(
            _reviewed(assignment, _REJECTED, _APPROVED, now_ms, feedback),
            _spend(assignment.account_id, cost),
            Update("worker", WorkerRow(assignment.worker_id), worker),
            _reward_row(assignment, now_ms),
            telling(told),
            *outbox.of_assignment("AssignmentApproved", now_ms, assignment),
        )

    def bonus(
        self,
        assignment: Assignment,
        bonus_cents: int,
        fee_cents: int,
        reason: str,
        now_ms: int,
        token: Token | None,
        told: Message,
    ) -> None:
        """Five items, six with a token; see `MoneyStore`."""
        row = LedgerRow(
            assignment.account_id,
            f"{now_ms:013d}#bonus#{secrets.token_hex(12)}",
            at_ms=now_ms,
            kind="bonus",
            worker_id=assignment.worker_id,
            hit_id=assignment.hit_id,
            assignment_id=assignment.assignment_id,
            amount_cents=bonus_cents,
            fee_cents=fee_cents,
            reason=reason,
            bonus_hit_id=assignment.hit_id,
            bonus_assignment_id=assignment.assignment_id,
        )
        record = AssignmentRow(assignment.hit_id, assignment.worker_id)
        writes: list[Put | Update] = [
            Put("ledger", row),
            Update(
                "assignment",
                record,
                [AssignmentRow.bonus_cents.add(bonus_cents)],
                AssignmentRow.assignment_id == assignment.assignment_id,
            ),
            _spend(assignment.account_id, bonus_cents + fee_cents),
            Update(
                "worker",
                WorkerRow(assignment.worker_id),
                [WorkerRow.bonuses_cents.add(bonus_cents)],
            ),
            telling(told),
        ]
        if token is not None:
            writes.append(tokens.spend(token, None))
        _commit_or_refuse(*writes)


def _reviewed(
    assignment: Assignment,
    before: AssignmentStatus,
    after: AssignmentStatus,
    now_ms: int,
    feedback: str | None,
) -> Update:
    actions = [
        AssignmentRow.status.set(after.value),
        AssignmentRow.due_ms.remove(),
        AssignmentRow.timer.remove(),
        AssignmentRow.timer_ms.remove(),
        AssignmentRow.reviewed_for.set(assignment.account_id),
        (AssignmentRow.rejected_ms if after is _REJECTED else AssignmentRow.reviewed_ms).set(
            now_ms
        ),
    ]
    if feedback is not None:
        actions.append(AssignmentRow.feedback.set(feedback))
    condition = (AssignmentRow.assignment_id == assignment.assignment_id) & (
        AssignmentRow.status == before.value
    )
    row = AssignmentRow(assignment.hit_id, assignment.worker_id)
    return Update("assignment", row, actions, condition)


def _counted(assignment: Assignment) -> Update:
    actions = [HitRow.completed.add(1), HitRow.held_slots.add(-1), HitRow.version.add(1)]
    return Update("hit", HitRow(assignment.hit_id), actions, HitRow.hit_id.exists())


def _spend(account_id: str, cents: int) -> Update:
    actions = [RequesterRow.available_cents.add(-cents), RequesterRow.spent_cents.add(cents)]
    return Update("funds", RequesterRow(account_id), actions, RequesterRow.available_cents >= cents)


def _reward_row(assignment: Assignment, now_ms: int) -> Put:
    row = LedgerRow(
        assignment.account_id,
        f"{now_ms:013d}#reward#{assignment.assignment_id}",
        at_ms=now_ms,
        kind="reward",
        worker_id=assignment.worker_id,
        hit_id=assignment.hit_id,
        assignment_id=assignment.assignment_id,
        amount_cents=assignment.reward_cents,
        fee_cents=assignment.fee_cents,
    )
    return Put("ledger", row, LedgerRow.entry.does_not_exist())


def _committed(*writes: Put | Update) -> bool:
    try:
        commit(*writes)
    except TransactionRefused as refused:
        if "assignment" in refused.failed:
            return False
        raise
    return True


def _commit_or_refuse(*writes: Put | Update) -> None:
    try:
        commit(*writes)
    except TransactionRefused as refused:
        for reason in ("token", "assignment", "funds"):
            if reason in refused.failed:
                raise Refused(reason) from None
        raise
