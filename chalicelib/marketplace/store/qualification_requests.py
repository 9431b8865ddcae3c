"""Workers' requests for qualifications in DynamoDB.

What grants a qualification moves request and qualification in one transaction, so that nobody
holds what was not granted and nothing is granted that nobody holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
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
from chalicelib.marketplace.domain.messages import Message
from chalicelib.marketplace.domain.ports import Position
from chalicelib.marketplace.domain.qualifications import (
    Qualification,
    QualificationRequest,
    RequestState,
)
from chalicelib.marketplace.store.contact import telling
from chalicelib.marketplace.store.qualification_tables import (
    QualificationRequestRow,
    RequestIdRow,
)
from chalicelib.marketplace.store.qualifications import granting

_Row = QualificationRequestRow


class DynamoQualificationRequests:
    """Implements `QualificationRequestStore`."""

    def find(self, type_id: str, worker_id: str) -> QualificationRequest | None:
        try:
            return _to_request(_Row.get(type_id, worker_id, consistent_read=True))
        except DoesNotExist:
            return None

    def find_by_id(self, request_id: str) -> QualificationRequest | None:
        """Two reads by key; None as well for an id that a later request has replaced."""
        try:
            key = RequestIdRow.get(request_id, consistent_read=True)
        except DoesNotExist:
            return None
        found = self.find(key.qualification_type_id, key.worker_id)
        return found if found and found.request_id == request_id else None

    def find_many(self, keys: Sequence[tuple[str, str]]) -> list[QualificationRequest]:
        rows = _Row.batch_get(list(dict.fromkeys(keys)), consistent_read=True)
        return [_to_request(row) for row in rows]

    def start(
        self,
        request: QualificationRequest,
        replacing: QualificationRequest | None,
        grant: Qualification | None,
    ) -> bool:
        """Two writes: the id, which leads nowhere yet, and the record (with its grant)."""
        put(
            RequestIdRow(
                request.request_id,
                qualification_type_id=request.qualification_type_id,
                worker_id=request.worker_id,
            )
        )
        condition: Condition = _Row.request_id.does_not_exist()
        if replacing is not None:
            condition = _is(replacing, replacing.state)
        row = _from_request(request)
        if grant is not None:
            return _committed(Put("request", row, condition), granting(grant))
        try:
            put(row, condition)
        except ConditionFailed as refused:
            # A lost answer to our own write looks like this.
            return bool(refused.found and refused.found.request_id == request.request_id)
        return True

    def hand_in(self, request: QualificationRequest, grant: Qualification | None) -> bool:
        """One write, or one transaction of two items."""
        assert request.answer is not None
        assert request.submit_ms is not None
        actions = [
            _Row.state.set(request.state.value),
            _Row.answer.set(request.answer),
            _Row.submit_ms.set(request.submit_ms),
        ]
        if request.state is RequestState.PENDING:
            actions.append(_Row.pending_ms.set(request.submit_ms))
        condition = _is(request, RequestState.OPEN) & (_Row.deadline_ms >= request.submit_ms)
        row = _Row(request.qualification_type_id, request.worker_id)
        if grant is not None:
            return _committed(Update("request", row, actions, condition), granting(grant))
        try:
            update(row, actions, condition)
        except ConditionFailed as refused:
            # The answer's key is this attempt's own: if it is there, our write was the one.
            return bool(refused.found and refused.found.answer == request.answer)
        return True

    def accept(self, request: QualificationRequest, grant: Qualification, told: Message) -> bool:
        """One transaction of three items."""
        actions = [_Row.state.set(RequestState.GRANTED.value), _Row.pending_ms.remove()]
        return _committed(_decided(request, actions), granting(grant), telling(told))

    def reject(self, request: QualificationRequest, reason: str | None, told: Message) -> bool:
        """One transaction of two items."""
        actions = [_Row.state.set(RequestState.REJECTED.value), _Row.pending_ms.remove()]
        if reason is not None:
            actions.append(_Row.reason.set(reason))
        return _committed(_decided(request, actions), telling(told))

    def pending(
        self, account_id: str, type_id: str | None, after: Position | None, limit: int
    ) -> list[tuple[Position, QualificationRequest]]:
        """`Position` holds the request's id. One query; two reads more to go on from a page."""
        start: dict[str, Any] | None = None
        if after is not None:
            try:
                last = RequestIdRow.get(after[1], consistent_read=True)
            except DoesNotExist:
                return []
            start = {
                "qualification_type_id": {"S": last.qualification_type_id},
                "worker_id": {"S": last.worker_id},
                "pending_ms": {"N": str(after[0])},
            }
        if type_id is None:
            if start is not None:
                start["account_id"] = {"S": account_id}
            rows = _Row.pending_of_owner.query(account_id, limit=limit, last_evaluated_key=start)
        else:
            rows = _Row.pending_of_type.query(
                type_id, limit=limit, last_evaluated_key=start, consistent_read=True
            )
        return [((int(row.pending_ms), row.request_id), _to_request(row)) for row in rows]

    def of_worker(self, worker_id: str, limit: int) -> list[QualificationRequest]:
        rows = _Row.by_worker.query(worker_id, scan_index_forward=False, limit=limit)
        return [_to_request(row) for row in rows]


def _is(request: QualificationRequest, state: RequestState) -> Condition:
    condition: Condition = (_Row.request_id == request.request_id) & (_Row.state == state.value)
    return condition


def _decided(request: QualificationRequest, actions: Sequence[Action]) -> Update:
    row = _Row(request.qualification_type_id, request.worker_id)
    return Update("request", row, actions, _is(request, RequestState.PENDING))


def _committed(*writes: Put | Update) -> bool:
    try:
        commit(*writes)
    except TransactionRefused as refused:
        if "request" in refused.failed:
            return False
        raise
    return True


def _to_request(row: QualificationRequestRow) -> QualificationRequest:
    return QualificationRequest(
        request_id=row.request_id,
        qualification_type_id=row.qualification_type_id,
        worker_id=row.worker_id,
        account_id=row.account_id,
        state=RequestState(row.state),
        requested_ms=int(row.requested_ms),
        deadline_ms=None if row.deadline_ms is None else int(row.deadline_ms),
        test=row.test,
        answer_key=row.answer_key,
        answer=row.answer,
        submit_ms=None if row.submit_ms is None else int(row.submit_ms),
        reason=row.reason,
    )


def _from_request(request: QualificationRequest) -> QualificationRequestRow:
    pending = request.state is RequestState.PENDING
    return QualificationRequestRow(
        request.qualification_type_id,
        request.worker_id,
        request_id=request.request_id,
        account_id=request.account_id,
        state=request.state.value,
        requested_ms=request.requested_ms,
        deadline_ms=request.deadline_ms,
        test=request.test,
        answer_key=request.answer_key,
        answer=request.answer,
        submit_ms=request.submit_ms,
        pending_ms=request.submit_ms if pending else None,
        reason=request.reason,
    )
