"""The ledger of payments, to be read: by ProtoHIT, state, kind and worker, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.missing import no_proto
from chalicelib.retainer.domain.payments import NO_PROTO, PaymentState

if TYPE_CHECKING:
    from chalicelib.retainer.domain.payments import Kind, Payment
    from chalicelib.retainer.stores import Stores

READ_MOST = 500
"""Payments that one page reads of each ProtoHIT, whatever it looks for."""


class Standing(StrEnum):
    """A payment's state as people ask for it: `sending` may have been sent, and is looked up at the
    market before it is sent again; `stuck` could not be paid, and says why; `offered` is a
    compensation whose HIT nobody has taken yet; `impossible`, that the market never will pay it."""

    OWED = "owed"
    SENDING = "sending"
    OFFERED = "offered"
    STUCK = "stuck"
    PAID = "paid"
    VOID = "void"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; None: everything."""

    proto: str | None = None
    standing: Standing | None = None
    kind: Kind | None = None
    worker: str | None = None

    def has(self, payment: Payment) -> bool:
        return (
            self.standing in {None, standing(payment)}
            and self.kind in {None, payment.kind}
            and self.worker in {None, payment.worker}
        )


def standing(payment: Payment) -> Standing:
    if payment.is_impossible:
        return Standing.IMPOSSIBLE
    if payment.state is PaymentState.OWED and payment.why:
        return Standing.STUCK
    if payment.state is PaymentState.OWED and payment.tried_ms is not None:
        return Standing.SENDING
    return _STANDING[payment.state]


_STANDING = {
    PaymentState.OWED: Standing.OWED,
    PaymentState.POSTED: Standing.OFFERED,
    PaymentState.PAID: Standing.PAID,
    PaymentState.VOID: Standing.VOID,
}


class PaymentList:
    def __init__(
        self,
        stores: Stores,
    ) -> None:
        self._protos = stores.protos
        self._payments = stores.payments

    def page(
        self, wanted: Wanted, before: str | None, limit: int
    ) -> tuple[list[Payment], str | None]:
        """Give payments, those owed last first, and where to go on.

        A query for each ProtoHIT, or one. A page may be short although more follow, where few of
        those that it read are wanted.
        """
        if wanted.proto is None:
            names = [p.hit_type_id for p in self._protos.list()] + [NO_PROTO]
        elif wanted.proto == NO_PROTO or self._protos.find(wanted.proto) is not None:
            names = [wanted.proto]
        else:
            raise no_proto(wanted.proto)
        is_plain = wanted == Wanted(wanted.proto)
        read = limit + 1 if is_plain else READ_MOST
        found: list[tuple[str, Payment]] = []
        floor = ""
        for name in names:
            rows = self._payments.page(name, before, read)
            if len(rows) == read:
                # Older ones of this ProtoHIT were not read: the page ends where they begin.
                floor = max(floor, rows[-1][0])
            found += rows
        found.sort(key=lambda pair: pair[0], reverse=True)
        page = [(at, p) for at, p in found if at >= floor and wanted.has(p)]
        if len(page) > limit:
            return [p for _, p in page[:limit]], page[limit - 1][0]
        return [p for _, p in page], floor or None
