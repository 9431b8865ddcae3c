"""Reservations and their ledgers: who holds which slot, until when, and what is free."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.reports import Report

if TYPE_CHECKING:
    from chalicelib.retainer.domain.sharing import Conditions, Sharing

ForeignId = int | float | str | bool | None

SHOWN_WITHIN_MS = 5_000
"""How long a called page may take to say that it has got the task."""

SHOWN_SOON_MS = 1_000
"""How soon a page has the task that it was called for, whatever it says about that."""

HANDED_IN_WITHIN_MS = 60_000
"""How long after its assignment's deadline work may still become known: the review reads what the
market has once a minute."""

FOR_SIGNED_MS = 1
"""Stands for `full_until_ms` of a row of which nothing is to be had but by who was signed for."""

MAX_SLOTS = 100
"""Every claim is billed by the whole ledger item; 100 claims are 9 KB."""


class Lost(StrEnum):
    """Why a slot was taken back from a worker: their call went by, or they left it, or did not
    answer in time after they had said that they were there."""

    SILENT = "silent"
    GONE = "gone"


class EndedBy(StrEnum):
    """What ended a reservation: its application, its own time, nobody's reading its results for too
    long, or that everything was answered."""

    FINISHED = "finished"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    LEASE = "lease"
    ANSWERED = "answered"


class Policy(StrEnum):
    """Who of those called gets to do the work.

    `exact`: as many are called as asked for, and whoever does not answer is replaced. `over`: more
    are called, so many that enough of them answer at once with the probability asked for. `first`:
    everybody who waits is called. In both, the first to answer do the work and the others go on
    waiting, paid.
    """

    EXACT = "exact"
    OVER = "over"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class Reservation:
    """What the application asked for; the ledger holds what became of it."""

    id: str
    proto: str
    foreign_id: ForeignId
    payload: str | None
    start_ms: int
    num_assignments: int
    spare: int
    distinct: bool
    created_ms: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One slot held by one seat. `key` is the worker's id, or the seat's where one worker may
    hold several; `acks` tells whether the page sends acknowledgements. `unsigned`: at a market that
    signs arrivals, nobody signed for this one.

    `shown_ms` and `ack_ms` are when the server heard of it: deadlines and money go by them. By the
    page's reckoning that was `shown_lag_ms` and `ack_lag_ms` late, and the worker, whose tab may
    have been hidden, saw the task at `seen_ms`. From `due_ms` on their assignment can't be
    submitted any more; `handed_in_ms` is when it was.
    """

    key: str
    worker: str
    seat_id: str
    at_ms: int
    shown_ms: int | None = None
    ack_ms: int | None = None
    acks: bool = False
    seen_ms: int | None = None
    shown_lag_ms: int = 0
    ack_lag_ms: int = 0
    unsigned: bool = False
    muted: bool = False
    due_ms: int | None = None
    handed_in_ms: int | None = None

    @property
    def had_ms(self) -> int | None:
        """When the page had the task."""
        return None if self.shown_ms is None else self.shown_ms - self.shown_lag_ms

    @property
    def acknowledged_ms(self) -> int | None:
        """When the worker said that they are there."""
        return None if self.ack_ms is None else self.ack_ms - self.ack_lag_ms

    def clamped(self, told: Report, now_ms: int) -> Report:
        """Return what the page tells, as far as it can be: after the call, in order, not later
        than it is heard of. A page that never acknowledges does so by having the task."""
        shown = _between(self.at_ms, told.shown_ms, now_ms)
        ack = told.ack_ms if self.acks or told.ack_ms is not None else shown
        since = self.had_ms or shown or self.at_ms
        seen = _between(since, told.seen_ms, now_ms)
        return Report(
            muted=told.muted,
            shown_ms=shown,
            seen_ms=seen,
            ack_ms=_between(self.seen_ms or seen or since, ack, now_ms),
        )

    def answered_ms(self, at_ms: int) -> int:
        """Return how long somebody took who answers now: from the page's having the task, which it
        cannot put off by more than a second by not saying so."""
        shown = at_ms if self.shown_ms is None else self.shown_ms
        return at_ms - min(shown, self.at_ms + SHOWN_SOON_MS)

    @property
    def assignment(self) -> str:
        return self.seat_id.rpartition(".")[0]


