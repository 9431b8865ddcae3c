"""Workers' choices of how they are called, in DynamoDB."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.kit.dynamo.writes import Put, TransactionRefused, Update, commit
from chalicelib.marketplace.domain.calling import AddressState, Calling, Purpose
from chalicelib.marketplace.domain.calls import Call
from chalicelib.marketplace.domain.local_time import Quiet
from chalicelib.marketplace.domain.ports import Position, Refused
from chalicelib.marketplace.domain.rates import Once
from chalicelib.marketplace.store.calling_tables import LISTED, CallingRow
from chalicelib.marketplace.store.calls import to_row
from chalicelib.marketplace.store.rates import once


class DynamoCallings:
    """Implements `CallingStore`."""

    def find(self, worker_id: str) -> Calling | None:
        try:
            return _to_calling(CallingRow.get(worker_id, consistent_read=True))
        except DoesNotExist:
            return None

    def save(self, calling: Calling, call: Call | None = None, asked: Once | None = None) -> bool:
        """One transaction. What calls have counted meanwhile stays."""
        row = CallingRow
        same: Condition = row.worker_id.does_not_exist()
        if calling.version:
            same = row.version == calling.version
        written = Update("calling", row(calling.worker_id), _actions(calling), same)
        try:
            commit(
                written,
                *([Put("call", to_row(call))] if call else []),
                *([once(asked)] if asked else []),
            )
        except TransactionRefused as refused:
            # This very change, of which only the answer was lost, counts as done.
            there = self.find(calling.worker_id)
            if there is not None and _choices(there) == _choices(calling, calling.version + 1):
                return True
            if "once" in refused.failed:
                raise Refused("asked") from None
            return False
        return True

    def candidates(
        self, purpose: Purpose, after: Position | None, limit: int
    ) -> list[tuple[Position, Calling]]:
        """One query of a sparse index, which may be a moment behind."""
        sessions = purpose is Purpose.SESSIONS
        index: Any = CallingRow.wants_sessions if sessions else CallingRow.wants_work
        start: dict[str, Any] | None = None
        if after is not None:
            start = {
                "for_sessions" if sessions else "for_work": {"S": LISTED},
                "called_ms": {"N": str(after[0])},
                "worker_id": {"S": after[1]},
            }
        rows = index.query(LISTED, limit=limit, last_evaluated_key=start)
        return [((int(row.called_ms), row.worker_id), _to_calling(row)) for row in rows]

    def with_address(self, address: str) -> list[Calling]:
        return [_to_calling(row) for row in CallingRow.scan(CallingRow.address == address)]


def _choices(calling: Calling, version: int | None = None) -> Calling:
    """Without what calls have counted."""
    number = calling.version if version is None else version
    return replace(calling, version=number, called_ms=0, day="", today=0)


def _actions(calling: Calling) -> list[Action]:
    row = CallingRow
    quiet = calling.quiet
    values: list[tuple[Any, Any]] = [
        (row.choices, sorted(calling.choices)),
        (row.address, calling.address),
        (row.address_state, calling.address_state and calling.address_state.value),
        (row.code_ms, calling.code_ms),
        (row.asked_ms, list(calling.asked_ms)),
        (row.subscriptions, dict(calling.subscriptions)),
        (row.feed, calling.feed),
        (row.feed_on, calling.feed_on),
        (row.zone, calling.zone_name),
        (row.quiet, [quiet.from_minute, quiet.to_minute] if quiet else None),
        (row.most_a_day, calling.most_a_day),
        (row.version, calling.version + 1),
        (row.for_sessions, LISTED if calling.ways(Purpose.SESSIONS) else None),
        (row.for_work, LISTED if calling.ways(Purpose.WORK) else None),
    ]
    actions = [a.remove() if value is None else a.set(value) for a, value in values]
    # An index takes an item only once it has the key; those never called come first.
    actions.append(row.called_ms.set(row.called_ms | 0))
    return actions


def _to_calling(row: CallingRow) -> Calling:
    return Calling(
        worker_id=row.worker_id,
        choices=frozenset(row.choices),
        address=row.address,
        address_state=AddressState(row.address_state) if row.address_state else None,
        code_ms=int(row.code_ms),
        asked_ms=tuple(int(at) for at in row.asked_ms),
        subscriptions=dict(row.subscriptions),
        feed=int(row.feed),
        feed_on=row.feed_on,
        zone_name=row.zone,
        quiet=Quiet(*row.quiet) if row.quiet else None,
        most_a_day=int(row.most_a_day),
        version=int(row.version),
        called_ms=int(row.called_ms),
        day=row.day or "",
        today=int(row.today),
    )
