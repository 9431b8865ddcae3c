"""Qualification types, what workers hold of them, and how they ask for them.

A worker's request for a type, of which there is one at a time:

(none) --request--> Granted                     granted automatically
       --request--> Pending --accept--> Granted
                            --reject--> Rejected
       --request--> Open --test handed in--> Pending (no key) or Granted (scored by the key)
                     \\--deadline--> timed out, which is a comparison and not a state
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.mturk.qualifications import BY_GRANT_ONLY

DEFAULT_VALUE = 1


class TypeStatus(StrEnum):
    ACTIVE = "Active"
    INACTIVE = "Inactive"


class HeldStatus(StrEnum):
    GRANTED = "Granted"
    REVOKED = "Revoked"


class RequestState(StrEnum):
    OPEN = "Open"
    PENDING = "Pending"
    GRANTED = "Granted"
    REJECTED = "Rejected"


class Asking(StrEnum):
    """What a worker who asks for a type would meet now."""

    ALLOWED = "allowed"
    INACTIVE = "inactive"
    HELD = "held"
    PENDING = "pending"
    OPEN = "open"
    ONCE_ONLY = "once_only"
    TOO_SOON = "too_soon"


@dataclass(frozen=True, slots=True)
class QualificationType:
    """A type as stored; `test` and `answer_key` are keys of texts that lie elsewhere."""

    qualification_type_id: str
    account_id: str
    requester: str
    name: str
    description: str
    keywords: str | None
    status: TypeStatus
    created_ms: int
    retry_delay_s: int | None = None
    test: str | None = None
    test_duration_s: int | None = None
    answer_key: str | None = None
    auto_granted: bool = False
    auto_granted_value: int | None = None
    deleted: bool = False
    version: int = 0

    @property
    def is_usable(self) -> bool:
        """Whether it can be required by new HITs."""
        return self.status is TypeStatus.ACTIVE and not self.deleted

    @property
    def is_requestable(self) -> bool:
        """Whether workers can ask for it."""
        return self.is_usable and not self.is_by_grant_only

    @property
    def is_by_grant_only(self) -> bool:
        """Whether only its owner gives it, unasked, and finds it."""
        words = (self.keywords or "").replace(",", " ").casefold().split()
        return BY_GRANT_ONLY in words

    def is_shown_to(self, account_id: str | None) -> bool:
        """Whether it stands in the lists of an account, None being any worker's: others' types
        that nobody can ask for do not."""
        return not self.deleted and (self.account_id == account_id or self.is_requestable)

    def matches(self, words: list[str]) -> bool:
        """Whether every word (case-folded) is in its name, description or keywords."""
        text = f"{self.name} {self.description} {self.keywords or ''}".casefold()
        return all(word in text for word in words)


@dataclass(frozen=True, slots=True)
class Qualification:
    """What one worker holds, or held, of a type; `grant_ms` is when it was last given."""

    qualification_type_id: str
    worker_id: str
    account_id: str
    status: HeldStatus
    value: int
    grant_ms: int
    reason: str | None = None

    @property
    def is_held(self) -> bool:
        return self.status is HeldStatus.GRANTED


@dataclass(frozen=True, slots=True)
class QualificationRequest:
    """A worker's latest request for a type, with the test and the key as they were then."""

    request_id: str
    qualification_type_id: str
    worker_id: str
    account_id: str
    state: RequestState
    requested_ms: int
    deadline_ms: int | None = None
    test: str | None = None
    answer_key: str | None = None
    answer: str | None = None
    submit_ms: int | None = None
    reason: str | None = None

    def is_open(self, now_ms: int) -> bool:
        """Whether its test may still be handed in."""
        in_time = self.deadline_ms is not None and now_ms <= self.deadline_ms
        return self.state is RequestState.OPEN and in_time

    def is_timed_out(self, now_ms: int) -> bool:
        return self.state is RequestState.OPEN and not self.is_open(now_ms)


def asking(
    kind: QualificationType,
    request: QualificationRequest | None,
    held: Qualification | None,
    now_ms: int,
) -> Asking:
    """Say what a worker who asks for a type now would meet."""
    if request is not None and request.state is RequestState.PENDING and not kind.deleted:
        return Asking.PENDING
    if request is not None and request.is_open(now_ms):
        return Asking.OPEN
    if not kind.is_requestable:
        return Asking.INACTIVE
    # A test can be taken again for a better score; without one there is nothing to gain.
    if held is not None and held.is_held and kind.test is None:
        return Asking.HELD
    if request is None:
        return Asking.ALLOWED
    again_ms = retry_ms(kind, request)
    if again_ms is None:
        return Asking.ONCE_ONLY
    return Asking.ALLOWED if now_ms >= again_ms else Asking.TOO_SOON


def retry_ms(kind: QualificationType, request: QualificationRequest) -> int | None:
    """When the worker may ask again; None: never."""
    if kind.retry_delay_s is None:
        return None
    return request.requested_ms + kind.retry_delay_s * 1000