def _between(first_ms: int, at_ms: int | None, last_ms: int) -> int | None:
    return None if at_ms is None else max(first_ms, min(at_ms, last_ms))


@dataclass(frozen=True, slots=True)
class Gone:
    """The claim of somebody who said that they were there, and then went or took too long."""

    claim: Claim
    gone_ms: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """`slots` are those asked for and the `spare` ones; with `need`, so many are called, and the
    first `need` to answer are enough, with `probability` at once. Who is there hands in within
    `answer_within_ms`. `released` claims were taken back, of which `silent` and `gone` as `Lost`
    says; `left` are the first of the latter by seat (None: as an earlier version wrote it).
    It runs until `ends_ms`, `timeout_ms` after the invoke, and ends by its lease once nobody has
    read its results for `lease_ms`, last at `leased_ms`; `ended` is what ended it, if this version
    did. `sharing` is that of a reservation that a shared pool serves, `board` the pool on whose
    board it is."""

    id: str
    proto: str
    slots: int
    distinct: bool
    start_ms: int
    ack_within_ms: int
    invoked_ms: int | None = None
    done_ms: int | None = None
    cancelled: bool = False
    full_until_ms: int | None = None
    acked: int = 0
    spare: int = 0
    need: int | None = None
    policy: Policy = Policy.EXACT
    probability: float = 0.95
    auto_invoke: bool = False
    sharing: Sharing | None = None
    board: str | None = None
    released: int = 0
    silent: int = 0
    gone: int = 0
    left: Mapping[str, Gone] | None = None
    answer_within_ms: int | None = None
    timeout_ms: int | None = None
    ends_ms: int | None = None
    lease_ms: int | None = None
    leased_ms: int | None = None
    ended: EndedBy | None = None
    claims: Mapping[str, Claim] = field(default_factory=dict)

    @property
    def pool_id(self) -> str:
        return self.proto if self.sharing is None else self.sharing.pool

    @property
    def is_running(self) -> bool:
        return self.invoked_ms is not None and self.done_ms is None

    def takes_more(self, now_ms: int) -> bool:
        """Whether it runs, and its time is not over: only then is anybody called for it."""
        return self.is_running and (self.ends_ms is None or now_ms < self.ends_ms)

    def ended_by(self, now_ms: int) -> EndedBy | None:
        """Return what has ended it, also where its time is over and nobody has noted that yet."""
        if self.done_ms is not None:
            return self.ended or (EndedBy.CANCELLED if self.cancelled else EndedBy.FINISHED)
        if self.invoked_ms is not None and not self.takes_more(now_ms):
            return EndedBy.TIMEOUT
        # Before its own time nobody reads anything.
        heard_ms = max(self.start_ms, self.invoked_ms or 0, self.leased_ms or 0)
        if self.lease_ms is not None and now_ms >= heard_ms + self.lease_ms:
            return EndedBy.LEASE
        return None

    @property
    def is_full(self) -> bool:
        return len(self.claims) >= self.slots

    @property
    def has_enough(self) -> bool:
        """Whether as many have answered as are needed, of those called beyond that."""
        return self.need is not None and self.acked >= self.need

    @property
    def asked_for(self) -> int:
        """How many workers the application asked for."""
        return self.slots - self.spare if self.need is None else self.need

    @property
    def is_settled(self) -> bool:
        """Whether all that are needed have acknowledged."""
        if self.need is not None:
            return self.has_enough
        return self.is_full and all(c.ack_ms is not None for c in self.claims.values())

    @property
    def unsigned_claims(self) -> list[Claim]:
        """Those acknowledged by nobody known to the market, which a worker it signed for may take
        over. Where the first answers count they are answers, and stay."""
        if self.need is not None:
            return []
        here = (c for c in self.claims.values() if c.ack_ms is not None and c.handed_in_ms is None)
        return [c for c in here if c.unsigned]

    def without(self, claim: Claim) -> Ledger:
        """Return the ledger as it is once this claim is taken out."""
        claims = {key: c for key, c in self.claims.items() if key != claim.key}
        return replace(self, claims=claims, acked=self.acked - (claim.ack_ms is not None))

    def is_surplus(self, claim: Claim) -> bool:
        """Whether a claim is one of those called beyond what was needed."""
        return self.has_enough and claim.ack_ms is None

    def key_for(self, worker: str, seat_id: str) -> str:
        return worker if self.distinct else seat_id

    def holds(self, worker: str, seat_id: str) -> Claim | None:
        """Return the claim that this seat holds."""
        claim = self.claims.get(self.key_for(worker, seat_id))
        return claim if claim is not None and claim.seat_id == seat_id else None

    def deadline_ms(self, claim: Claim) -> int | None:
        """Return when a claim goes to the next seat: unanswered soon, at work when the assignment
        is over or the time to answer is. None: never, as it was handed in, is one too many, or
        an earlier version kept no such time."""
        if claim.handed_in_ms is not None:
            return None
        if claim.ack_ms is not None:
            ends = None if claim.due_ms is None else claim.due_ms + HANDED_IN_WITHIN_MS
            if self.answer_within_ms is None:
                return ends
            late = claim.ack_ms + self.answer_within_ms
            return late if ends is None else min(late, ends)
        if self.has_enough:
            return None
        if claim.shown_ms is None:
            return claim.at_ms + min(SHOWN_WITHIN_MS, self.ack_within_ms)
        return claim.at_ms + self.ack_within_ms

    def is_overdue(self, claim: Claim, now_ms: int) -> bool:
        until = self.deadline_ms(claim)
        return until is not None and until <= now_ms

    def left_by(self, seat_id: str) -> Claim | None:
        """Return the claim of a seat whose worker was at work here, and has lost the slot since."""
        gone = (self.left or {}).get(seat_id)
        return None if gone is None else gone.claim

    def earliest_deadline_ms(self) -> int | None:
        deadlines = [d for c in self.claims.values() if (d := self.deadline_ms(c)) is not None]
        return min(deadlines, default=None)

    def expired(self, now_ms: int) -> list[Claim]:
        """Return the claims past their deadline, the longest overdue first."""
        due = [(d, c) for c in self.claims.values() if (d := self.deadline_ms(c)) is not None]
        return [c for d, c in sorted(due, key=lambda pair: pair[0]) if d <= now_ms]


