"""What a worker has earned: by time, and by the hour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chalicelib.marketplace.domain.assignments import AssignmentStatus
from chalicelib.marketplace.domain.work_times import hourly_cents

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.assignments import Assignment
    from chalicelib.marketplace.domain.ports import Position


@dataclass(frozen=True, slots=True)
class Paid:
    """What a worker was paid at one moment: a reward or a bonus."""

    kind: str
    cents: int
    at_ms: int
    account_id: str
    hit_id: str
    assignment_id: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Hourly:
    """What the latest HITs brought, per hour in which at least one of them was held."""

    cents: int
    hits: int


class WorkerPayStore(Protocol):
    def paid(
        self, worker_id: str, since_ms: int, before: Position | None, limit: int
    ) -> list[tuple[Position, Paid]]:
        """A worker's own payments, the newest first."""


def hourly(assignments: Iterable[Assignment]) -> Hourly | None:
    """None where nothing was submitted; what waits for review counts as if approved."""
    done = [a for a in assignments if a.submit_ms is not None]
    if not done:
        return None
    cents = sum(
        a.bonus_cents + (0 if a.status is AssignmentStatus.REJECTED else a.reward_cents)
        for a in done
    )
    held_ms = _covered([(a.accept_ms, a.submit_ms or a.accept_ms) for a in done])
    return Hourly(hourly_cents(cents, round(held_ms / 1000)), len(done))


def _covered(spans: Sequence[tuple[int, int]]) -> int:
    """How much time at least one of these covers: HITs held side by side count once."""
    total, until = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, until))
        until = max(until, end)
    return total
