"""Payments: each is recorded before any money moves, with its token, and completed after.

    work, bonus, gift      OWED ──send──▶ PAID
    compensation           OWED ──post──▶ POSTED ──handed in──▶ PAID
                             ▲               │ over, not taken
                             └───────────────┘
    a refused work row     OWED ──▶ VOID
    what the market does not know     OWED ──▶ VOID, with the reason why

A row is one payment: its name says for what, so that whoever comes to the same end by another way
finds it there. What is owed stays owed, out of funds or not, until it is paid.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class Kind(StrEnum):
    """`BONUS` is for the wait and the quick answer; `COMPENSATION` the same for somebody who could
    not submit; `GIFT` is a bonus of the requester's own."""

    WORK = "work"
    BONUS = "bonus"
    COMPENSATION = "compensation"
    GIFT = "gift"


class PaymentState(StrEnum):
    OWED = "owed"
    POSTED = "posted"
    PAID = "paid"
    VOID = "void"


OPEN_STATES = frozenset({PaymentState.OWED, PaymentState.POSTED})

NO_PROTO = "-"
"""Where payments are kept that belong to no ProtoHIT; no ProtoHIT can be named so."""

UNCOVERED = frozenset({Kind.GIFT, Kind.COMPENSATION})
"""What no posting has committed beforehand: caps are checked before these are sent."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Cents by what they are for; times in epoch milliseconds.

    `tried_ms` is when it was first sent, or may have been; `again_ms` when to try again; `why` the
    trouble that it is in. `hit` is where the worker waited, `posting` the compensation's own HIT,
    of which `attempt` counts.
    """

    id: str
    kind: Kind
    proto: str
    market: str
    worker: str
    assignment: str
    hit: str
    owed_ms: int
    work_cents: int = 0
    wait_cents: int = 0
    quick_cents: int = 0
    fee_cents: int = 0
    reason: str = ""
    waited_ms: int = 0
    state: PaymentState = PaymentState.OWED
    tried_ms: int | None = None
    again_ms: int = 0
    why: str = ""
    paid_ms: int | None = None
    posting: str | None = None
    attempt: int = 1

    @property
    def cents(self) -> int:
        """What the worker gets."""
        return self.work_cents + self.wait_cents + self.quick_cents

    @property
    def cost_cents(self) -> int:
        return self.cents + self.fee_cents

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_impossible(self) -> bool:
        """It was promised, and can never be paid this way: its worker or assignment is gone."""
        return self.state is PaymentState.VOID and bool(self.why)

    @property
    def token(self) -> str:
        """The market's request token: the same for each try, so that it pays once."""
        return f"rp-{_digest(f'{self.id}#{self.attempt}')[:40].lower()}"

    @property
    def mark(self) -> str:
        return mark_of(self.id)


def work_id(assignment: str, worker: str) -> str:
    return f"work#{assignment}#{worker}"


def pay_id(assignment: str, worker: str, epoch: int) -> str:
    """Name what a stay has come to, paid by bonus or by compensation: one of them. An assignment
    that is returned and taken again begins another."""
    return f"pay#{assignment}#{worker}#{epoch}"


def gift_id(key: str) -> str:
    return f"gift#{_digest(key)}"


def mark_of(payment_id: str) -> str:
    """Make a short mark that stands in a bonus's reason, by which it is found again."""
    return _digest(payment_id)[:8]


def day_of(at_ms: int) -> str:
    """The day in UTC, `2026-01-31`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()


@dataclass(frozen=True, slots=True)
class Cents:
    """Money by kind: waiting, work, bonus (quick answers and the requester's own), fee."""

    waiting: int = 0
    work: int = 0
    bonus: int = 0
    fee: int = 0

    @property
    def total(self) -> int:
        return self.waiting + self.work + self.bonus + self.fee

    def __add__(self, other: Cents) -> Cents:
        return Cents(
            self.waiting + other.waiting, self.work + other.work, self.bonus + other.bonus,
            self.fee + other.fee,
        )  # fmt: skip

    @classmethod
    def of(cls, payment: Payment) -> Cents:
        return cls(payment.wait_cents, payment.work_cents, payment.quick_cents, payment.fee_cents)


def vain_home(hit_type_id: str) -> str:
    """Return where the submissions of workers are kept who waited without being called."""
    return f"waited#{hit_type_id}"


def is_vain_home(home: str) -> bool:
    return home.startswith("waited#")


def _digest(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
