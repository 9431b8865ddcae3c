"""What workers hold, in DynamoDB."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from pynamodb.exceptions import DoesNotExist

from chalicelib.kit.dynamo.writes import Put, TransactionRefused, Update, commit, put
from chalicelib.marketplace.domain.messages import Message
from chalicelib.marketplace.domain.ports import Position
from chalicelib.marketplace.domain.qualifications import HeldStatus, Qualification
from chalicelib.marketplace.store.contact import telling
from chalicelib.marketplace.store.paging import start_key
from chalicelib.marketplace.store.qualification_tables import QualificationRow


class DynamoQualifications:
    """Implements `QualificationStore`."""

    def find(self, type_id: str, worker_id: str) -> Qualification | None:
        try:
            return _to_held(QualificationRow.get(type_id, worker_id, consistent_read=True))
        except DoesNotExist:
            return None

    def find_many(self, keys: Sequence[tuple[str, str]]) -> list[Qualification]:
        """One batch read per hundred."""
        rows = QualificationRow.batch_get(list(dict.fromkeys(keys)), consistent_read=True)
        return [_to_held(row) for row in rows]

    def grant(self, held: Qualification, told: Message | None = None) -> None:
        """One write, or one transaction of two items."""
        if told is None:
            put(_from_held(held))
        else:
            commit(granting(held), telling(told))

    def revoke(self, held: Qualification, reason: str | None, told: Message) -> None:
        """One transaction of two items; the sort key of the holders' list holds the time."""
        row = QualificationRow
        actions = [
            row.status.set(HeldStatus.REVOKED.value),
            row.granted.set(_granted(HeldStatus.REVOKED, held.grant_ms)),
            row.reason.remove() if reason is None else row.reason.set(reason),
        ]
        key = row(held.qualification_type_id, held.worker_id)
        # Revoked meanwhile, or given anew: then that came later.
        with contextlib.suppress(TransactionRefused):
            commit(
                Update("qualification", key, actions, row.granted == _key_of(held)), telling(told)
            )

    def of_worker(
        self, worker_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Qualification]]:
        """The newest first; `Position` holds the type's id. One query."""
        start = start_key(before, ("worker_id", worker_id), "grant_ms", "qualification_type_id")
        rows = QualificationRow.by_worker.query(
            worker_id, scan_index_forward=False, limit=limit, last_evaluated_key=start
        )
        found = [_to_held(row) for row in rows]
        return [((held.grant_ms, held.qualification_type_id), held) for held in found]

    def holders(
        self, type_id: str, status: HeldStatus, after: Position | None, limit: int
    ) -> list[tuple[Position, Qualification]]:
        """In the order of their grants; `Position` holds the worker's id. One query."""
        start: dict[str, Any] | None = None
        if after is not None:
            start = {
                "qualification_type_id": {"S": type_id},
                "granted": {"S": _granted(status, after[0])},
                "worker_id": {"S": after[1]},
            }
        rows = QualificationRow.by_grant.query(
            type_id,
            QualificationRow.granted.startswith(f"{status.value}#"),
            limit=limit,
            consistent_read=True,
            last_evaluated_key=start,
        )
        found = [_to_held(row) for row in rows]
        return [((held.grant_ms, held.worker_id), held) for held in found]


def granting(held: Qualification) -> Put:
    """A grant as a part of a transaction."""
    return Put("qualification", _from_held(held))


def _granted(status: HeldStatus, grant_ms: int) -> str:
    return f"{status.value}#{grant_ms:013d}"


def _key_of(held: Qualification) -> str:
    return _granted(held.status, held.grant_ms)


def _to_held(row: QualificationRow) -> Qualification:
    return Qualification(
        qualification_type_id=row.qualification_type_id,
        worker_id=row.worker_id,
        account_id=row.account_id,
        status=HeldStatus(row.status),
        value=int(row.value),
        grant_ms=int(row.grant_ms),
        reason=row.reason,
    )


def _from_held(held: Qualification) -> QualificationRow:
    return QualificationRow(
        held.qualification_type_id,
        held.worker_id,
        account_id=held.account_id,
        status=held.status.value,
        value=held.value,
        grant_ms=held.grant_ms,
        granted=_key_of(held),
        reason=held.reason,
    )
