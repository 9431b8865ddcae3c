"""Where each table has a worker in it, and what of that goes when their data is deleted.

`RULES` speaks of every table. What has to stay, such as money that changed hands, stays under a
mark, which names nobody and leads back to nobody once the worker's own row is gone. Each step finds
what it has not done yet by the worker's id, so that all of them may be cut short and done again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from pynamodb.models import Model

from chalicelib.kit.dynamo.writes import (
    ConditionFailed,
    Delete,
    Put,
    TransactionRefused,
    Update,
    commit,
    delete,
    update,
)
from chalicelib.marketplace.domain.assignments import VISIBLE, Assignment, AssignmentStatus
from chalicelib.marketplace.store import translate
from chalicelib.marketplace.store.calling_tables import (
    AnnouncedRow,
    CallingRow,
    CallRow,
    ReplyRow,
    RoundRow,
)
from chalicelib.marketplace.store.contact import DynamoBlocks
from chalicelib.marketplace.store.contact_tables import BlockRow, MessageRow
from chalicelib.marketplace.store.event_tables import DestinationRow, NotificationRow, OutboxRow
from chalicelib.marketplace.store.invitation_tables import InvitationRow, NewcomersRow, SessionRow
from chalicelib.marketplace.store.ledger_tables import DepositRow, LedgerRow
from chalicelib.marketplace.store.policy_tables import ReportRow
from chalicelib.marketplace.store.qualification_tables import (
    QualificationRequestRow,
    QualificationRow,
    QualificationTypeRow,
    RequestIdRow,
    TypeNameRow,
    TypeUseRow,
)
from chalicelib.marketplace.store.rate_tables import RateRow
from chalicelib.marketplace.store.site_tables import (
    AgreementRow,
    ConsentRow,
    ConsentTextRow,
    HitReportRow,
    WorkTimeRow,
)
from chalicelib.marketplace.store.tables import (
    AccessKeyRow,
    AnswerRow,
    AssignmentIdRow,
    AssignmentRow,
    HitRow,
    HitTypeRow,
    QuestionRow,
    RequesterRow,
    TokenRow,
    WorkerRow,
)

M = TypeVar("M", bound=Model)

Step = Callable[[str, str], int]
"""Deletes or renames what a table has of a worker (id, mark); returns how many rows it was."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`stays` says what is still there afterwards, and why; `step` is None where a table never has
    a worker in it."""

    stays: str
    step: Step | None = None


def _of(model: type[M], worker_id: str) -> Iterator[M]:
    """A table's rows of a worker. One scan: an index may be a moment behind, and has not all."""
    return model.scan(model.worker_id == worker_id, consistent_read=True)  # type: ignore[attr-defined]


def _deleted(model: type[Model]) -> Step:
    def step(worker_id: str, _: str) -> int:
        return sum(_gone(row) for row in list(_of(model, worker_id)))

    return step


def _deleted_by_key(model: type[Model]) -> Step:
    def step(worker_id: str, _: str) -> int:
        return sum(_gone(row) for row in list(model.query(worker_id, consistent_read=True)))

    return step


def _gone(row: Model) -> int:
    delete(row)
    return 1


def _assignments(worker_id: str, mark: str) -> int:
    """Work that was handed in stays the requester's, who paid for it; all else goes."""
    done = 0
    for row in list(_of(AssignmentRow, worker_id)):
        found = translate.to_assignment(row)
        if found.status in VISIBLE:
            done += _renamed_assignment(row, found, mark)
        else:
            done += _gone(row)
    return done


