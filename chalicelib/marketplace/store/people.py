"""Requesters, access keys, workers and their sessions in DynamoDB."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action

from chalicelib.kit.dynamo.writes import (
    ConditionFailed,
    Put,
    TransactionRefused,
    Update,
    commit,
    put,
    update,
)
from chalicelib.marketplace.domain.people import (
    AccessKey,
    Deposit,
    Held,
    Profile,
    Requester,
    Worker,
)
from chalicelib.marketplace.domain.ports import Refused
from chalicelib.marketplace.store import translate
from chalicelib.marketplace.store.ledger_tables import DepositRow, LedgerRow
from chalicelib.marketplace.store.tables import (
    AccessKeyRow,
    RequesterRow,
    WorkerRow,
)


class DynamoRequesters:
    """Implements `RequesterStore`."""

    def save_requester(self, requester: Requester, now_ms: int) -> None:
        """Write a new requester and the ledger's first row, once. One transaction."""
        deposit = LedgerRow(
            requester.account_id,
            f"{now_ms:013d}#deposit#first",
            at_ms=now_ms,
            kind="deposit",
            amount_cents=requester.available_cents,
        )
        row = RequesterRow(
            requester.account_id,
            name=requester.name,
            created_ms=now_ms,
            available_cents=requester.available_cents,
        )
        with contextlib.suppress(TransactionRefused):
            commit(
                Put("requester", row, RequesterRow.account_id.does_not_exist()),
                Put("ledger", deposit),
            )

    def find_requester(self, account_id: str) -> Requester | None:
        try:
            row = RequesterRow.get(account_id, consistent_read=True)
        except DoesNotExist:
            return None
        return translate.to_requester(row)

    def list_requesters(self) -> list[Requester]:
        """A scan; for the administrator's command only."""
        return [translate.to_requester(row) for row in RequesterRow.scan()]

    def deposit(self, account_id: str, cents: int, token: str, now_ms: int) -> Deposit:
        """Add to what is available, once per token. One transaction; see `RequesterStore`."""
        ledger = LedgerRow(
            account_id,
            f"{now_ms:013d}#deposit#{token}",
            at_ms=now_ms,
            kind="deposit",
            amount_cents=cents,
        )
        row = DepositRow(account_id, token, at_ms=now_ms, amount_cents=cents)
        try:
            commit(
                Put("token", row, DepositRow.token.does_not_exist()),
                Put("ledger", ledger),
                Update(
                    "account",
                    RequesterRow(account_id),
                    [RequesterRow.available_cents.add(cents)],
                    RequesterRow.account_id.exists(),
                ),
            )
        except TransactionRefused as refused:
            if "token" not in refused.failed:
                raise Refused("account") from None
            raise Refused("token") from None
        return _deposit(row)

    def deposits_of(self, account_id: str) -> list[Deposit]:
        rows = DepositRow.query(account_id, consistent_read=True)
        return sorted((_deposit(row) for row in rows), key=lambda d: d.at_ms)

    def save_access_key(self, key: AccessKey) -> None:
        row = AccessKeyRow(key.access_key, account_id=key.account_id, created_ms=key.created_ms)
        with contextlib.suppress(ConditionFailed):
            put(row, AccessKeyRow.access_key.does_not_exist())

    def find_access_key(self, access_key: str) -> AccessKey | None:
        try:
            row = AccessKeyRow.get(access_key, consistent_read=True)
        except DoesNotExist:
            return None
        return translate.to_access_key(row)

    def keys_of(self, account_id: str) -> list[AccessKey]:
        return [translate.to_access_key(row) for row in AccessKeyRow.by_account.query(account_id)]

    def revoke(self, access_key: str, now_ms: int) -> bool:
        action = AccessKeyRow.revoked_ms.set(AccessKeyRow.revoked_ms | now_ms)
        try:
            update(AccessKeyRow(access_key), [action], AccessKeyRow.access_key.exists())
        except ConditionFailed:
            return False
        return True


