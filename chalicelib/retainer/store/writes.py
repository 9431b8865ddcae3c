"""What all stores share: conditional writes that say whether they were done."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any, TypeVar

from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.dynamo import StoreUnavailable, is_refused, refused_item

M = TypeVar("M", bound=Model)

DAY_MS = 86_400_000
KEEP_DAYS = 120
TRIES = 8


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


def both(
    first: tuple[Model, Sequence[Action], Condition], also: tuple[M, Sequence[Action]]
) -> bool:
    """Change two items or neither; False if the first one's condition does not hold.

    Costs twice what the two writes would. A conflict with another transaction is tried again.
    """
    item, actions, condition = first
    for attempt in range(TRIES):
        try:
            with TransactWrite(connection=type(item)._get_connection().connection) as all_or_none:
                all_or_none.update(item, actions=list(actions), condition=condition)
                all_or_none.update(also[0], actions=list(also[1]))
            return True
        except TransactWriteError as error:
            codes = {r.code for r in error.cancellation_reasons if r is not None}
            if "ConditionalCheckFailed" in codes:
                return False
            if "TransactionConflict" not in codes:
                raise StoreUnavailable(str(error)) from error
        except PynamoDBException as error:
            raise StoreUnavailable(str(error)) from error
        # Full jitter; not the injected clock, which tests stop.
        time.sleep(random.uniform(0, 0.005 * 2**attempt))
    raise StoreUnavailable("a transaction met conflicts time and again")


def put_new_beside(
    item: Model, missing: Condition, other: tuple[str, str], holds: Condition
) -> bool:
    """Put an item if there is none, and if another of the table, by its key, is as it should be;
    return whether it was put.

    Costs twice what the write would, and two units for the other.
    """
    try:
        with TransactWrite(connection=type(item)._get_connection().connection) as all_or_none:
            all_or_none.condition_check(type(item), *other, condition=holds)
            all_or_none.save(item, condition=missing)
    except TransactWriteError as error:
        codes = {r.code for r in error.cancellation_reasons if r is not None}
        if "ConditionalCheckFailed" not in codes:
            raise StoreUnavailable(str(error)) from error
        return False
    except PynamoDBException as error:
        raise StoreUnavailable(str(error)) from error
    return True


def replace(old: Model, new: Model) -> None:
    """Put an item and delete another, both or neither: twice what the two writes would cost."""
    try:
        with TransactWrite(connection=type(old)._get_connection().connection) as both_or_none:
            both_or_none.save(new)
            both_or_none.delete(old)
    except PynamoDBException as error:
        raise StoreUnavailable(str(error)) from error


def delete(item: Model) -> None:
    """Delete an item, if it is there."""
    try:
        item.delete()
    except PynamoDBException as error:
        raise StoreUnavailable(str(error)) from error


def get(model: type[M], key: str, sort: str | None = None, consistent: bool = False) -> M | None:
    try:
        return model.get(key, sort, consistent_read=consistent)
    except model.DoesNotExist:
        return None
    except PynamoDBException as error:
        raise StoreUnavailable(str(error)) from error


def _read(model: type[M], raw: dict[str, Any] | None) -> M | None:
    return model.from_raw_data(raw) if raw is not None else None
