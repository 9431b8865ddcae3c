"""Conditional writes and transactions, with the two things DynamoDB leaves to its caller: a
conflict with somebody's transaction is tried again, and a refusal says what was there instead."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pynamodb.exceptions import (
    DeleteError,
    PutError,
    PynamoDBException,
    TransactWriteError,
    UpdateError,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.dynamo import StoreUnavailable, is_refused, refused_item

M = TypeVar("M", bound=Model)

_ATTEMPTS = 10
_FIRST_PAUSE_S = 0.005
_CONFLICTS = frozenset({"TransactionConflictException", "TransactionInProgressException"})


class ConditionFailed(Exception):
    """The condition of a single write did not hold; `found` is the item that was there."""

    def __init__(self, found: Any) -> None:
        super().__init__("condition failed")
        self.found = found


class TransactionRefused(Exception):
    """Some conditions of a transaction did not hold: label to the item that was there."""

    def __init__(self, failed: dict[str, dict[str, Any] | None]) -> None:
        super().__init__(", ".join(failed))
        self.failed = failed


@dataclass(frozen=True, slots=True)
class Put:
    label: str
    item: Model
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Update:
    label: str
    item: Model
    actions: Sequence[Action]
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    label: str
    item: Model
    condition: Condition | None = None


Write = Put | Update | Delete


def put(item: Model, condition: Condition | None = None) -> None:
    """Write a whole item; raises `ConditionFailed`."""
    _single(type(item), lambda: item.save(condition=condition))


def update(item: M, actions: Sequence[Action], condition: Condition) -> M:
    """Change an item, which then holds what is stored; raises `ConditionFailed`."""
    _single(type(item), lambda: item.update(actions=list(actions), condition=condition))
    return item


def delete(item: Model) -> None:
    _single(type(item), item.delete)


def commit(*writes: Write) -> None:
    """Do all of it or nothing; raises `TransactionRefused` with the labels that failed.

    botocore gives every call a request token, so that its own retries do not count twice.
    """
    # PynamoDB sends deletes, puts, updates, and the reasons come back in that order.
    ordered = [w for kind in (Delete, Put, Update) for w in writes if isinstance(w, kind)]
    for attempt in range(_ATTEMPTS):
        try:
            with TransactWrite(connection=type(ordered[0].item)._get_connection().connection) as t:
                for write in ordered:
                    if isinstance(write, Delete):
                        t.delete(write.item, condition=write.condition)
                    elif isinstance(write, Put):
                        t.save(write.item, condition=write.condition, return_values="ALL_OLD")
                    else:
                        t.update(
                            write.item,
                            actions=list(write.actions),
                            condition=write.condition,
                            return_values="ALL_OLD",
                        )
            return
        except TransactWriteError as error:
            reasons = error.cancellation_reasons
            failed = {
                write.label: reason.raw_item
                for write, reason in zip(ordered, reasons, strict=False)
                if reason is not None and reason.code == "ConditionalCheckFailed"
            }
            if failed:
                raise TransactionRefused(failed) from None
            conflict = any(r is not None and r.code == "TransactionConflict" for r in reasons)
            if not conflict and error.cause_response_code not in _CONFLICTS:
                raise StoreUnavailable(str(error.cause_response_code)) from error
        _pause(attempt)
    raise StoreUnavailable("a transaction met conflicts time and again")


def _single(model: type[Model], write: Callable[[], object]) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            write()
            return
        except (UpdateError, PutError, DeleteError) as error:
            if is_refused(error):
                raise ConditionFailed(_item(model, error)) from None
            if error.cause_response_code not in _CONFLICTS:
                raise StoreUnavailable(str(error.cause_response_code)) from error
        _pause(attempt)
    raise StoreUnavailable("a write met conflicts time and again")


def _item(model: type[Model], error: PynamoDBException) -> Model | None:
    raw = refused_item(error)
    return model.from_raw_data(raw) if raw else None


def _pause(attempt: int) -> None:
    # Full jitter; not the injected clock, which tests stop.
    time.sleep(random.uniform(0, _FIRST_PAUSE_S * 2 ** min(attempt, 6)))
