"""What all stores share: conditional writes that say whether they were done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from chalicelib.dynamo import StoreUnavailable, is_refused, refused_item

M = TypeVar("M", bound=Model)

DAY_MS = 86_400_000
KEEP_DAYS = 120


def ttl_after(now_ms: int, days: int = KEEP_DAYS) -> int:
    """Return when DynamoDB may clear an item away, in epoch seconds; never used to decide."""
    return (now_ms + days * DAY_MS) // 1000


def update(item: M, actions: Sequence[Action], condition: Condition) -> tuple[bool, M | None]:
    """Do one conditional `UpdateItem`; return (done, the item as it is now).

    Costs one write of the whole item, also when refused. Raises `StoreUnavailable` otherwise, when
    the write may or may not have been done: ask again.
    """
    try:
        item.update(list(actions), condition=condition, add_version_condition=False)
    except PynamoDBException as error:
        if not is_refused(error):
            raise StoreUnavailable(str(error)) from error
        return False, _read(type(item), refused_item(error))
    return True, item


def put_new(item: M, condition: Condition) -> tuple[bool, M | None]:
    """Put an item if there is none; return (done, the item that is there)."""
    try:
        item.save(condition=condition, add_version_condition=False)
    except PynamoDBException as error:
        if not is_refused(error):
            raise StoreUnavailable(str(error)) from error
        return False, _read(type(item), refused_item(error))
    return True, item


def get(model: type[M], key: str, sort: str | None = None, consistent: bool = False) -> M | None:
    try:
        return model.get(key, sort, consistent_read=consistent)
    except model.DoesNotExist:
        return None
    except PynamoDBException as error:
        raise StoreUnavailable(str(error)) from error


def _read(model: type[M], raw: dict[str, Any] | None) -> M | None:
    return model.from_raw_data(raw) if raw is not None else None
