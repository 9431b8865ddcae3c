"""Sessions that a requester announces, and what workers reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.marketplace.domain import local_time

MAX_MINUTES = 720
MAX_PEOPLE = 1_000
MAX_PAY = 200
MAX_REASON = 500
MAX_UPCOMING = 20
MAX_AHEAD_MS = 366 * 86_400_000


class SessionState(StrEnum):
    ANNOUNCED = "announced"
    CANCELLED = "cancelled"


class Answer(StrEnum):
    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Session:
    """An announced session. `revision` counts its changes, and a reply is to one of them."""

    session_id: str
    account_id: str
    requester: str
    title: str
    description: str
    pay: str
    starts_ms: int
    minutes: int
    zone_name: str
    people: int
    hit_type_id: str | None
    requirements: tuple[Mapping[str, Any], ...]
    created_ms: int
    state: SessionState = SessionState.ANNOUNCED
    reason: str = ""
    revision: int = 1
    # The revision that those who had replied were told of.
    told: int = 1

    @property
    def zone(self) -> ZoneInfo:
        return local_time.zone(self.zone_name)

    @property
    def ends_ms(self) -> int:
        return self.starts_ms + self.minutes * 60_000

    @property
    def is_cancelled(self) -> bool:
        return self.state is SessionState.CANCELLED

    def takes_replies(self, now_ms: int) -> bool:
        return not self.is_cancelled and now_ms < self.starts_ms


@dataclass(frozen=True, slots=True)
class Reply:
    session_id: str
    worker_id: str
    answer: Answer
    revision: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a requester says; `starts` is local to the zone, like 2026-11-24T14:00."""

    title: str
    starts: str
    zone_name: str
    minutes: int
    people: int
    description: str = ""
    pay: str = ""
    hit_type_id: str | None = None
    requirements: tuple[Mapping[str, Any], ...] = ()
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """A session and who replied. A yes to an earlier time is not one to the new."""

    session: Session
    replies: Sequence[Reply] = ()

    @property
    def _standing(self) -> int:
        """The revision that replies are to; a cancellation leaves them as they were."""
        return self.session.revision - self.session.is_cancelled

    def of(self, answer: Answer) -> list[str]:
        return [
            r.worker_id for r in self.replies if r.answer is answer and r.revision == self._standing
        ]

    @property
    def before_change(self) -> list[str]:
        """Who said yes or maybe to an earlier time and has not replied since."""
        return [
            r.worker_id
            for r in self.replies
            if r.answer is not Answer.NO and r.revision != self._standing
        ]


def places_left(session: Session, yes: int) -> int:
    return max(0, session.people - yes)
