"""Requesters and workers besides work: blocks, and messages that the worker site shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import limits, news
from chalicelib.marketplace.domain.contact import (
    MAX_BLOCKS,
    Block,
)
from chalicelib.marketplace.domain.errors import InvalidParameter
from chalicelib.marketplace.domain.messages import message

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.contact import (
        MessageStore,
    )
    from chalicelib.marketplace.domain.messages import Message
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.stores import Stores

MAX_RECIPIENTS = 100
MAX_SUBJECT = 200
MAX_TEXT = 4_096
MAX_BLOCK_REASON = 4_096
# Unread messages are counted up to here, and marked read so many at a time.
MOST_COUNTED = 100

_STRANGER = "Cannot send a notification to a worker who has not done any work for you"


class Contact:
    def __init__(
        self,
        stores: Stores,
        messages: MessageStore,
        name_of: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._blocks = stores.blocks
        self._messages = messages
        self._workers = stores.workers
        self._name_of = name_of
        self._clock = clock

    def block(self, account_id: str, worker_id: str, reason: str) -> None:
        """Keep a worker from all HITs of a requester and tell them so; again changes the reason.

        The reason is the requester's own note and is not shown.
        """
        limits.text("Reason", reason, MAX_BLOCK_REASON)
        if self._workers.find_worker(worker_id) is None:
            raise InvalidParameter(
                f'The value "{worker_id}" is not valid for the parameter WorkerId.'
            )
        now_ms = self._clock.now_ms()
        told = news.blocked(worker_id, account_id, self._name_of(account_id), now_ms)
        block = Block(account_id, worker_id, reason)
        if not self._blocks.add(block, told, now_ms):
            raise InvalidParameter(f"A requester can block at most {MAX_BLOCKS} workers.")

    def unblock(self, account_id: str, worker_id: str) -> None:
        """Lift a block; without one it succeeds too."""
        self._blocks.remove(account_id, worker_id)

    def blocks(self, account_id: str, after: Position | None, limit: int) -> list[Block]:
        """A page in the order of the workers' ids."""
        return self._blocks.blocks(account_id, after[1] if after else "", limit)

    def notify(
        self, account_id: str, subject: str, text: str, worker_ids: Sequence[str]
    ) -> list[tuple[str, str]]:
        """Send a message to each; returns who got none, and why. Twice in a list is once."""
        limits.text("Subject", subject, MAX_SUBJECT)
        limits.text("MessageText", text, MAX_TEXT)
        if not 1 <= len(worker_ids) <= MAX_RECIPIENTS:
            raise InvalidParameter(
                f"The parameter WorkerIds has {len(worker_ids)} members; "
                f"it may have 1 to {MAX_RECIPIENTS}."
            )
        failed = []
        name = self._name_of(account_id)
        for worker_id in dict.fromkeys(worker_ids):
            if self._messages.has_reviewed(account_id, worker_id):
                now_ms = self._clock.now_ms()
                self._messages.send(message(worker_id, account_id, name, subject, text, now_ms))
            else:
                failed.append((worker_id, _STRANGER))
        return failed

    def inbox(
        self, worker: Worker, before: Position | None, limit: int
    ) -> list[tuple[Position, Message]]:
        """A page of a worker's messages, the newest first."""
        return self._messages.messages(worker.worker_id, before, limit)

    def mark_read(self, worker: Worker, message_ids: Sequence[str]) -> None:
        """Note that the worker has read these; ids that are not theirs do nothing."""
        for message_id in dict.fromkeys(message_ids):
            self._messages.mark_read(worker.worker_id, message_id, self._clock.now_ms())

    def mark_all_read(self, worker: Worker, up_to: str) -> int:
        """Note as read what is not newer than a message, up to a bound; returns how many."""
        found = self._messages.unread(worker.worker_id, up_to, MOST_COUNTED)
        self.mark_read(worker, found)
        return len(found)

    def unread(self, worker: Worker) -> int:
        """How many messages the worker has not read; counted up to `MOST_COUNTED`."""
        return len(self._messages.unread(worker.worker_id, None, MOST_COUNTED))
