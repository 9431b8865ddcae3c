"""Who takes part: requesters with their money and keys, workers with their record."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

MIN_SUBMISSIONS_FOR_RATE = 100
MAX_WORKER_NAME = 40
SIMULATED = "(simulated)"
"""What the names of simulated workers end in; people's must not."""


def shown_name(given: str) -> str:
    """A worker's name as it is shown; raises `ValueError` with a sentence."""
    name = " ".join(unicodedata.normalize("NFC", given).split())
    if not 1 <= len(name) <= MAX_WORKER_NAME or not name.isprintable():
        raise ValueError(f"A name is 1 to {MAX_WORKER_NAME} printable characters.")
    return name


def is_simulated(name: str) -> bool:
    """Whether a name looks like a simulated worker's, however its letters are written."""
    letters = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    return SIMULATED in letters


@dataclass(frozen=True, slots=True)
class Requester:
    account_id: str
    name: str
    available_cents: int
    held_cents: int
    spent_cents: int = 0


@dataclass(frozen=True, slots=True)
class Deposit:
    """Money that a requester paid in."""

    account_id: str
    token: str
    at_ms: int
    cents: int


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
class Session:
    """A worker's session, valid while the worker's generation is still the one it was opened in."""

    token_hash: str
    worker_id: str
    generation: int
    opened_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker, their queue (assignment id to entry) and their totals.

    `generation` counts how often they signed out everywhere; `personal_link` is the id of the one
    that is in force; who is `closed` is shut out.
    """

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
    generation: int = 0
    personal_link: str | None = None
    closed: bool = False

    @property
    def approval_percent(self) -> int:
        """100 while fewer than 100 assignments were submitted, as on the service."""
        reviewed = self.approved + self.rejected
        if self.submitted < MIN_SUBMISSIONS_FOR_RATE or not reviewed:
            return 100
        return (self.approved * 100 + reviewed // 2) // reviewed
