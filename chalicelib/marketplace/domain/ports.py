"""What the services ask of a store: verbs that are atomic, each one conditional write or one
transaction. `None` or `False` is the answer of a condition that did not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.assignments import Assignment, AssignmentStatus
    from chalicelib.marketplace.domain.hits import Hit, HitType, Taking
    from chalicelib.marketplace.domain.messages import Message
    from chalicelib.marketplace.domain.people import (
        AccessKey,
        Deposit,
        Held,
        Profile,
        Requester,
        Worker,
    )

# Where a page ended: the sort key in ms and the id that breaks ties.
Position = tuple[int, str]


class Refused(Exception):
    """A transaction did not happen; `reason` names the first part whose condition failed."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Token:
    """An idempotency token of one requester, to be spent with a write."""

    account_id: str
    text: str
    now_ms: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A HIT type as the workers' listing has it."""

    hit_type: HitType
    newest_ms: int
    open_until_ms: int


class HitStore(Protocol):
    def save_hit_type(self, hit_type: HitType) -> None:
        """Write it if it is new; its id follows from its values."""

    def find_hit_type(self, hit_type_id: str) -> HitType | None: ...

    def save_question(self, text: str) -> str: ...

    def question(self, key: str) -> str: ...

    def create_hit(self, hit: Hit, token: Token | None) -> None:
        """Spend the token, hold the money and write the HIT, or nothing of it.

        Raises `Refused`: token (detail: the HIT it made), funds.
        """

    def find_hit(self, hit_id: str) -> Hit | None: ...

    def find_hits(self, hit_ids: Sequence[str], consistent: bool = True) -> list[Hit]: ...

    def hits_by_creation(
        self, account_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Hit]]: ...

    def hits_over(
        self, account_id: str, before: Position, limit: int
    ) -> list[tuple[Position, Hit]]: ...

    def hits_over_with_hold(
        self, account_id: str, now_ms: int, after: Position | None, limit: int
    ) -> list[tuple[Position, Hit]]: ...

    def hits_of_type(
        self, hit_type_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Hit]]: ...

    def change_expiry(
        self, hit: Hit, expires_ms: int, extra_slots: int, token: Token | None
    ) -> None:
        """Raises `Refused`: token, funds, hit (it changed meanwhile)."""

    def release_slots(self, hit: Hit, keep: int, settled: bool) -> bool:
        """Give back the money of slots that can no longer be used; False if the HIT changed."""

    def note_end(self, hit: Hit, now_ms: int) -> bool:
        """Tell once that it expired and that it is over, as the case may be, and look at it again
        in its time; False if the HIT changed."""

    def delete_hit(self, hit: Hit, now_ms: int) -> bool:
        """Dispose of a HIT with nothing pending and nothing unreviewed; False if it changed."""

    def set_first_due(self, hit: Hit, due_ms: int | None) -> None: ...


class HitChangeStore(Protocol):
    """Each of these raises `Refused` or answers False if the HIT changed since it was read."""

    def add_assignments(
        self, hit: Hit, count: int, extra_slots: int, now_ms: int, token: Token | None
    ) -> None:
        """Raises `Refused`: token, hit, funds."""

    def set_reviewing(self, hit: Hit, reviewing: bool) -> bool: ...

    def change_type(self, hit: Hit, changed: Hit) -> None:
        """Raises `Refused`: hit, funds."""


class SlotStore(Protocol):
    def take_slot(self, assignment: Assignment, now_ms: int) -> Taking:
        """Hold a slot, if the HIT is open, of the assignment's HIT type, has room and the worker
        holds none of its slots."""

    def drop_slot(self, hit_id: str, worker_id: str, assignment_id: str) -> None: ...

    def fill_slot(
        self,
        hit_id: str,
        worker_id: str,
        assignment_id: str,
        now_ms: int,
        due_ms: int,
        likely_last: bool = False,
    ) -> None:
        """Use a held slot up; once, however often it is called.

        Whether it is the HIT's last one need not be known; a right guess saves a write.
        """


class TimerStore(Protocol):
    def due_hits(self, now_ms: int, limit: int) -> list[str]: ...

    def due_assignments(self, now_ms: int, limit: int) -> list[tuple[str, str]]:
        """HIT and worker of each."""

    def set_timer(self, assignment: Assignment, at_ms: int | None) -> None:
        """Look at it again then; None: nothing more happens to it by itself."""

    def postpone_hit(self, hit_id: str, at_ms: int) -> None: ...

    def disposed_hits(self, limit: int) -> list[str]:
        """Those that still have answers, the longest disposed of first."""

    def clear_answers(self, hit_id: str, limit: int) -> int:
        """Delete some of a disposed HIT's answers; returns how many it found."""

    def end_clearing(self, hit_id: str) -> None: ...