def _renamed_assignment(row: AssignmentRow, found: Assignment, mark: str) -> int:
    if found.answer_key and _is_disposed(found.hit_id):
        # First, since nothing else leads to it.
        delete(AnswerRow(found.answer_key))
    new = AssignmentRow(**{**row.attribute_values, "worker_id": mark, "feedback": None})
    same = (AssignmentRow.assignment_id == found.assignment_id) & (
        AssignmentRow.status == found.status.value
    )
    same &= AssignmentRow.bonus_cents == row.bonus_cents
    lead = AssignmentIdRow(found.assignment_id)
    with contextlib.suppress(TransactionRefused):  # changed meanwhile: the next pass has it
        commit(
            Delete("old", AssignmentRow(row.hit_id, row.worker_id), same),
            Put("new", new, AssignmentRow.hit_id.does_not_exist()),
            Update(
                "id",
                lead,
                [AssignmentIdRow.worker_id.set(mark)],
                AssignmentIdRow.assignment_id.exists(),
            ),
        )
    return 1


def _assignment_ids(worker_id: str, _: str) -> int:
    """The ways that lead nowhere: of work that stays the way went with it, under the mark."""
    done = 0
    for row in list(_of(AssignmentIdRow, worker_id)):
        done += 1
        try:
            AssignmentRow.get(row.hit_id, worker_id, consistent_read=True)
        except AssignmentRow.DoesNotExist:
            delete(row)
    return done


def _is_disposed(hit_id: str) -> bool:
    try:
        return HitRow.get(hit_id, consistent_read=True).deleted
    except HitRow.DoesNotExist:
        return True


def _ledger(worker_id: str, mark: str) -> int:
    done = 0
    for row in list(_of(LedgerRow, worker_id)):
        actions = [LedgerRow.worker_id.set(mark), LedgerRow.reason.remove()]
        update(LedgerRow(row.account_id, row.entry), actions, LedgerRow.entry.exists())
        done += 1
    return done


def _requests(worker_id: str, _: str) -> int:
    done = 0
    for row in list(_of(QualificationRequestRow, worker_id)):
        if row.answer:
            delete(AnswerRow(row.answer))
        done += _gone(row)
    return done


def _reports(worker_id: str, mark: str) -> int:
    return _under_mark(HitReportRow, worker_id, {"worker_id": mark, "text": ""})


def _agreements(worker_id: str, mark: str) -> int:
    done = 0
    for row in list(_of(AgreementRow, worker_id)):
        entry = mark + row.entry.removeprefix(worker_id)
        done += _moved(row, {"entry": entry, "worker_id": mark})
    return done


def _under_mark(model: type[Model], worker_id: str, changed: dict[str, Any]) -> int:
    return sum(_moved(row, changed) for row in list(_of(model, worker_id)))


def _moved(row: Model, changed: dict[str, Any]) -> int:
    """Give a row another key, in one transaction."""
    new = type(row)(**{**row.attribute_values, **changed})
    with contextlib.suppress(TransactionRefused):
        commit(Delete("old", row), Put("new", new))
    return 1


def _blocks(worker_id: str, _: str) -> int:
    found = list(_of(BlockRow, worker_id))
    for row in found:
        DynamoBlocks().remove(row.account_id, worker_id)  # the requester's count goes with it
    return len(found)


def _rounds(worker_id: str, mark: str) -> int:
    """A round of calls goes on after whom it looked at last."""
    done = 0
    for row in list(RoundRow.scan(RoundRow.after.exists(), consistent_read=True)):
        if row.after and worker_id in row.after:
            after = [mark if part == worker_id else part for part in row.after]
            with contextlib.suppress(ConditionFailed):  # it went on meanwhile
                update(
                    RoundRow(row.round_id),
                    [RoundRow.after.set(after)],
                    RoundRow.next_ms == row.next_ms,
                )
            done += 1
    return done


_REQUESTERS = Rule("requesters' own; no worker stands in it")

