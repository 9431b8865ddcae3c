"""Calls: what somebody is told, by which ways, and until when it makes sense to tell it.

A way of a call is claimed before it is used, and what is claimed is never used again: a run that
dies in between loses that call. A call that is lost costs one worker one chance; a call that comes
twice costs the trust that lets people leave it switched on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# Tries of one call, with 1, 2, 4 … minutes in between, and then an hour: six hours in all.
MAX_TRIES = 12
_FIRST_PAUSE_MS = 60_000
_LONGEST_PAUSE_MS = 3_600_000
KEPT_S = 7 * 86_400

# A wave calls so many people for each place that is still free, and the next one comes later.
SESSION_WAVE, SESSION_PAUSE_MS, SESSION_MOST = 4, 30 * 60_000, 20
WORK_WAVE, WORK_PAUSE_MS, WORK_MOST = 2, 10 * 60_000, 5
# HITs that are so new are found by who is on the site.
WORK_PATIENCE_MS = 120_000
WORK_EXPIRY_MS = 30 * 60_000
REMINDER_MS = 30 * 60_000


class CallKind(StrEnum):
    CONFIRM = "confirm"
    SESSION = "session"
    CHANGED = "changed"
    REMINDER = "reminder"
    WORK = "work"


class WayState(StrEnum):
    """A way without a state was not tried yet."""

    CLAIMED = "claimed"
    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that one worker is told; its id says what, so that it is there only once."""

    worker_id: str
    call_id: str
    kind: CallKind
    # The session's or HIT type's id; for a confirmation nothing.
    subject: str
    revision: int
    at_ms: int
    next_ms: int
    expires_ms: int
    tries: int = 0
    states: Mapping[str, WayState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Round:
    """The calling for one session, or for one HIT group on one day."""

    round_id: str
    kind: CallKind
    subject: str
    next_ms: int
    day: str = ""
    called: int = 0
    most: int = 0
    # How many are to be called when the wave under way is over; None between waves.
    target: int | None = None
    # Up to whom candidates were looked at.
    after: tuple[int, str] | None = None


def pause_ms(tries: int) -> int:
    return min(_LONGEST_PAUSE_MS, int(_FIRST_PAUSE_MS * 2 ** max(0, tries - 1)))


def wave(free: int, each: int, called: int, most: int) -> int:
    """How many people are called when a wave is over."""
    return min(most, called + free * each)


def session_call(session_id: str) -> str:
    return f"session-{session_id}"


def changed_call(session_id: str, revision: int) -> str:
    return f"changed-{session_id}-{revision}"


def reminder_call(session_id: str, revision: int) -> str:
    return f"reminder-{session_id}-{revision}"


def work_call(hit_type_id: str, day: str) -> str:
    """A worker is called for a group once a day at most."""
    return f"work-{hit_type_id}-{day}"


def confirm_call(asked_ms: int) -> str:
    return f"confirm-{asked_ms:013d}"
