"""The marketplace as plain arithmetic: what the real one must answer, at every moment.

Nothing here is settled or stored: what the passing of time does follows from comparing times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

DAY_MS = 86_400_000
DISPOSAL_MS = 120 * DAY_MS
TOKEN_MS = DAY_MS
OVERRIDE_MS = 30 * DAY_MS
VISIBLE = {"Submitted", "Approved", "Rejected"}


@dataclass(frozen=True)
class Kind:
    """What a HIT type fixes; `needs` whether it takes the requester's qualification."""

    reward_cents: int
    duration_s: int
    auto_s: int
    needs: bool


@dataclass(eq=False)
class Task:
    """One acceptance."""

    assignment_id: str
    hit: Posted
    worker: int
    deadline_ms: int
    state: str = "Accepted"
    submit_ms: int = 0
    due_ms: int = 0

    def at(self, now_ms: int) -> str:
        """Its state once time has done its part."""
        if self.state == "Accepted" and self.deadline_ms < now_ms:
            return "Abandoned"
        if self.state == "Submitted" and self.due_ms <= now_ms:
            return "Approved"
        return self.state


@dataclass(eq=False)
class Posted:
    """A HIT."""

    hit_id: str
    type_id: str
    owner: int
    kind: Kind
    most: int
    fee_cents: int
    created_ms: int
    expires_ms: int
    policy: str = ""
    deleted: bool = False
    reviewing: bool = False
    tasks: list[Task] = field(default_factory=list)

    @property
    def slot_cents(self) -> int:
        return self.kind.reward_cents + self.fee_cents

    @property
    def submitted(self) -> int:
        return sum(t.state in VISIBLE for t in self.tasks)

    def count(self, state: str, now_ms: int) -> int:
        return sum(t.at(now_ms) == state for t in self.tasks)

    def pending(self, now_ms: int) -> int:
        return self.count("Accepted", now_ms)

    def completed(self, now_ms: int) -> int:
        return self.count("Approved", now_ms) + self.count("Rejected", now_ms)

    def is_open(self, now_ms: int) -> bool:
        return not self.deleted and now_ms < self.expires_ms

    def available(self, now_ms: int) -> int:
        free = self.most - self.submitted - self.pending(now_ms)
        return free if self.is_open(now_ms) else 0

    def needed(self, now_ms: int) -> int:
        """Slots that may still cost something."""
        if self.deleted:
            return 0
        free = self.available(now_ms)
        return free + self.pending(now_ms) + self.count("Submitted", now_ms)

    def status(self, now_ms: int) -> str:
        if self.deleted:
            return "Disposed"
        if self.available(now_ms):
            return "Assignable"
        if self.pending(now_ms):
            return "Unassignable"
        return "Reviewing" if self.reviewing else "Reviewable"

    def may_be_disposed(self, now_ms: int) -> bool:
        """Whether it ended so long ago that it may be gone by itself."""
        over = self.status(now_ms) in {"Reviewable", "Reviewing"}
        idle = over and not self.count("Submitted", now_ms)
        return idle and self._first_end_ms() + DISPOSAL_MS <= now_ms

    def must_be_disposed(self, now_ms: int) -> bool:
        last = max([self.expires_ms, *(t.submit_ms for t in self.tasks)])
        return self.may_be_disposed(now_ms) and last + DISPOSAL_MS <= now_ms

    def _first_end_ms(self) -> int:
        return min([self.expires_ms, *(t.submit_ms for t in self.tasks if t.submit_ms)])


class Model:
    """Everything that was posted, accepted, paid and promised."""

    def __init__(self, deposit_cents: int, requesters: int, workers: int) -> None:
        self.deposit_cents = deposit_cents
        self.requesters = range(requesters)
        self.workers = range(workers)
        self.hits: list[Posted] = []
        self.ids: set[str] = set()
        self.blocked: set[tuple[int, int]] = set()
        self.qualified: set[tuple[int, int]] = set()
        self.tokens: dict[tuple[int, str], int] = {}
        # For each requester and worker: cents of bonuses, and of their fees.
        self.bonuses: Counter[tuple[int, int]] = Counter()
        self.bonus_fees: Counter[int] = Counter()

    def new_id(self, given: str) -> str:
        assert given not in self.ids, "an id was given twice"
        self.ids.add(given)
        return given

    def spent_token(self, owner: int, token: str, now_ms: int) -> bool:
        at_ms = self.tokens.get((owner, token))
        return at_ms is not None and now_ms - at_ms < TOKEN_MS

    def of(self, owner: int) -> list[Posted]:
        return [hit for hit in self.hits if hit.owner == owner]

    def tasks(self) -> Iterator[Task]:
        for hit in self.hits:
            yield from hit.tasks

    def held_cents(self, owner: int, now_ms: int) -> int:
        return sum(hit.needed(now_ms) * hit.slot_cents for hit in self.of(owner))

    def spent_cents(self, owner: int, now_ms: int) -> int:
        paid = sum(hit.count("Approved", now_ms) * hit.slot_cents for hit in self.of(owner))
        bonuses = sum(self.bonuses[owner, worker] for worker in self.workers)
        return paid + bonuses + self.bonus_fees[owner]

    def available_cents(self, owner: int, now_ms: int) -> int:
        taken = self.held_cents(owner, now_ms) + self.spent_cents(owner, now_ms)
        return self.deposit_cents - taken

    def held_by(self, worker: int, now_ms: int) -> list[Task]:
        return [t for t in self.tasks() if t.worker == worker and t.at(now_ms) == "Accepted"]

    def earned_cents(self, worker: int, now_ms: int) -> tuple[int, int]:
        """Rewards and bonuses."""
        mine = (t for t in self.tasks() if t.worker == worker and t.at(now_ms) == "Approved")
        rewards = sum(t.hit.kind.reward_cents for t in mine)
        return rewards, sum(self.bonuses[owner, worker] for owner in self.requesters)

    def unwelcome(self, worker: int, hit: Posted) -> str:
        """Why a worker may accept no HIT of this one's type."""
        if (hit.owner, worker) in self.blocked:
            return "Blocked"
        lacking = hit.kind.needs and (hit.owner, worker) not in self.qualified
        return "NotQualified" if lacking else ""

    def refusal_of_accept(self, worker: int, hit: Posted, now_ms: int) -> str:
        """Why a worker may not accept a HIT; empty if they may, or hold it already."""
        if hit.deleted:
            return "NotFound"
        if unwelcome := self.unwelcome(worker, hit):
            return unwelcome
        mine = [t for t in hit.tasks if t.worker == worker]
        if any(t.state in VISIBLE for t in mine):
            return "AlreadyDone"
        if any(t.at(now_ms) == "Accepted" for t in mine):
            return ""
        if not hit.available(now_ms):
            return "NoneLeft"
        return "TooMany" if len(self.held_by(worker, now_ms)) >= 25 else ""
