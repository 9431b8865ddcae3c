"""What workers report of HITs to whoever runs the marketplace. Requesters never see it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.ports import Position

MAX_TEXT = 2_000
# In a day, by one worker.
MAX_REPORTS = 20
DAY_MS = 86_400_000


class Reason(StrEnum):
    PERSONAL_DATA = "personal_data"
    HARMFUL = "harmful"
    ILLEGAL = "illegal"
    BROKEN = "broken"
    UNFAIR = "unfair"
    OTHER = "other"


class ReportState(StrEnum):
    OPEN = "Open"
    DISMISSED = "Dismissed"
    TAKEN_DOWN = "TakenDown"


@dataclass(frozen=True, slots=True)
class HitReport:
    """One worker's report of one HIT; there is no second one."""

    hit_id: str
    worker_id: str
    account_id: str
    hit_type_id: str
    reason: Reason
    text: str
    at_ms: int
    state: ReportState = ReportState.OPEN


class HitReportStore(Protocol):
    def add(self, report: HitReport) -> None:
        """Keep it; a worker's first report of a HIT stays as it is."""

    def find(self, hit_id: str, worker_id: str) -> HitReport | None: ...

    def count_since(self, worker_id: str, since_ms: int, most: int) -> int: ...

    def in_state(
        self, state: ReportState, after: Position | None, limit: int
    ) -> list[tuple[Position, HitReport]]:
        """The oldest first."""

    def of_hit(self, hit_id: str) -> list[HitReport]: ...

    def resolve(self, report: HitReport, state: ReportState, now_ms: int) -> None: ...

    def bar(self, hit_id: str) -> None:
        """Keep a HIT from being opened again by its requester."""
