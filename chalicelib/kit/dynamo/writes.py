"""Conditional writes and transactions, as both halves' stores make them.

Every verb ends in one of three ways: it was done, its condition did not hold (and what was there
instead is known), or `StoreUnavailable`, when it may or may not have been done: ask again. Those
that begin with `try_` return the first two; the others raise for the second. Conflicts with
somebody's transaction are tried again below this, in `kit.dynamo.client`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.kit.dynamo.client import TransactionRefusal, WriteRefused

M = TypeVar("M", bound=Model)


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


@dataclass(frozen=True, slots=True)
class Check:
    """An item that must be as it should be, and stays so; its key, as PynamoDB takes it."""

    label: str
    model: type[Model]
    key: tuple[str, str]
    condition: Condition


Write = Check | Delete | Put | Update


def put(item: Model, condition: Condition | None = None) -> None:
    """Write a whole item; raises `ConditionFailed`.

    Where only the answer to an earlier try was lost, the very item is there: that is success.
    """
    try:
        item.save(condition=condition, add_version_condition=False)
    except WriteRefused as refused:
        if not (refused.again and refused.item == item.serialize()):
            raise ConditionFailed(_item(type(item), refused.item)) from None


def update(item: M, actions: Sequence[Action], condition: Condition) -> M:
    """Change an item, which then holds what is stored; raises `ConditionFailed`.

    Its caller knows its own change in `found`, where the answer to an earlier try was lost.
    """
    try:
        item.update(list(actions), condition=condition, add_version_condition=False)
    except WriteRefused as refused:
        raise ConditionFailed(_item(type(item), refused.item)) from None
    return item


def delete(item: Model) -> None:
    """Delete an item, if it is there."""
    item.delete(add_version_condition=False)


def commit(*writes: Write) -> None:
    """Do all of it or nothing; raises `TransactionRefused` with the labels that failed.

    Costs twice what the writes would by themselves. botocore gives every call a request token, so
    that its own tries do not count twice.
    """
    # PynamoDB sends checks, deletes, puts, updates, and the reasons come back in that order.
    kinds = (Check, Delete, Put, Update)
    ordered = [w for kind in kinds for w in writes if isinstance(w, kind)]
    first = ordered[0]
    model = first.model if isinstance(first, Check) else type(first.item)
    try:
        with TransactWrite(connection=model._get_connection().connection) as all_or_none:
            for write in ordered:
                _add(all_or_none, write)
    except TransactionRefusal as refusal:
        found = {ordered[at].label: item for at, item in refusal.items.items()}
        raise TransactionRefused(found) from None


def try_update(item: M, actions: Sequence[Action], condition: Condition) -> tuple[bool, M | None]:
    """Do one conditional `UpdateItem`; return (done, the item as it is now).

    Costs one write of the whole item, also when refused.
    """
    try:
        return True, update(item, actions, condition)
    except ConditionFailed as refused:
        return False, refused.found


def try_put(item: M, condition: Condition) -> tuple[bool, M | None]:
    """Put an item if there is none; return (done, the item that is there)."""
    try:
        put(item, condition)
    except ConditionFailed as refused:
        return False, refused.found
    return True, item


def try_commit(*writes: Write) -> bool:
    """Do all of it or nothing; return whether it was done."""
    try:
        commit(*writes)
    except TransactionRefused:
        return False
    return True


def find_item(
    model: type[M], key: str, sort: str | None = None, consistent: bool = False
) -> M | None:
    """Read an item by its key."""
    try:
        return model.get(key, sort, consistent_read=consistent)
    except model.DoesNotExist:
        return None


def _add(transaction: TransactWrite, write: Write) -> None:
    if isinstance(write, Check):
        transaction.condition_check(write.model, *write.key, condition=write.condition)
    elif isinstance(write, Delete):
        transaction.delete(write.item, condition=write.condition)
    elif isinstance(write, Put):
        transaction.save(write.item, condition=write.condition, return_values="ALL_OLD")
    else:
        transaction.update(
            write.item,
            actions=list(write.actions),
            condition=write.condition,
            return_values="ALL_OLD",
        )


def _item(model: type[Model], raw: dict[str, Any] | None) -> Model | None:
    return model.from_raw_data(raw) if raw else None