class DynamoWorkers:
    """Implements `WorkerStore`."""

    def save_worker(self, worker: Worker) -> None:
        with contextlib.suppress(ConditionFailed):
            put(new_worker_row(worker), WorkerRow.worker_id.does_not_exist())

    def find_worker(self, worker_id: str) -> Worker | None:
        try:
            return translate.to_worker(WorkerRow.get(worker_id, consistent_read=True))
        except DoesNotExist:
            return None

    def queue_add(self, worker_id: str, assignment_id: str, held: Held, most: int) -> bool:
        """One write; False if the queue is full."""
        entry = {"h": held.hit_id, "a": held.accept_ms, "d": held.deadline_ms}
        condition = WorkerRow.worker_id.exists() & (
            (size(WorkerRow.queue) < most) | WorkerRow.queue[assignment_id].exists()
        )
        try:
            update(WorkerRow(worker_id), [WorkerRow.queue[assignment_id].set(entry)], condition)
        except ConditionFailed:
            return False
        return True

    def queue_drop(self, worker_id: str, assignment_id: str) -> None:
        there = WorkerRow.queue[assignment_id].exists()
        with contextlib.suppress(ConditionFailed):
            update(WorkerRow(worker_id), [WorkerRow.queue[assignment_id].remove()], there)

    def queue_ended(self, worker_id: str, assignment_id: str, abandoned: bool) -> None:
        total = WorkerRow.abandoned if abandoned else WorkerRow.returned
        actions = [WorkerRow.queue[assignment_id].remove(), total.add(1)]
        with contextlib.suppress(ConditionFailed):  # then it is counted already
            update(WorkerRow(worker_id), actions, WorkerRow.queue[assignment_id].exists())

    def describe(self, worker_id: str, profile: Profile) -> bool:
        """One write; False if there is no such worker."""
        row = WorkerRow
        actions: list[Action] = []
        if profile.country is not None:
            actions.append(row.country.set(profile.country))
            # The old place's part would be a part of nothing.
            part = profile.subdivision
            actions.append(row.subdivision.remove() if part is None else row.subdivision.set(part))
        if profile.adult is not None:
            actions.append(row.adult.set(profile.adult))
        if profile.master is not None:
            actions.append(row.master.set(profile.master))
        try:
            update(row(worker_id), actions, row.worker_id.exists())
        except ConditionFailed:
            return False
        return True

    def queue_submitted(self, worker_id: str, assignment_id: str, reward_cents: int) -> None:
        actions = [
            WorkerRow.queue[assignment_id].remove(),
            WorkerRow.submitted.add(1),
            WorkerRow.pending_cents.add(reward_cents),
        ]
        with contextlib.suppress(ConditionFailed):  # then it is counted already
            update(WorkerRow(worker_id), actions, WorkerRow.queue[assignment_id].exists())

    def list_workers(self) -> list[Worker]:
        """A scan; for the administrator's command only."""
        return [translate.to_worker(row) for row in WorkerRow.scan()]

    def names_of(self, worker_ids: Sequence[str]) -> dict[str, str]:
        rows = WorkerRow.batch_get(
            list(dict.fromkeys(worker_ids)),
            consistent_read=False,
            attributes_to_get=["worker_id", "name"],
        )
        return {row.worker_id: row.name for row in rows}

    def next_generation(self, worker_id: str) -> None:
        self._change(worker_id, WorkerRow.generation.add(1))

    def set_personal_link(self, worker_id: str, invitation_id: str) -> None:
        self._change(worker_id, WorkerRow.personal_link.set(invitation_id))

    def set_closed(self, worker_id: str, closed: bool) -> bool:
        """False if there is no such worker, or one whose data is being deleted shall come back."""
        there = None if closed else WorkerRow.mark.does_not_exist()
        return self._change(worker_id, WorkerRow.closed.set(closed), there)

    @staticmethod
    def _change(worker_id: str, action: Action, more: Condition | None = None) -> bool:
        there = WorkerRow.worker_id.exists()
        try:
            update(WorkerRow(worker_id), [action], there if more is None else there & more)
        except ConditionFailed:
            return False
        return True


def _deposit(row: DepositRow) -> Deposit:
    return Deposit(row.account_id, row.token, int(row.at_ms), int(row.amount_cents))


def new_worker_row(worker: Worker) -> WorkerRow:
    """The row of somebody who has done nothing yet."""
    return WorkerRow(
        worker.worker_id,
        name=worker.name,
        country=worker.country,
        subdivision=worker.subdivision,
        adult=worker.adult,
        personal_link=worker.personal_link,
    )
