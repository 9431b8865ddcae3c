"""HITs and HIT types: what they hold, how slots are counted, which state follows from the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

# Workers who may hold a slot of one HIT at the same moment: its item stays small.
MAX_PENDING = 1000
# What is left alone for so long after its end is disposed of.
DISPOSAL_MS = 120 * 86_400_000
# How often a HIT that has expired is looked at while somebody still works on it.
LOOK_MS = 60_000


class HitStatus(StrEnum):
    ASSIGNABLE = "Assignable"
    UNASSIGNABLE = "Unassignable"
    REVIEWABLE = "Reviewable"
    REVIEWING = "Reviewing"
    DISPOSED = "Disposed"


class QuestionKind(StrEnum):
    """What a worker is shown: a page of the requester's site, a page of theirs served here, or a
    form that this marketplace shows and checks itself."""

    EXTERNAL = "external"
    HTML = "html"
    FORM = "form"


class Taking(StrEnum):
    """How an attempt to take a slot ended: newly taken, held already, or none to take."""

    TAKEN = "taken"
    HELD = "held"
    NONE_LEFT = "none_left"


DISPOSED_OF = "The HIT is disposed of, and stays so."


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
    over_ms: int = 0
    timer_ms: int = 0
    expired_told: bool = False
    over_told: bool = False
    policy_key: str = ""
    scores_answers: bool = False
    compares_answers: bool = False
    barred: bool = False
    # Of the question, what a worker's queue needs: the text itself may have 64 KB.
    question_kind: QuestionKind = QuestionKind.EXTERNAL
    frame_height: int = 0
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

    def can_be_taken(self, now_ms: int) -> bool:
        """Whether a slot can be given out: one is free, and not too many hold one."""
        return bool(self.available(now_ms)) and len(self.pending) < MAX_PENDING

    def status(self, now_ms: int) -> HitStatus:
        """The state that follows from slots and time; review never changes it."""
        if self.deleted:
            return HitStatus.DISPOSED
        if self.available(now_ms):
            return HitStatus.ASSIGNABLE
        if self.pending_count(now_ms):
            return HitStatus.UNASSIGNABLE
        return HitStatus.REVIEWING if self.reviewing else HitStatus.REVIEWABLE

    def obstacle(self, now_ms: int) -> str:
        """Say in a sentence what keeps a requester from disposing of it."""
        pending = self.pending_count(now_ms)
        if self.deleted:
            return DISPOSED_OF
        if self.available(now_ms):
            return "The HIT still takes workers: UpdateExpirationForHIT ends that."
        if pending:
            last_s = max(slot.deadline_ms for slot in self.pending.values()) // 1000
            until = f"{datetime.fromtimestamp(last_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
            work = "1 worker is" if pending == 1 else f"{pending} workers are"
            return f"{work} at work on the HIT, until {until} at the latest."
        count = self.unreviewed
        waits = "1 assignment waits" if count == 1 else f"{count} assignments wait"
        return f"{waits} for your review: approve or reject first."

    def needed_slots(self, now_ms: int) -> int:
        """How many slots must be paid for in advance: all while open, then those in work."""
        if self.deleted:
            return 0
        if self.is_open(now_ms):
            return self.room + self.unreviewed
        return self.pending_count(now_ms) + self.unreviewed

    def is_over(self, now_ms: int) -> bool:
        """Whether nobody works on it and nobody can begin to."""
        return self.status(now_ms) in {HitStatus.REVIEWABLE, HitStatus.REVIEWING}

    def has_expired(self, now_ms: int) -> bool:
        """Whether its lifetime ended before all its slots were used."""
        return not self.deleted and bool(self.room) and self.expires_ms <= now_ms

    def ending_due(self, now_ms: int) -> bool:
        """Whether it has come to an end that nothing was made of yet."""
        if self.deleted:
            return False
        return (
            (self.has_expired(now_ms) and not self.expired_told)
            or (self.is_over(now_ms) and not self.over_told)
            or self.disposal_due(now_ms)
        )

    def disposal_due(self, now_ms: int) -> bool:
        """Whether the service disposes of it by itself."""
        return (
            self.is_over(now_ms)
            and not self.unreviewed
            and max(self.over_ms, self.created_ms) + DISPOSAL_MS <= now_ms
        )

    def next_ms(self, now_ms: int) -> int:
        """When to look at it next, if nothing else happens to it."""
        if self.is_over(now_ms):
            disposal_ms = max(self.over_ms, self.created_ms) + DISPOSAL_MS
            return max(disposal_ms, now_ms + LOOK_MS)
        return self.expires_ms if self.is_open(now_ms) else now_ms + LOOK_MS

    def has_due(self, now_ms: int) -> bool:
        """Whether an assignment may be waiting for its automatic approval."""
        return bool(self.unreviewed) and (self.first_due_ms or 0) <= now_ms
