"""Who takes part: requesters with their money and keys, workers with their record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MIN_SUBMISSIONS_FOR_RATE = 100


@dataclass(frozen=True, slots=True)
class Requester:
    account_id: str
    name: str
    available_cents: int
    held_cents: int
    spent_cents: int = 0


@dataclass(frozen=True, slots=True)
class AccessKey:
    access_key: str
    account_id: str
    created_ms: int
    revoked_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a requester gets to see: the secret and the arrival key are derived, never stored."""

    account_id: str
    access_key: str
    secret_key: str = field(repr=False)
    arrival_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """An entry of a worker's queue."""

    hit_id: str
    accept_ms: int
    deadline_ms: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What is to be known of a worker besides their work; None: as it was.

    A subdivision belongs to the country that is given with it.
    """

    country: str | None = None
    subdivision: str | None = None
    adult: bool | None = None
    master: bool | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker, their queue (assignment id to entry) and their totals."""

    worker_id: str
    name: str
    country: str | None
    queue: Mapping[str, Held] = field(default_factory=dict)
    submitted: int = 0
    approved: int = 0
    rejected: int = 0
    pending_cents: int = 0
    rewards_cents: int = 0
    bonuses_cents: int = 0
    returned: int = 0
    abandoned: int = 0
    subdivision: str | None = None
    adult: bool = False
    master: bool = False

    @property
    def approval_percent(self) -> int:
        """100 while fewer than 100 assignments were submitted, as on the service."""
        reviewed = self.approved + self.rejected
        if self.submitted < MIN_SUBMISSIONS_FOR_RATE or not reviewed:
            return 100
        return (self.approved * 100 + reviewed // 2) // reviewed
