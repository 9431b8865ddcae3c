"""What the services of qualifications ask of their stores.

As in `ports`: each verb is one conditional write or one transaction, and `False` or `Refused` is
the answer of a condition that did not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.messages import Message
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.domain.qualifications import (
        HeldStatus,
        Qualification,
        QualificationRequest,
        QualificationType,
    )


class QualificationTypeStore(Protocol):
    def create(self, kind: QualificationType) -> bool:
        """Write a type and take its name; False if the account has another of this name."""

    def find(self, type_id: str) -> QualificationType | None:
        """Find a type, a deleted one too."""

    def find_many(self, type_ids: Sequence[str]) -> list[QualificationType]: ...

    def update(self, kind: QualificationType) -> bool:
        """Write the changed values over those it was read with; False if they are not there."""

    def delete(self, kind: QualificationType) -> None:
        """Mark it and free its name; again does no harm."""

    def by_name(
        self, account_id: str | None, after: Position | None, limit: int
    ) -> list[tuple[Position, QualificationType]]:
        """A page in the order of names, of one account or of all."""

    def note_use(self, account_id: str, type_id: str, hit_type_id: str) -> None:
        """Record that a HIT type requires it, before the HIT type is there."""

    def uses(self, account_id: str, type_id: str, first: str, limit: int) -> list[str]:
        """HIT types of an account that require it, from the id `first` on."""


class QualificationStore(Protocol):
    def find(self, type_id: str, worker_id: str) -> Qualification | None: ...

    def find_many(self, keys: Sequence[tuple[str, str]]) -> list[Qualification]:
        """By type and worker; revoked ones too."""

    def grant(self, held: Qualification, told: Message | None = None) -> None:
        """Give it, or change its value; the last one counts."""

    def revoke(self, held: Qualification, reason: str | None, told: Message) -> None:
        """Take back what was read as held; nothing if it was revoked or given anew since."""

    def of_worker(
        self, worker_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Qualification]]: ...

    def holders(
        self, type_id: str, status: HeldStatus, after: Position | None, limit: int
    ) -> list[tuple[Position, Qualification]]: ...


class QualificationRequestStore(Protocol):
    def find(self, type_id: str, worker_id: str) -> QualificationRequest | None: ...

    def find_by_id(self, request_id: str) -> QualificationRequest | None: ...

    def find_many(self, keys: Sequence[tuple[str, str]]) -> list[QualificationRequest]: ...

    def start(
        self,
        request: QualificationRequest,
        replacing: QualificationRequest | None,
        grant: Qualification | None,
    ) -> bool:
        """Write a new request over the one that was read, with its grant if it has one."""

    def hand_in(self, request: QualificationRequest, grant: Qualification | None) -> bool:
        """An open test, in time, to pending or granted."""

    def accept(self, request: QualificationRequest, grant: Qualification, told: Message) -> bool:
        """Pending to granted."""

    def reject(self, request: QualificationRequest, reason: str | None, told: Message) -> bool:
        """Pending to rejected."""

    def pending(
        self, account_id: str, type_id: str | None, after: Position | None, limit: int
    ) -> list[tuple[Position, QualificationRequest]]:
        """A page in the order of submission, of one type or of all that the account owns."""

    def of_worker(self, worker_id: str, limit: int) -> list[QualificationRequest]:
        """The latest requests of a worker."""