RULES: dict[type[Model], Rule] = {
    CallingRow: Rule("", _deleted_by_key(CallingRow)),
    CallRow: Rule("", _deleted_by_key(CallRow)),
    RoundRow: Rule("", _rounds),
    ReplyRow: Rule("", _deleted(ReplyRow)),
    MessageRow: Rule("", _deleted_by_key(MessageRow)),
    SessionRow: Rule("", _deleted(SessionRow)),
    InvitationRow: Rule("", _deleted(InvitationRow)),
    BlockRow: Rule("", _blocks),
    RateRow: Rule(
        "a keyed hash of an address, for a month if a mail asked it and nobody answered, for good "
        "if its owner wants no mail",
        _deleted_by_key(RateRow),
    ),
    QualificationRow: Rule("", _deleted(QualificationRow)),
    QualificationRequestRow: Rule("", _requests),
    RequestIdRow: Rule("", _deleted(RequestIdRow)),
    HitReportRow: Rule(
        "under the mark, without the text: that somebody reported a HIT, and why", _reports
    ),
    AgreementRow: Rule(
        "under the mark: that somebody agreed to a requester's text, who may have to show it",
        _agreements,
    ),
    AssignmentRow: Rule(
        "under the mark: work that was handed in, and what it was paid; the requester's accounts "
        "hang on it",
        _assignments,
    ),
    AssignmentIdRow: Rule("under the mark: the way to that work", _assignment_ids),
    AnswerRow: Rule(
        "answers to HITs that are not disposed of: the requester paid for them, and sees them "
        "under the mark; they go with the HIT"
    ),
    LedgerRow: Rule(
        "under the mark, without a bonus's reason: money that changed hands, for accounting",
        _ledger,
    ),
    HitRow: Rule("requesters' own; who has accepted stands in it until that is over"),
    ReportRow: Rule("what review policies found, by assignment; no worker stands in it"),
    OutboxRow: Rule("what requesters are told, by assignment, for two weeks"),
    NewcomersRow: Rule("how many signed up on a day"),
    WorkTimeRow: Rule("how many seconds a kind of HIT took; nobody stands in it"),
    RequesterRow: _REQUESTERS,
    AccessKeyRow: _REQUESTERS,
    TokenRow: _REQUESTERS,
    HitTypeRow: _REQUESTERS,
    QuestionRow: _REQUESTERS,
    DepositRow: _REQUESTERS,
    NotificationRow: _REQUESTERS,
    DestinationRow: _REQUESTERS,
    QualificationTypeRow: _REQUESTERS,
    TypeNameRow: _REQUESTERS,
    TypeUseRow: _REQUESTERS,
    ConsentTextRow: _REQUESTERS,
    ConsentRow: _REQUESTERS,
    AnnouncedRow: _REQUESTERS,
    # The last one: it has the mark.
    WorkerRow: Rule("", None),
}


class DynamoErasure:
    """Implements `ErasureStore`. Scans tables; for commands only."""

    def begin_erasure(self, worker_id: str, mark: str) -> str | None:
        """Shut the worker out and give them a mark, or keep the one that an earlier try gave.

        Returns the mark in force; None if there is no such worker.
        """
        row = WorkerRow(worker_id)
        actions = [
            WorkerRow.closed.set(True),
            WorkerRow.mark.set(WorkerRow.mark | mark),
        ]
        try:
            return update(row, actions, WorkerRow.worker_id.exists()).mark
        except ConditionFailed:
            return None

    def open_work(self, worker_id: str) -> list[Assignment]:
        """What is accepted or not yet decided on."""
        undecided = {AssignmentStatus.ACCEPTED, AssignmentStatus.SUBMITTED}
        found = (translate.to_assignment(row) for row in _of(AssignmentRow, worker_id))
        return [one for one in found if one.status in undecided]

    def clear_tables(self, worker_id: str, mark: str) -> int:
        """Do each table's step once; returns how many rows were found."""
        return sum(rule.step(worker_id, mark) for rule in RULES.values() if rule.step)

    def end_erasure(self, worker_id: str) -> None:
        """Forget the worker and the mark that led to them."""
        delete(WorkerRow(worker_id))

    def stays(self) -> dict[str, str]:
        """By table what stays of a worker, and why."""
        return {
            _name(model): rule.stays for model, rule in RULES.items() if rule.stays and rule.step
        } | {_name(AnswerRow): RULES[AnswerRow].stays}


def _name(model: type[Model]) -> str:
    meta: Any = model.Meta
    return str(getattr(meta, "base_name", meta.table_name))
