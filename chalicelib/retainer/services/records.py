"""Where everything lies that is on record of a worker, for who looks at it or clears it away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.retainer.domain.ports import (
        LedgerStore,
        PaymentStore,
        PeopleStore,
        PostingStore,
        SeatStore,
        SubmissionStore,
    )


@dataclass(frozen=True, slots=True)
class Records:
    people: PeopleStore
    seats: SeatStore
    ledgers: LedgerStore
    postings: PostingStore
    submissions: SubmissionStore
    payments: PaymentStore
