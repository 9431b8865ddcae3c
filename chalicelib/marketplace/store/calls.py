"""Calls and the rounds that plan them, in DynamoDB."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition

from chalicelib.kit.dynamo.writes import (
    ConditionFailed,
    Put,
    TransactionRefused,
    Update,
    commit,
    put,
    update,
)
from chalicelib.marketplace.domain.calling import Calling
from chalicelib.marketplace.domain.calling_ports import Claim
from chalicelib.marketplace.domain.calls import KEPT_S, Call, CallKind, Round, WayState
from chalicelib.marketplace.store.calling_tables import LISTED, CallingRow, CallRow, RoundRow
from chalicelib.marketplace.store.translate import SHARDS, shard


class DynamoCalls:
    """Implements `CallStore`."""

    def plan(self, call: Call) -> None:
        with contextlib.suppress(ConditionFailed):
            put(to_row(call), CallRow.worker_id.does_not_exist())

    def due(self, now_ms: int, limit: int) -> list[Call]:
        """One query for each part of the index."""
        return [
            _to_call(row)
            for part in SHARDS
            for row in CallRow.by_due.query(part, CallRow.next_ms <= now_ms, limit=limit)
        ]

    def claim(self, call: Call, way: str) -> bool:
        """One write."""
        state = CallRow.states[way]
        free = CallRow.due.exists() & (state.does_not_exist() | (state == WayState.RETRY.value))
        try:
            update(_key(call), [state.set(WayState.CLAIMED.value)], free)
        except ConditionFailed:
            return False
        return True

    def settle(self, call: Call, states: Mapping[str, WayState], next_ms: int | None) -> None:
        row = CallRow
        actions = [row.states[way].set(state.value) for way, state in states.items()]
        if next_ms is None:
            actions.append(row.due.remove())
        else:
            actions += [
                row.due.set(shard(call.worker_id)),
                row.next_ms.set(next_ms),
                row.tries.set(call.tries + 1),
            ]
        with contextlib.suppress(ConditionFailed):
            update(_key(call), actions, row.worker_id.exists())

    def postpone(self, call: Call, next_ms: int) -> None:
        with contextlib.suppress(ConditionFailed):
            update(_key(call), [CallRow.next_ms.set(next_ms)], CallRow.due.exists())

    def of_worker(self, worker_id: str, limit: int) -> list[Call]:
        """The newest first."""
        rows = CallRow.by_time.query(
            worker_id, limit=limit, scan_index_forward=False, consistent_read=True
        )
        return [_to_call(row) for row in rows]

    def find_round(self, round_id: str) -> Round | None:
        try:
            return _to_round(RoundRow.get(round_id, consistent_read=True))
        except DoesNotExist:
            return None

    def find_rounds(self, round_ids: list[str]) -> dict[str, Round]:
        rows = RoundRow.batch_get(list(dict.fromkeys(round_ids)))
        return {row.round_id: _to_round(row) for row in rows}

    def due_rounds(self, now_ms: int, limit: int) -> list[Round]:
        rows = RoundRow.by_due.query(LISTED, RoundRow.next_ms <= now_ms, limit=limit)
        return [_to_round(row) for row in rows]

    def begin_round(self, found: Round) -> bool:
        try:
            put(from_round(found), RoundRow.round_id.does_not_exist())
        except ConditionFailed:
            return False
        return True

    def take_round(self, found: Round, changed: Round) -> bool:
        row = RoundRow
        after = list(changed.after) if changed.after else None
        actions = [
            row.next_ms.set(changed.next_ms),
            row.most.set(changed.most),
            row.day.set(changed.day) if changed.day else row.day.remove(),
            row.target.remove() if changed.target is None else row.target.set(changed.target),
            row.after.remove() if after is None else row.after.set(after),
        ]
        if changed.called != found.called:
            actions.append(row.called.set(changed.called))
        try:
            update(row(found.round_id), actions, _same(found))
        except ConditionFailed:
            return False
        return True

    def end_round(self, found: Round) -> None:
        with contextlib.suppress(ConditionFailed):
            update(RoundRow(found.round_id), [RoundRow.due.remove()], _same(found))

    def call_in_round(self, found: Round, calling: Calling, call: Call, day: str) -> Claim:
        """One transaction of three items."""
        row = CallingRow
        if calling.day:
            same = (row.day == calling.day) & (row.today == calling.today)
        else:
            same = row.day.does_not_exist()
        today = calling.today + 1 if calling.day == day else 1
        counted = [row.called_ms.set(call.at_ms), row.day.set(day), row.today.set(today)]
        within = RoundRow.called < RoundRow.most
        try:
            commit(
                Put("call", to_row(call), CallRow.worker_id.does_not_exist()),
                Update("round", RoundRow(found.round_id), [RoundRow.called.add(1)], within),
                Update("calling", row(calling.worker_id), counted, same),
            )
        except TransactionRefused as refused:
            if "call" in refused.failed:
                return Claim.ALREADY
            return Claim.FULL if "round" in refused.failed else Claim.CHANGED
        return Claim.CALLED


def to_row(call: Call) -> CallRow:
    """The row of a new call."""
    return CallRow(
        call.worker_id,
        call.call_id,
        kind=call.kind.value,
        subject=call.subject or None,
        revision=call.revision,
        at_ms=call.at_ms,
        next_ms=call.next_ms,
        expires_ms=call.expires_ms,
        due=shard(call.worker_id),
        ttl=call.expires_ms // 1000 + KEPT_S,
    )


def from_round(found: Round) -> RoundRow:
    """The row of a new round; only sessions' rounds are found by time."""
    return RoundRow(
        found.round_id,
        kind=found.kind.value,
        subject=found.subject,
        day=found.day or None,
        called=found.called,
        most=found.most,
        next_ms=found.next_ms,
        due=LISTED if found.kind is CallKind.SESSION else None,
        ttl=found.next_ms // 1000 + 400 * 86_400,
    )


def _same(found: Round) -> Condition:
    condition: Condition = (RoundRow.next_ms == found.next_ms) & (
        RoundRow.target.does_not_exist()
        if found.target is None
        else RoundRow.target == found.target
    )
    return condition


def _key(call: Call) -> CallRow:
    return CallRow(call.worker_id, call.call_id)


def _to_call(row: CallRow) -> Call:
    return Call(
        worker_id=row.worker_id,
        call_id=row.call_id,
        kind=CallKind(row.kind),
        subject=row.subject or "",
        revision=int(row.revision),
        at_ms=int(row.at_ms),
        next_ms=int(row.next_ms),
        expires_ms=int(row.expires_ms),
        tries=int(row.tries),
        states={way: WayState(state) for way, state in row.states.as_dict().items()},
    )


def _to_round(row: RoundRow) -> Round:
    after: Any = row.after
    return Round(
        round_id=row.round_id,
        kind=CallKind(row.kind),
        subject=row.subject,
        next_ms=int(row.next_ms),
        day=row.day or "",
        called=int(row.called),
        most=int(row.most),
        target=None if row.target is None else int(row.target),
        after=(int(after[0]), str(after[1])) if after else None,
    )
