"""Our own record of a HIT: written before it is posted, kept until all its work is reviewed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.pay import NOTHING

if TYPE_CHECKING:
    from chalicelib.retainer.domain.pay import Terms
    from chalicelib.retainer.domain.sharing import Conditions


class PostingStage(StrEnum):
    """planned → open → closed → settled; only planned → dropped goes aside."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    SETTLED = "settled"
    DROPPED = "dropped"


LIVE_STAGES = frozenset({PostingStage.PLANNED, PostingStage.OPEN, PostingStage.CLOSED})


@dataclass(frozen=True, slots=True)
class Posting:
    """`token` is the record's name and the market's request token, and sorts by time.

    `free_ms` is when the number of free seats last fell: a listing buries what nobody takes.
    `committed_cents` is what it costs if every seat is taken and earns the most that `terms`
    promise, fees included. `reward_cents` and the market's `fee_cents` on it are those of the HIT,
    whatever the ProtoHIT and the market say now, and `conditions` what it demands and gives.
    """

    token: str
    proto: str
    market: str
    seats: int
    created_ms: int
    committed_cents: int
    stage: PostingStage = PostingStage.PLANNED
    hit: str | None = None
    available: int = 0
    pending: int = 0
    completed: int = 0
    free_ms: int = 0
    expires_ms: int = 0
    holders: dict[str, str] = field(default_factory=dict)
    arrivals: int = 0
    terms: Terms = NOTHING
    reward_cents: int | None = None
    fee_cents: int | None = None
    conditions: Conditions | None = None
    closing: bool = False


def is_out(posting: Posting) -> bool:
    """Whether the market shows the HIT, or somebody works on it."""
    return posting.stage is PostingStage.OPEN and posting.available + posting.pending > 0


def committed_cents(posting: Posting) -> int:
    """Return what a posting may still cost or has cost: seats given back cost nothing."""
    if posting.stage in {PostingStage.PLANNED, PostingStage.OPEN}:
        return posting.committed_cents
    return taken_cents(posting)


def taken_cents(posting: Posting) -> int:
    """Return what a closed posting may still cost or has cost."""
    taken = max(posting.seats - posting.available, posting.pending + posting.completed)
    return posting.committed_cents * min(taken, posting.seats) // posting.seats
