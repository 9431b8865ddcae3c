"""Qualification types in DynamoDB, their names, and the HIT types that require them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from pynamodb.exceptions import DoesNotExist

from chalicelib.kit.dynamo.writes import (
    ConditionFailed,
    Put,
    TransactionRefused,
    Update,
    commit,
    put,
)
from chalicelib.marketplace.domain.ports import Position
from chalicelib.marketplace.domain.qualifications import QualificationType, TypeStatus
from chalicelib.marketplace.store.qualification_tables import (
    LISTED,
    QualificationTypeRow,
    TypeNameRow,
    TypeUseRow,
)


class DynamoQualificationTypes:
    """Implements `QualificationTypeStore`."""

    def create(self, kind: QualificationType) -> bool:
        """Two items in one transaction."""
        name = TypeNameRow(
            kind.account_id, kind.name, qualification_type_id=kind.qualification_type_id
        )
        try:
            commit(
                Put("type", _from_type(kind), QualificationTypeRow.name.does_not_exist()),
                Put("name", name, TypeNameRow.qualification_type_id.does_not_exist()),
            )
        except TransactionRefused as refused:
            if "name" in refused.failed:
                return False
            raise
        return True

    def find(self, type_id: str) -> QualificationType | None:
        try:
            return _to_type(QualificationTypeRow.get(type_id, consistent_read=True))
        except DoesNotExist:
            return None

    def find_many(self, type_ids: Sequence[str]) -> list[QualificationType]:
        rows = QualificationTypeRow.batch_get(list(dict.fromkeys(type_ids)), consistent_read=True)
        return [_to_type(row) for row in rows]

    def update(self, kind: QualificationType) -> bool:
        """One write, on condition that nobody wrote since `kind` was read."""
        row = _from_type(kind)
        row.version = kind.version + 1
        unchanged = QualificationTypeRow.version == kind.version
        alive = QualificationTypeRow.deleted == False  # noqa: E712
        try:
            put(row, unchanged & alive)
        except ConditionFailed as refused:
            # A lost answer to our own write looks like this.
            found = refused.found
            return bool(found and _is_same(_to_type(found), kind))
        return True

    def delete(self, kind: QualificationType) -> None:
        """Two items in one transaction."""
        row = QualificationTypeRow
        actions = [
            row.deleted.set(True),
            row.listed.remove(),
            row.owned_by.remove(),
            row.version.add(1),
        ]
        with contextlib.suppress(TransactionRefused):  # then it was deleted meanwhile
            commit(
                Update(
                    "type",
                    row(kind.qualification_type_id),
                    actions,
                    row.deleted == False,  # noqa: E712
                ),
                Update(
                    "name",
                    TypeNameRow(kind.account_id, kind.name),
                    [TypeNameRow.qualification_type_id.remove()],
                    TypeNameRow.qualification_type_id == kind.qualification_type_id,
                ),
            )

    def by_name(
        self, account_id: str | None, after: Position | None, limit: int
    ) -> list[tuple[Position, QualificationType]]:
        """One query; a read more to go on from a page. `Position` holds creation and id."""
        name, value = ("listed", LISTED) if account_id is None else ("owned_by", account_id)
        index = (
            QualificationTypeRow.by_name if account_id is None else QualificationTypeRow.by_owner
        )
        start: dict[str, Any] | None = None
        if after is not None:
            last = self.find(after[1])
            if last is None:
                return []
            start = {
                name: {"S": value},
                "name": {"S": last.name},
                "qualification_type_id": {"S": last.qualification_type_id},
            }
        rows = index.query(value, limit=limit, last_evaluated_key=start)
        found = [_to_type(row) for row in rows]
        return [((kind.created_ms, kind.qualification_type_id), kind) for kind in found]

    def note_use(self, account_id: str, type_id: str, hit_type_id: str) -> None:
        put(TypeUseRow(f"{account_id}:{type_id}", hit_type_id))

    def uses(self, account_id: str, type_id: str, first: str, limit: int) -> list[str]:
        rows = TypeUseRow.query(
            f"{account_id}:{type_id}",
            TypeUseRow.hit_type_id >= first if first else None,
            limit=limit,
            consistent_read=True,
        )
        return [row.hit_type_id for row in rows]


def _is_same(found: QualificationType, written: QualificationType) -> bool:
    return _from_type(found).attribute_values == {
        **_from_type(written).attribute_values,
        "version": written.version + 1,
    }


def _to_type(row: QualificationTypeRow) -> QualificationType:
    return QualificationType(
        qualification_type_id=row.qualification_type_id,
        account_id=row.account_id,
        requester=row.requester,
        name=row.name,
        description=row.description,
        keywords=row.keywords,
        status=TypeStatus(row.status),
        created_ms=int(row.created_ms),
        retry_delay_s=_whole(row.retry_delay_s),
        test=row.test,
        test_duration_s=_whole(row.test_duration_s),
        answer_key=row.answer_key,
        auto_granted=row.auto_granted,
        auto_granted_value=_whole(row.auto_granted_value),
        deleted=row.deleted,
        version=int(row.version),
    )


def _from_type(kind: QualificationType) -> QualificationTypeRow:
    """The row of a type that is not deleted."""
    return QualificationTypeRow(
        qualification_type_id=kind.qualification_type_id,
        account_id=kind.account_id,
        requester=kind.requester,
        name=kind.name,
        description=kind.description,
        keywords=kind.keywords,
        status=kind.status.value,
        created_ms=kind.created_ms,
        retry_delay_s=kind.retry_delay_s,
        test=kind.test,
        test_duration_s=kind.test_duration_s,
        answer_key=kind.answer_key,
        auto_granted=kind.auto_granted,
        auto_granted_value=kind.auto_granted_value,
        version=kind.version,
        listed=LISTED,
        owned_by=kind.account_id,
    )


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
