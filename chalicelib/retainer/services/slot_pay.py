"""What the workers of a reservation's slots were paid, and are owed, over one read of results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.payments import PaymentState, pay_id, work_id

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.payments import Payment
    from chalicelib.retainer.domain.ports import PaymentStore, Submission
    from chalicelib.retainer.domain.reservations import Claim

LOOK_EVERY_MS = 2_000
"""How often what is owed is looked at again while nothing else changes."""

LOST_AFTER_MS = 300_000
"""A call cannot be older and yet too young for its wait to have been found lost: the reckoning
gives every assignment so long after its deadline."""


@dataclass(frozen=True, slots=True)
class Part:
    """Cents for one thing, and how far their payment has come."""

    cents: int
    state: PaymentState


@dataclass(frozen=True, slots=True)
class Pay:
    """What one worker gets; None where there is nothing, or nothing yet."""

    reward: Part | None = None
    waiting: Part | None = None
    bonus: Part | None = None

    @property
    def paid_cents(self) -> int | None:
        """What has been paid so far, all together; None for nothing."""
        parts = (self.reward, self.waiting, self.bonus)
        paid = sum(p.cents for p in parts if p is not None and p.state is PaymentState.PAID)
        return paid or None


class SlotPay:
    """Reads payments by their names: two for each slot that was handed in, a hundred at a time, at
    half a read unit each. What is paid stays paid, and is not read again."""

    def __init__(self, payments: PaymentStore, clock: Clock) -> None:
        self._payments = payments
        self._clock = clock
        self._found: dict[str, Payment] = {}
        self._seen: Mapping[str, Submission] = {}
        self._next_ms = 0

    def of(
        self, claims: Iterable[Claim], handed_in: Mapping[str, Submission]
    ) -> dict[str, Pay | None]:
        """Return what each claim's worker gets, by the claim's key; None as long as nothing is
        recorded."""
        now = self._clock.now_ms()
        names = {c.key: _names(c, handed_in, now) for c in claims}
        if now >= self._next_ms or handed_in != self._seen:
            wanted = [n for both in names.values() for n in both if not self._is_final(n)]
            if wanted:
                self._found |= self._payments.find_many(wanted)
            self._seen, self._next_ms = handed_in, now + LOOK_EVERY_MS
        return {key: self._pay(*both) if both else None for key, both in names.items()}

    def _is_final(self, name: str) -> bool:
        return name in self._found and not self._found[name].is_open

    def _pay(self, work: str, stay: str) -> Pay | None:
        job, extra = self._found.get(work), self._found.get(stay)
        if job is None and extra is None:
            return None
        return Pay(
            None if job is None else _part(job.work_cents, job),
            None if extra is None else _part(extra.wait_cents, extra),
            None if extra is None else _part(extra.quick_cents, extra),
        )


def _names(
    claim: Claim, handed_in: Mapping[str, Submission], now_ms: int
) -> tuple[str, str] | tuple[()]:
    """Name the payments of one slot. Who has not handed in may be compensated, but not soon."""
    if claim.assignment not in handed_in and now_ms - claim.at_ms < LOST_AFTER_MS:
        return ()
    epoch = int(claim.seat_id.rpartition(".")[2])
    return (
        work_id(claim.assignment, claim.worker),
        pay_id(claim.assignment, claim.worker, epoch),
    )


def _part(cents: int, payment: Payment) -> Part | None:
    return Part(cents, payment.state) if cents else None
