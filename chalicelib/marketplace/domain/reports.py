"""What review policies have found and done, as it is kept and shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.assignments import Assignment

ASSIGNMENT_LEVEL = "A"
HIT_LEVEL = "H"


@dataclass(frozen=True, slots=True)
class Result:
    subject_id: str
    subject_type: str
    question_id: str | None
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Action:
    action_id: str
    name: str
    target_id: str
    target_type: str
    done_ms: int
    result: str
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What one run of a policy says of one subject; `entry` begins with the level."""

    hit_id: str
    entry: str
    results: tuple[Result, ...] = field(default=())
    actions: tuple[Action, ...] = field(default=())
    # For a HIT: with how many submissions the policy ran.
    submitted: int = 0


class ReportStore(Protocol):
    def save(self, report: Report) -> None: ...

    def find(self, hit_id: str, entry: str) -> Report | None: ...

    def reports(self, hit_id: str, level: str, after: str, limit: int) -> list[Report]: ...

    def set_score(self, assignment: Assignment, score: int | None) -> None:
        """Note that an assignment has been scored; None: there is nothing to score it by."""
