"""HITs and HIT types: what they hold, how slots are counted, which state follows from the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# Workers who may hold a slot of one HIT at the same moment: its item stays small.
MAX_PENDING = 1000


class HitStatus(StrEnum):
    ASSIGNABLE = "Assignable"
    UNASSIGNABLE = "Unassignable"
    REVIEWABLE = "Reviewable"
    REVIEWING = "Reviewing"
    DISPOSED = "Disposed"


class Taking(StrEnum):
    """How an attempt to take a slot ended: newly taken, held already, or none to take."""

    TAKEN = "taken"
    HELD = "held"
    NONE_LEFT = "none_left"


@dataclass(frozen=True, slots=True)
class HitType:
    """The seven properties that a group of HITs shares, and whose they are. Never changes."""

    hit_type_id: str
    account_id: str
    requester: str
    title: str
    description: str
    keywords: str | None
    reward_cents: int
    duration_s: int
    auto_approval_s: int
    requirements: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Pending:
    """A slot that a worker holds: accepted, neither submitted nor returned."""

    assignment_id: str
    deadline_ms: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A HIT as stored. `room` counts the slots not yet submitted, held ones included."""

    hit_id: str
    hit_type_id: str
    account_id: str
    question_key: str
    annotation: str | None
    max_assignments: int
    created_ms: int
    expires_ms: int
    reward_cents: int
    fee_cents: int
    room: int
    completed: int
    held_slots: int
    deleted: bool = False
    reviewing: bool = False
    first_due_ms: int | None = None
    version: int = 0
    pending: Mapping[str, Pending] = field(default_factory=dict)

    @property
    def slot_cents(self) -> int:
        """What one assignment costs the requester, the fee included."""
        return self.reward_cents + self.fee_cents

    @property
    def submitted(self) -> int:
        """Slots that are used up, whether reviewed or not."""
        return self.max_assignments - self.room

    @property
    def unreviewed(self) -> int:
        return self.submitted - self.completed

    def is_open(self, now_ms: int) -> bool:
        """Whether its lifetime runs."""
        return not self.deleted and now_ms < self.expires_ms

    def pending_count(self, now_ms: int) -> int:
        """Slots held now; one past its deadline is abandoned, whoever notices first."""
        return sum(1 for slot in self.pending.values() if now_ms <= slot.deadline_ms)

    def available(self, now_ms: int) -> int:
        return max(0, self.room - self.pending_count(now_ms)) if self.is_open(now_ms) else 0

    def status(self, now_ms: int) -> HitStatus:
        """The state that follows from slots and time; review never changes it."""
        if self.deleted:
            return HitStatus.DISPOSED
        if self.available(now_ms):
            return HitStatus.ASSIGNABLE
        if self.pending_count(now_ms):
            return HitStatus.UNASSIGNABLE
        return HitStatus.REVIEWING if self.reviewing else HitStatus.REVIEWABLE

    def needed_slots(self, now_ms: int) -> int:
        """How many slots must be paid for in advance: all while open, then those in work."""
        if self.deleted:
            return 0
        if self.is_open(now_ms):
            return self.room + self.unreviewed
        return self.pending_count(now_ms) + self.unreviewed

    def has_due(self, now_ms: int) -> bool:
        """Whether an assignment may be waiting for its automatic approval."""
        return bool(self.unreviewed) and (self.first_due_ms or 0) <= now_ms
