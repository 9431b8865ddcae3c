"""Assignments: one worker's acceptance of a HIT, and the states it goes through.

Accepted --submit--> Submitted --approve--> Approved
   |  \\--return--> Returned   \\--reject--> Rejected --override--> Approved
   \\--deadline--> Abandoned
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class AssignmentStatus(StrEnum):
    ACCEPTED = "Accepted"
    RETURNED = "Returned"
    ABANDONED = "Abandoned"
    SUBMITTED = "Submitted"
    APPROVED = "Approved"
    REJECTED = "Rejected"


# What the protocol shows; an assignment in any other state does not exist for a requester.
VISIBLE = frozenset(
    {AssignmentStatus.SUBMITTED, AssignmentStatus.APPROVED, AssignmentStatus.REJECTED}
)
OVERRIDE_DAYS = 30
MAX_OPEN = 25


def digest_of(answer: str) -> str:
    """Return what an answer's key ends with: whether the same is handed in again is told without
    reading it."""
    return hashlib.sha256(answer.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Assignment:
    """The one record of a worker and a HIT; accepting again after a return makes it anew."""

    assignment_id: str
    hit_id: str
    worker_id: str
    account_id: str
    hit_type_id: str
    status: AssignmentStatus
    accept_ms: int
    deadline_ms: int
    submit_ms: int | None = None
    auto_approval_ms: int | None = None
    reviewed_ms: int | None = None
    rejected_ms: int | None = None
    feedback: str | None = None
    answer_key: str | None = None
    reward_cents: int = 0
    fee_cents: int = 0
    bonus_cents: int = 0
    to_score: bool = False
    score: int | None = None
    # Whether its HIT's question is a form that the marketplace checks.
    is_form: bool = False
    # Whether its slot was the only one left when it was accepted.
    likely_last: bool = False

    def is_held(self, now_ms: int) -> bool:
        """Whether the worker may still submit it."""
        return self.status is AssignmentStatus.ACCEPTED and now_ms <= self.deadline_ms

    def is_due(self, now_ms: int) -> bool:
        """Whether it is to be approved by the passing of time."""
        due = self.auto_approval_ms
        return self.status is AssignmentStatus.SUBMITTED and due is not None and due <= now_ms
