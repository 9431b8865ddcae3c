"""What workers earned in a period, from the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Payment:
    """A row of the ledger that paid a worker."""

    account_id: str
    worker_id: str
    kind: str
    cents: int


@dataclass(frozen=True, slots=True)
class Earned:
    """What one worker earned from one requester."""

    account_id: str
    worker_id: str
    rewards: int = 0
    reward_cents: int = 0
    bonuses: int = 0
    bonus_cents: int = 0

    @property
    def total_cents(self) -> int:
        return self.reward_cents + self.bonus_cents


class PayStore(Protocol):
    def payments(self, account_id: str, from_ms: int, until_ms: int) -> Iterator[Payment]:
        """Those from `from_ms` on and before `until_ms`, in their order."""


def earned(payments: Iterable[Payment]) -> list[Earned]:
    """Add payments up, by requester and worker."""
    sums: dict[tuple[str, str], Earned] = {}
    for payment in payments:
        key = (payment.account_id, payment.worker_id)
        so_far = sums.get(key, Earned(*key))
        if payment.kind == "bonus":
            sums[key] = replace(
                so_far,
                bonuses=so_far.bonuses + 1,
                bonus_cents=so_far.bonus_cents + payment.cents,
            )
        else:
            sums[key] = replace(
                so_far,
                rewards=so_far.rewards + 1,
                reward_cents=so_far.reward_cents + payment.cents,
            )
    return [sums[key] for key in sorted(sums)]
