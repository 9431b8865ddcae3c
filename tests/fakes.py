"""Fakes at the ports: a market and a starter that remember what was asked of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.mturk.prices import MTURKS_FEES, Fees
from chalicelib.retainer.domain.market import (
    Arrival,
    Caps,
    Decision,
    MarketError,
    MarketUnavailable,
    NotThere,
    Offer,
    OutOfFunds,
    PostingState,
    SeatState,
    Work,
)
from chalicelib.retainer.domain.protohits import ProtoHit
from local import permissions
from tests.functions import without_a_role


def would_call(service: str, operation: str, **params: Any) -> None:
    """Need what the real part's call would need. A refusal is in its log only, as here; it fails
    the run."""
    with suppress(ClientError):
        permissions.ask(service, operation, params)


@dataclass
class FakePosting:
    hit: str
    seats: int
    proto: str
    open: bool = True
    held: int = 0


@dataclass(frozen=True)
class Bonus:
    worker: str
    assignment: str
    cents: int
    reason: str


@dataclass
class FakeMarket:
    """A market whose HITs are in memory; `good_signature` is the one that it recognises."""

    name: str = "sandbox"
    hits: str = "3HIT"
    good_signature: str = "signed"
    signs: bool = True
    postings: dict[str, FakePosting] = field(default_factory=dict)
    handed_in: list[Work] = field(default_factory=list)
    put_away: list[Work] = field(default_factory=list)
    settled: dict[str, SeatState] = field(default_factory=dict)
    approvals: int = 0
    is_away: bool = False
    balance_cents_left: int | None = 1_000_000
    refusal: MarketError | None = None
    asked_to_open: int = 0
    on_open: Callable[[ProtoHit], None] | None = None
    on_worked: Callable[[str], None] | None = None
    unreadable: set[str] = field(default_factory=set)
    accepted_ms: int | None = None
    is_broke: bool = False
    tokens: set[str] = field(default_factory=set)
    bonuses: list[Bonus] = field(default_factory=list)
    offers: dict[str, Offer] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    barred: set[str] = field(default_factory=set)
    takes: Fees = MTURKS_FEES
    asked_for_fees: int = 0
    told: list[tuple[str, str, str]] = field(default_factory=list)
    # Whom it does not write to.
    strangers: set[str] = field(default_factory=set)
    took_part: set[tuple[str, str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def caps(self) -> Caps:
        return Caps(False, False, True, True, False, self.signs, True, 9, private_postings=True)

    def balance_cents(self) -> int | None:
        self._check_here()
        return self.balance_cents_left

    def fees(self) -> Fees:
        self._check_here()
        self.asked_for_fees += 1
        return self.takes

    def open(self, proto: ProtoHit, seats: int, token: str) -> str:
        self._check_here()
        # Where events are told: the queue's address is asked of SQS.
        would_call("sqs", "GetQueueUrl", QueueName="retainer-events")
        self.asked_to_open += 1
        if self.on_open is not None:
            with without_a_role():
                self.on_open(proto)
        if self.refusal is not None:
            raise self.refusal
        with self._lock:
            hit = f"{self.hits}{len(self.postings):04d}"
            posting = FakePosting(hit, seats, proto.hit_type_id)
            return self.postings.setdefault(token, posting).hit

    def find(self, token: str) -> str | None:
        self._check_here()
        return self.postings[token].hit if token in self.postings else None

    def raise_seats(self, posting: str, more: int, token: str) -> None:
        self._of(posting).seats += more

    def close(self, posting: str) -> None:
        self._check_here()
        self._of(posting).open = False

    def delete(self, posting: str) -> bool:
        self._check_here()
        if self._of(posting).open or posting in self.deleted:
            return False
        self.deleted.add(posting)
        return True

    def status(self, posting: str) -> PostingState | None:
        self._check_here()
        if posting in self.deleted:
            return None
        found = self._of(posting)
        done = sum(w.posting == posting for w in self.handed_in)
        free = found.seats - found.held - done if found.open else 0
        return PostingState(posting, free, found.held, done, found.open and free + found.held > 0)

    def recognise(self, arrival: Arrival, signature: str, now_ms: int) -> Arrival | None:
        if not signature:
            return arrival
        if signature != self.good_signature:
            return None
        return replace(arrival, verified=True, accepted_ms=self.accepted_ms)

    def work(self, posting: str) -> Iterator[Work]:
        self._check_here()
        if posting in self.unreadable:
            raise MarketError("the market cannot read this HIT")
        for work in list(self.handed_in):
            if work.posting == posting:
                yield replace(work, state=self.settled.get(work.assignment, work.state))
        if self.on_worked is not None:
            self.on_worked(posting)

    def state_of(self, assignment: str) -> SeatState | None:
        self._check_here()
        found = next((w for w in self.handed_in if w.assignment == assignment), None)
        return None if found is None else self.settled.get(assignment, found.state)

    def settle(self, assignment: str, decision: Decision, reason: str) -> SeatState:
        self._check_here()
        if assignment not in self.settled:
            self.approvals += 1
            paid = decision is Decision.APPROVE
            self.settled[assignment] = SeatState.PAID if paid else SeatState.REFUSED
        return self.settled[assignment]

    def pay_bonus(self, worker: str, assignment: str, cents: int, reason: str, token: str) -> None:
        """Once for each token, for as long as tokens are remembered."""
        self._check_here()
        if self.is_broke:
            raise OutOfFunds("you have no money left")
        if assignment not in {w.assignment for w in self.handed_in}:
            raise NotThere(f"Assignment {assignment} does not exist.")
        with self._lock:
            if token not in self.tokens:
                self.tokens.add(token)
                self.bonuses.append(Bonus(worker, assignment, cents, reason))

    def find_bonus(self, assignment: str, mark: str) -> int | None:
        self._check_here()
        found = (b for b in self.bonuses if b.assignment == assignment and mark in b.reason)
        return next((b.cents for b in found), None)

    def open_for(self, offer: Offer, token: str) -> str:
        self._check_here()
        if self.is_broke:
            raise OutOfFunds("you have no money left")
        with self._lock:
            hit = f"3FOR{len(self.postings):04d}"
            posting = self.postings.setdefault(token, FakePosting(hit, 1, offer.title))
            self.offers.setdefault(posting.hit, offer)
            return posting.hit

    def put_work_away(self) -> None:
        """Tell of what was handed in no more, so that what follows does not look at it again."""
        self.put_away += self.handed_in
        self.handed_in.clear()

    def tell(self, workers: Sequence[str], subject: str, text: str) -> list[str]:
        self._check_here()
        missed = [worker for worker in workers if worker in self.strangers]
        self.told += [(worker, subject, text) for worker in workers if worker not in missed]
        return missed

    def bar(self, worker: str, reason: str) -> None:
        self._check_here()
        self.barred.add(worker)

    def readmit(self, worker: str) -> None:
        self._check_here()
        self.barred.discard(worker)

    def note_part(self, worker: str, proto: str) -> None:
        self._check_here()
        self.took_part.add((worker, proto))

    def hand_in(self, worker: str, assignment: str, hit: str, at_ms: int, **fields: str) -> None:
        self.handed_in.append(Work(assignment, worker, hit, SeatState.DONE, at_ms, fields))
        self._of(hit).held = max(0, self._of(hit).held - 1)

    @property
    def hits_out(self) -> list[FakePosting]:
        return [p for p in self.postings.values() if p.open]

    def _of(self, hit: str) -> FakePosting:
        return next(p for p in self.postings.values() if p.hit == hit)

    def _check_here(self) -> None:
        if self.is_away:
            raise MarketUnavailable("the market does not answer")


@dataclass
class FakeStarter:
    started: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def start(self, function: str, reason: Mapping[str, Any]) -> None:
        would_call("lambda", "Invoke", FunctionName=f"retainer-{function}")
        self.started.append((function, reason))
