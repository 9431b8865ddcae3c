"""The service's stores, as services get them: one value in place of many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.retainer.domain.people_ports import PeopleStore
    from chalicelib.retainer.domain.ports import (
        ErrandStore,
        KeyStore,
        LedgerStore,
        NoteStore,
        PaymentStore,
        PostingStore,
        ProtoHitStore,
        ReservationStore,
        SeatStore,
        SubmissionStore,
    )


@dataclass(frozen=True, slots=True)
class Stores:
    """Each holds its table's conditions; a service uses those of its subject."""

    protos: ProtoHitStore
    reservations: ReservationStore
    ledgers: LedgerStore
    seats: SeatStore
    postings: PostingStore
    submissions: SubmissionStore
    payments: PaymentStore
    people: PeopleStore
    errands: ErrandStore
    notes: NoteStore
    keys: KeyStore
