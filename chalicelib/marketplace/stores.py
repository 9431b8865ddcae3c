"""The marketplace's stores that most services use, as they get them: one value in place of many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.contact import BlockStore, BonusStore
    from chalicelib.marketplace.domain.ports import (
        AssignmentStore,
        HitChangeStore,
        HitStore,
        MoneyStore,
        OfferStore,
        RequesterStore,
        SlotStore,
        WorkerStore,
    )
    from chalicelib.marketplace.domain.qualification_ports import (
        QualificationStore,
        QualificationTypeStore,
    )
    from chalicelib.marketplace.domain.rates import RateStore
    from chalicelib.marketplace.domain.reports import ReportStore


@dataclass(frozen=True, slots=True)
class Stores:
    """Each holds its table's conditions. What one feature alone keeps is not among them."""

    hits: HitStore
    changes: HitChangeStore
    slots: SlotStore
    offers: OfferStore
    assignments: AssignmentStore
    money: MoneyStore
    requesters: RequesterStore
    workers: WorkerStore
    blocks: BlockStore
    bonuses: BonusStore
    rates: RateStore
    types: QualificationTypeStore
    held: QualificationStore
    reports: ReportStore
