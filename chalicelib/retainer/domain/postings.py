"""Our own record of a HIT: written before it is posted, kept until all its work is reviewed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.pay import NOTHING

if TYPE_CHECKING:
    from chalicelib.retainer.domain.pay import Terms
    from chalicelib.retainer.domain.protohits import ProtoHit
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
class Limits:
    """The durations that a HIT promises, in seconds."""

    max_wait: int
    assignment_duration: int
    check_every: int
    auto_approval_delay: int

    @classmethod
    def of(cls, proto: ProtoHit) -> Limits:
        return cls(
            proto.max_wait, proto.assignment_duration, proto.check_every, proto.auto_approval_delay
        )

    def to_text(self) -> str:
        parts = (
            self.max_wait, self.assignment_duration, self.check_every, self.auto_approval_delay
        )  # fmt: skip
        return "/".join(map(str, parts))

    @classmethod
    def of_text(cls, text: str | None) -> Limits | None:
        """None: not known, of a HIT that an earlier version posted."""
        return cls(*map(int, text.split("/"))) if text else None


@dataclass(frozen=True, slots=True)
class Posting:
    """`token` is the record's name and the market's request token, and sorts by time.

    `free_ms` is when the number of free seats last fell: a listing buries what nobody takes.
    `committed_cents` is what it costs if every seat is taken and earns the most that `terms`
    promise, fees included. `reward_cents` and the market's `fee_cents` on it are those of the HIT,
    whatever the ProtoHIT and the market say now, `limits` its durations, and `conditions` what it
    demands and gives.
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
    limits: Limits | None = None

    def promised(self, proto: ProtoHit) -> ProtoHit:
        """Return the ProtoHIT as it was when this HIT was posted, in all that whoever takes it was
        promised; the rest is as it is now."""
        if self.reward_cents is not None:
            proto = replace(proto, reward_cents=self.reward_cents)
        if self.limits is None:
            return proto
        terms, limits = self.terms, self.limits
        proto = replace(
            proto,
            max_wait=limits.max_wait,
            assignment_duration=limits.assignment_duration,
            check_every=limits.check_every,
            auto_approval_delay=limits.auto_approval_delay,
            wait_pay_micro=terms.rate_micro,
            quick_bonus_cents=terms.quick_cents,
        )
        if not terms.is_any:
            return proto
        return replace(
            proto,
            max_wait_pay_micro=terms.max_pay_micro,
            quick_within=terms.quick_within_ms // 1000,
            compensate=terms.compensate,
        )


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