class OfferStore(Protocol):
    def offer(self, hit_type_id: str, now_ms: int, until_ms: int) -> None: ...

    def withdraw(self, offer: Offer) -> None: ...

    def offers(
        self, sort: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Offer]]: ...

    def open_hits(
        self,
        hit_type_id: str,
        now_ms: int,
        after: Position | None,
        limit: int,
        consistent: bool = True,
    ) -> list[tuple[Position, Hit]]: ...


class AssignmentStore(Protocol):
    def name_assignment(self, assignment: Assignment) -> None:
        """Make the id lead to HIT and worker, before anything else bears it."""

    def forget_id(self, assignment_id: str, at_ms: int) -> None:
        """Let an id lead nowhere some time after that moment."""

    def find_by_id(self, assignment_id: str) -> Assignment | None: ...

    def find(self, hit_id: str, worker_id: str) -> Assignment | None: ...

    def find_many(self, keys: Sequence[tuple[str, str]]) -> list[Assignment]: ...

    def start(self, assignment: Assignment, replacing: Assignment | None) -> bool: ...

    def end(self, assignment: Assignment, status: AssignmentStatus, now_ms: int) -> bool: ...

    def submit(self, assignment: Assignment) -> bool:
        """Commit a submission; True also if exactly this one is committed already."""

    def submitted(
        self, hit_id: str, after: Position | None, limit: int
    ) -> list[tuple[Position, Assignment]]: ...

    def due(self, hit_id: str, limit: int) -> list[Assignment]:
        """Unreviewed ones in the order of their automatic approval."""

    def recent_of_worker(self, worker_id: str, limit: int) -> list[Assignment]: ...

    def of_worker(
        self, worker_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, Assignment]]:
        """What a worker submitted, the newest first; `Position` holds the HIT's id."""

    def save_answer(self, text: str, now_ms: int) -> str: ...

    def answers(self, keys: Sequence[str]) -> dict[str, str]: ...


class MoneyStore(Protocol):
    def approve(self, assignment: Assignment, now_ms: int, feedback: str | None) -> bool: ...

    def reject(self, assignment: Assignment, now_ms: int, feedback: str, told: Message) -> bool: ...

    def override(
        self, assignment: Assignment, now_ms: int, feedback: str | None, told: Message
    ) -> None:
        """Raises `Refused`: assignment, funds."""

    def bonus(
        self,
        assignment: Assignment,
        bonus_cents: int,
        fee_cents: int,
        reason: str,
        now_ms: int,
        token: Token | None,
        told: Message,
    ) -> None:
        """Raises `Refused`: token, funds."""


class RequesterStore(Protocol):
    def save_requester(self, requester: Requester, now_ms: int) -> None: ...

    def find_requester(self, account_id: str) -> Requester | None: ...

    def list_requesters(self) -> list[Requester]: ...

    def deposit(self, account_id: str, cents: int, token: str, now_ms: int) -> Deposit:
        """Add to what is available and to the ledger, once per token.

        Raises `Refused`: token (spent already), account (there is none).
        """

    def deposits_of(self, account_id: str) -> list[Deposit]: ...

    def save_access_key(self, key: AccessKey) -> None: ...

    def find_access_key(self, access_key: str) -> AccessKey | None: ...

    def keys_of(self, account_id: str) -> list[AccessKey]: ...

    def revoke(self, access_key: str, now_ms: int) -> bool: ...


class WorkerStore(Protocol):
    def save_worker(self, worker: Worker) -> None: ...

    def find_worker(self, worker_id: str) -> Worker | None: ...

    def queue_add(self, worker_id: str, assignment_id: str, held: Held, most: int) -> bool: ...

    def queue_drop(self, worker_id: str, assignment_id: str) -> None: ...

    def queue_ended(self, worker_id: str, assignment_id: str, abandoned: bool) -> None:
        """Take an entry off the queue and count it; once, however often it is called."""

    def describe(self, worker_id: str, profile: Profile) -> bool:
        """Write what is given of a profile, which has something; False for a stranger."""

    def queue_submitted(self, worker_id: str, assignment_id: str, reward_cents: int) -> None:
        """Move an entry from the queue to the totals; once, however often it is called."""

    def list_workers(self) -> list[Worker]: ...

    def names_of(self, worker_ids: Sequence[str]) -> dict[str, str]:
        """By id, of those who are there; a hundred ids at most."""

    def next_generation(self, worker_id: str) -> None:
        """Make all sessions of the worker void."""

    def set_personal_link(self, worker_id: str, invitation_id: str) -> None: ...

    def set_closed(self, worker_id: str, closed: bool) -> bool: ...
