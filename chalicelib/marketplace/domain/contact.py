"""What passes between requesters and workers besides work, and what a store must do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.messages import Message
    from chalicelib.marketplace.domain.ports import Position

MAX_BLOCKS = 100_000


@dataclass(frozen=True, slots=True)
class Block:
    account_id: str
    worker_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Bonus:
    bonus_id: str
    worker_id: str
    assignment_id: str
    cents: int
    reason: str
    at_ms: int


class BlockStore(Protocol):
    def add(self, block: Block, message: Message, now_ms: int) -> bool:
        """Block, count and tell the worker, once; a block that is there gets the new reason.

        False if the requester's list is full.
        """

    def remove(self, account_id: str, worker_id: str) -> None: ...

    def is_blocked(self, account_id: str, worker_id: str) -> bool: ...

    def blocked_by(self, worker_id: str) -> frozenset[str]:
        """The accounts that block a worker."""

    def blocks(self, account_id: str, after: str, limit: int) -> list[Block]: ...


class MessageStore(Protocol):
    def send(self, message: Message) -> None: ...

    def messages(
        self, worker_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Message]]:
        """The newest first."""

    def mark_read(self, worker_id: str, message_id: str, now_ms: int) -> None: ...

    def unread(self, worker_id: str, up_to: str | None, limit: int) -> list[str]:
        """Ids of what is not read, the newest first; none newer than `up_to`."""

    def has_reviewed(self, account_id: str, worker_id: str) -> bool:
        """Whether work of this worker was ever approved or rejected by the requester."""


class BonusStore(Protocol):
    def of_hit(
        self, hit_id: str, after: Position | None, limit: int
    ) -> list[tuple[Position, Bonus]]: ...

    def of_assignment(
        self, assignment_id: str, after: Position | None, limit: int
    ) -> list[tuple[Position, Bonus]]: ...