@dataclass(frozen=True, slots=True)
class Missing:
    """Why answers are missing, each for one reason: nobody came, who was called is or was silent,
    somebody is at work, or went without an answer."""

    nobody_came: int
    called_and_silent: int
    at_work: int
    gone: int


def missing(ledger: Ledger, answered: Container[str], now_ms: int) -> Missing | None:
    """Say why answers are missing; `answered` are the assignments that were handed in. None before
    the invoke, when nothing is."""
    if ledger.invoked_ms is None:
        return None
    claims = [c for c in ledger.claims.values() if not ledger.is_surplus(c)]
    done = [c for c in claims if c.handed_in_ms is not None or c.assignment in answered]
    still = [c for c in claims if c not in done]
    overdue = [c for c in still if ledger.is_overdue(c, now_ms)]
    at_work = [c for c in still if c.ack_ms is not None and c not in overdue]
    left = max(0, ledger.asked_for - len(done))
    found: list[int] = []
    for known in (
        len(at_work),
        # Who was called just now, then those whose slots nobody has taken since.
        sum(c.ack_ms is None for c in still),
        ledger.gone + sum(c.ack_ms is not None for c in overdue),
        ledger.silent,
    ):
        found.append(min(known, left))
        left -= found[-1]
    at, called, gone, silent = found
    return Missing(left, called + silent, at, gone)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """What a poll sees of a running reservation without reading its ledger.

    Where ProtoHITs share a pool, `hit_type` and `wanted` say whose work it is and what it demands.
    """

    id: str
    invoked_ms: int
    slots: int
    distinct: bool
    full_until_ms: int | None
    hit_type: str | None = None
    wanted: Conditions | None = None


def foreign_id_of(given: object) -> ForeignId:
    """Return a form value as the original gave it on: a number where it looks like one.

    `-?(0|[1-9][0-9]{0,14})` becomes a number, anything else stays a string.
    """
    if not isinstance(given, str):
        return given if isinstance(given, int | float) else None
    digits = given.removeprefix("-")
    looks_whole = digits.isascii() and digits.isdigit() and len(digits) <= 15
    if looks_whole and (digits == "0" or not digits.startswith("0")):
        return int(given)
    return given
