"""What all stores share: conditional writes that say whether they were done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import (
    Check,
    ConditionFailed,
    Delete,
    Put,
    TransactionRefused,
    Update,
)

M = TypeVar("M", bound=Model)

DAY_MS = 86_400_000
KEEP_DAYS = 120

delete = writes.delete


def ttl_after(now_ms: int, days: int = KEEP_DAYS) -> int:
    """Return when DynamoDB may clear an item away, in epoch seconds; never used to decide."""
    return (now_ms + days * DAY_MS) // 1000


def update(item: M, actions: Sequence[Action], condition: Condition) -> tuple[bool, M | None]:
    """Do one conditional `UpdateItem`; return (done, the item as it is now).

    Costs one write of the whole item, also when refused. Raises `StoreUnavailable` otherwise, when
    the write may or may not have been done: ask again.
    """
    try:
        return True, writes.update(item, actions, condition)
    except ConditionFailed as refused:
        return False, refused.found


def put_new(item: M, condition: Condition) -> tuple[bool, M | None]:
    """Put an item if there is none; return (done, the item that is there)."""
    try:
        writes.put(item, condition)
    except ConditionFailed as refused:
        return False, refused.found
    return True, item


def both(
    first: tuple[Model, Sequence[Action], Condition], also: tuple[M, Sequence[Action]]
) -> bool:
    """Change two items or neither; False if the first one's condition does not hold.

    Costs twice what the two writes would.
    """
    item, actions, condition = first
    return _is_committed(Update("first", item, actions, condition), Update("also", *also))


def put_new_beside(
    item: Model, missing: Condition, other: tuple[str, str], holds: Condition
) -> bool:
    """Put an item if there is none, and if another of the table, by its key, is as it should be;
    return whether it was put.

    Costs twice what the write would, and two units for the other.
    """
    return _is_committed(Check("other", type(item), other, holds), Put("item", item, missing))


def replace(old: Model, new: Model) -> None:
    """Put an item and delete another, both or neither: twice what the two writes would cost."""
    writes.commit(Delete("old", old), Put("new", new))


def get(model: type[M], key: str, sort: str | None = None, consistent: bool = False) -> M | None:
    try:
        return model.get(key, sort, consistent_read=consistent)
    except model.DoesNotExist:
        return None


def _is_committed(*parts: writes.Write) -> bool:
    try:
        writes.commit(*parts)
    except TransactionRefused:
        return False
    return True
