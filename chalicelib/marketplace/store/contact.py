"""Blocks, messages and the list of bonuses in DynamoDB."""

from __future__ import annotations

import contextlib
from typing import Any

from pynamodb.exceptions import DoesNotExist

from chalicelib.kit.dynamo.writes import (
    ConditionFailed,
    Delete,
    Put,
    TransactionRefused,
    Update,
    commit,
    put,
    update,
)
from chalicelib.marketplace.domain.contact import MAX_BLOCKS, Block, Bonus
from chalicelib.marketplace.domain.messages import Message
from chalicelib.marketplace.domain.ports import Position
from chalicelib.marketplace.domain.retention import MESSAGES_S
from chalicelib.marketplace.store.contact_tables import BlockRow, MessageRow
from chalicelib.marketplace.store.ledger_tables import LedgerRow
from chalicelib.marketplace.store.tables import AssignmentRow, RequesterRow


class DynamoBlocks:
    """Implements `BlockStore`."""

    def add(self, block: Block, message: Message, now_ms: int) -> bool:
        """Three items in one transaction, or one write where the block is there already."""
        row = BlockRow(block.account_id, block.worker_id, reason=block.reason, created_ms=now_ms)
        room = RequesterRow.blocks.does_not_exist() | (RequesterRow.blocks < MAX_BLOCKS)
        while True:
            try:
                commit(
                    Put("block", row, BlockRow.account_id.does_not_exist()),
                    telling(message),
                    Update(
                        "full", RequesterRow(block.account_id), [RequesterRow.blocks.add(1)], room
                    ),
                )
                return True
            except TransactionRefused as refused:
                if "block" not in refused.failed:
                    return False
            # Unblocked at this very moment, it is blocked anew.
            with contextlib.suppress(ConditionFailed):
                there = BlockRow.account_id.exists()
                key = BlockRow(block.account_id, block.worker_id)
                update(key, [BlockRow.reason.set(block.reason)], there)
                return True

    def remove(self, account_id: str, worker_id: str) -> None:
        row = BlockRow(account_id, worker_id)
        with contextlib.suppress(TransactionRefused):  # then there is no block
            commit(
                Delete("block", row, BlockRow.account_id.exists()),
                Update("count", RequesterRow(account_id), [RequesterRow.blocks.add(-1)]),
            )

    def is_blocked(self, account_id: str, worker_id: str) -> bool:
        """One consistent read by key."""
        try:
            BlockRow.get(account_id, worker_id, consistent_read=True)
        except DoesNotExist:
            return False
        return True

    def blocked_by(self, worker_id: str) -> frozenset[str]:
        return frozenset(row.account_id for row in BlockRow.by_worker.query(worker_id))

    def blocks(self, account_id: str, after: str, limit: int) -> list[Block]:
        later = BlockRow.worker_id > after if after else None
        rows = BlockRow.query(account_id, later, limit=limit, consistent_read=True)
        return [Block(row.account_id, row.worker_id, row.reason) for row in rows]


class DynamoMessages:
    """Implements `MessageStore`."""

    def send(self, message: Message) -> None:
        put(_message_row(message))

    def messages(
        self, worker_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Message]]:
        older = MessageRow.entry < _entry(*before) if before else None
        rows = MessageRow.query(worker_id, older, scan_index_forward=False, limit=limit)
        found = [_to_message(row) for row in rows]
        return [((m.at_ms, _id(m.message_id)), m) for m in found]

    def mark_read(self, worker_id: str, message_id: str, now_ms: int) -> None:
        row = MessageRow(worker_id, message_id)
        with contextlib.suppress(ConditionFailed):  # not one of theirs, or read before
            unread = MessageRow.worker_id.exists() & MessageRow.read_ms.does_not_exist()
            update(row, [MessageRow.read_ms.set(now_ms), MessageRow.unread.remove()], unread)

    def unread(self, worker_id: str, up_to: str | None, limit: int) -> list[str]:
        """One query of an index that has only keys, and only of what is not read."""
        older = MessageRow.unread <= up_to if up_to else None
        rows = MessageRow.by_unread.query(
            worker_id, older, scan_index_forward=False, limit=limit, consistent_read=True
        )
        return [row.entry for row in rows]

    def has_reviewed(self, account_id: str, worker_id: str) -> bool:
        """One query of an index for one item."""
        same = AssignmentRow.worker_id == worker_id
        return any(AssignmentRow.by_reviewer.query(account_id, same, limit=1))


class DynamoBonuses:
    """Implements `BonusStore`: the ledger's rows by what they were paid for."""

    def of_hit(
        self, hit_id: str, after: Position | None, limit: int
    ) -> list[tuple[Position, Bonus]]:
        return _bonuses(LedgerRow.bonuses_by_hit, hit_id, after, limit)

    def of_assignment(
        self, assignment_id: str, after: Position | None, limit: int
    ) -> list[tuple[Position, Bonus]]:
        return _bonuses(LedgerRow.bonuses_by_assignment, assignment_id, after, limit)


def telling(message: Message) -> Put:
    """A message as a part of the transaction of what it tells."""
    return Put("message", _message_row(message))


def _bonuses(
    index: Any, key: str, after: Position | None, limit: int
) -> list[tuple[Position, Bonus]]:
    later = LedgerRow.entry > f"{after[0]:013d}#bonus#{after[1]}" if after else None
    found = [_to_bonus(row) for row in index.query(key, later, limit=limit)]
    return [((b.at_ms, b.bonus_id), b) for b in found]


def _to_bonus(row: LedgerRow) -> Bonus:
    return Bonus(
        bonus_id=row.entry.rpartition("#")[2],
        worker_id=row.worker_id or "",
        assignment_id=row.assignment_id or "",
        cents=int(row.amount_cents),
        reason=row.reason or "",
        at_ms=int(row.at_ms),
    )


def _entry(at_ms: int, unique: str) -> str:
    return f"{at_ms:013d}-{unique}"


def _id(message_id: str) -> str:
    return message_id.partition("-")[2]


def _message_row(message: Message) -> MessageRow:
    return MessageRow(
        message.worker_id,
        message.message_id,
        account_id=message.account_id,
        requester=message.requester,
        subject=message.subject,
        text=message.text,
        at_ms=message.at_ms,
        unread=message.message_id,
        qualification_type_id=message.qualification_type_id,
        ttl=message.at_ms // 1000 + MESSAGES_S,
    )


def _to_message(row: MessageRow) -> Message:
    return Message(
        message_id=row.entry,
        worker_id=row.worker_id,
        account_id=row.account_id,
        requester=row.requester,
        subject=row.subject,
        text=row.text,
        at_ms=int(row.at_ms),
        read=row.read_ms is not None,
        qualification_type_id=row.qualification_type_id,
    )
