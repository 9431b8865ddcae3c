"""The door to the labour market: a small port that any market can be fitted behind.

Words: a *posting* is a HIT, a study, a project; its *seats* are what workers take, one worker and
one shift each. The ledger is ours: an adapter only carries a decision out. What a market can do is
asked (`caps`), never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.mturk.prices import Fees
    from chalicelib.retainer.domain.protohits import ProtoHit


class MarketError(Exception):
    """The market refused; the message says why. Trying the same again will not help."""


class NotThere(MarketError):
    """The market knows no such assignment, HIT or worker, or not any more: it never will do it."""


class MarketUnavailable(MarketError):
    """The market did not answer or throttled; try again later."""


class MarketSilent(MarketUnavailable):
    """The market did not answer at all, and its caller has waited for it."""


class OutOfFunds(MarketError):
    """The account at the market cannot pay for this."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What a market can do."""

    push_events: bool
    server_side_finish: bool
    bonus: bool
    refuse: bool
    shrink: bool
    signed_entry: bool
    answers_at_market: bool
    max_seats_at_base_fee: int
    private_postings: bool = False
    least_reward_cents: int = 1


@dataclass(frozen=True, slots=True)
class PostingState:
    """What a market tells of a posting: seats free, held, and reviewed."""

    posting: str
    available: int
    pending: int
    completed: int
    open: bool


class SeatState(StrEnum):
    """A later state never goes back to an earlier one."""

    HELD = "held"
    DONE = "done"
    PAID = "paid"
    REFUSED = "refused"
    LEFT = "left"


class Decision(StrEnum):
    APPROVE = "approve"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker handed in at the market."""

    assignment: str
    worker: str
    posting: str
    state: SeatState
    submitted_ms: int
    answers: Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came, by the page's URL; `verified` if the market's signature was there and right, and
    then perhaps when the worker accepted."""

    posting: str
    assignment: str
    worker: str
    verified: bool
    accepted_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A posting of one seat that one worker only may see and take; approved as it is handed in.

    `number` is that worker's alone on this market.
    """

    worker: str
    number: int
    title: str
    description: str
    url: str
    reward_cents: int
    duration_s: int
    lifetime_s: int


class Tariff(Protocol):
    """What each market takes, as far as is known, without asking it."""

    def of(self, market: str) -> Fees: ...


class Market(Protocol):
    """Raises `MarketError`; `MarketUnavailable` where trying later may help."""

    name: str

    def caps(self) -> Caps: ...

    def balance_cents(self) -> int | None: ...

    def fees(self) -> Fees:
        """Ask what the market takes at present; `MTURKS_FEES` where it cannot tell."""
        ...

    def open(self, proto: ProtoHit, seats: int, token: str) -> str:
        """Post, once for each token, and return the posting's id, also when asked again."""
        ...

    def find(self, token: str) -> str | None:
        """Find what was posted with a token that the market no longer remembers."""
        ...

    def open_for(self, offer: Offer, token: str) -> str:
        """Post for one worker, once for each token; where `caps` say that the market can."""
        ...

    def raise_seats(self, posting: str, more: int, token: str) -> None: ...

    def close(self, posting: str) -> None:
        """Take the free seats back; who holds one may still submit."""
        ...

    def delete(self, posting: str) -> bool:
        """Have the market forget a posting that is over and reviewed; False if it cannot, or has.

        No bonus can be paid for its work any more.
        """
        ...

    def status(self, posting: str) -> PostingState | None:
        """Return what the market knows of a posting; None if it knows none such."""
        ...

    def recognise(self, arrival: Arrival, signature: str, now_ms: int) -> Arrival | None:
        """Check an arrival's signature; None if there is one and it is wrong."""
        ...

    def work(self, posting: str) -> Iterator[Work]:
        """Give what was handed in for a posting, reviewed or not."""
        ...

    def state_of(self, assignment: str) -> SeatState | None:
        """Return what became of handed-in work; None if the market knows none such (any more)."""
        ...

    def settle(self, assignment: str, decision: Decision, reason: str) -> SeatState:
        """Approve or refuse; asked again, or after somebody else, return the state as it is."""
        ...

    def pay_bonus(self, worker: str, assignment: str, cents: int, reason: str, token: str) -> None:
        """Pay, once for each token as long as the market remembers it."""
        ...

    def find_bonus(self, assignment: str, mark: str) -> int | None:
        """Find a bonus by a mark in its reason, and return its cents: the market's own record
        outlives its memory of tokens."""
        ...

    def tell(self, workers: Sequence[str], subject: str, text: str) -> list[str]:
        """Send a message; return the workers whom it did not reach."""
        ...

    def bar(self, worker: str, reason: str) -> None: ...

    def readmit(self, worker: str) -> None: ...

    def note_part(self, worker: str, proto: str) -> None:
        """Keep a worker from finding what excludes this ProtoHIT, where `caps` say that the market
        has private postings; safe to do again."""
        ...
