"""Costs: what was spent and what is owed, by ProtoHIT, day (UTC) and kind.

What was spent comes from totals that are written together with each payment; what is owed from an
index of just that. Nothing is read that is not asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.missing import no_proto
from chalicelib.retainer.domain.payments import NO_PROTO, Cents, day_of

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.payments import Payment
    from chalicelib.retainer.stores import Stores

DAYS_MOST = 366


@dataclass(frozen=True, slots=True)
class DayCosts:
    proto: str
    day: str
    spent: Cents
    owed: Cents


@dataclass(frozen=True, slots=True)
class CostReport:
    """`troubles` are payments that could not be made when they were tried."""

    first: str
    last: str
    rows: tuple[DayCosts, ...]
    troubles: tuple[Payment, ...]

    @property
    def spent(self) -> Cents:
        return sum((row.spent for row in self.rows), Cents())

    @property
    def owed(self) -> Cents:
        return sum((row.owed for row in self.rows), Cents())


class Costs:
    def __init__(
        self,
        stores: Stores,
        clock: Clock,
    ) -> None:
        self._protos = stores.protos
        self._payments = stores.payments
        self._clock = clock

    def report(self, hit_type: str | None, first: str, last: str) -> CostReport:
        """Report days, both included; empty: today. What is owed stands on the day since which it
        is, and is left out where that is not asked for.

        A query of the totals and one of what is owed for each ProtoHIT.
        """
        today = day_of(self._clock.now_ms())
        first, last = _day("from", first or today), _day("to", last or today)
        if not 0 <= (date.fromisoformat(last) - date.fromisoformat(first)).days < DAYS_MOST:
            raise BadInput(
                f"from and to are at most {DAYS_MOST} days, in order.", "out_of_range", "from"
            )
        if hit_type is not None and self._protos.find(hit_type) is None:
            raise no_proto(hit_type)
        names = (
            [hit_type] if hit_type else [p.hit_type_id for p in self._protos.list()] + [NO_PROTO]
        )
        rows: list[DayCosts] = []
        troubles: list[Payment] = []
        for name in names:
            spent = dict(self._payments.totals(name, first, last))
            owed: dict[str, Cents] = {}
            for payment in self._payments.open(name):
                day = day_of(payment.owed_ms)
                if first <= day <= last and payment.is_open:
                    owed[day] = owed.get(day, Cents()) + Cents.of(payment)
                if payment.why:
                    troubles.append(payment)
            rows += [
                DayCosts(name, day, spent.get(day, Cents()), owed.get(day, Cents()))
                for day in sorted(spent.keys() | owed.keys())
            ]
        return CostReport(first, last, tuple(rows), tuple(troubles))

    def now(self, protos: Sequence[str]) -> CostReport:
        """Report what was spent today and all that is owed, whenever it came to be: two queries for
        each ProtoHIT, and for what belongs to none."""
        today = day_of(self._clock.now_ms())
        rows: list[DayCosts] = []
        troubles: list[Payment] = []
        for name in [*protos, NO_PROTO]:
            spent = dict(self._payments.totals(name, today, today))
            owed = list(self._payments.open(name))
            troubles += [payment for payment in owed if payment.why]
            due = sum((Cents.of(payment) for payment in owed if payment.is_open), Cents())
            rows.append(DayCosts(name, today, spent.get(today, Cents()), due))
        return CostReport(today, today, tuple(rows), tuple(troubles))


def _day(name: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadInput(f"{name} must be a day such as 2026-01-31.", "out_of_range") from None
