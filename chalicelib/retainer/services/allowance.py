"""The caps on money, for what no posting has committed beforehand."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.clock import Clock
from chalicelib.retainer.domain.payments import Payment
from chalicelib.retainer.domain.ports import ProtoHitStore
from chalicelib.retainer.services.posting import Poster, Spend
from chalicelib.retainer.services.sizer import Caps


class Allowance:
    def __init__(self, protos: ProtoHitStore, poster: Poster, caps: Caps, clock: Clock) -> None:
        self._protos = protos
        self._poster = poster
        self._caps = caps
        self._clock = clock

    def covers(self, payment: Payment) -> bool:
        """Whether this hour's and day's money, of the account and the ProtoHIT, reaches for it.

        Adds up what postings commit and what was sent beside them: a few queries for each
        ProtoHIT. Who is refused stays owed, and the next hour or day pays.
        """
        account = self._poster.spend_elsewhere()
        cost = payment.cost_cents
        for proto in self._protos.list():
            spend = self._poster.spend(proto, self._poster.live(proto))
            account.add_all(spend)
            mine = proto.hit_type_id == payment.proto
            limits = (proto.max_spend_hour_cents, proto.max_spend_day_cents)
            if mine and not _fits(spend, cost, limits):
                return False
        limits = (self._caps.max_spend_hour_cents, self._caps.max_spend_day_cents)
        return _fits(account, cost, limits)


def _fits(spend: Spend, cents: int, limits: Iterable[int]) -> bool:
    hour, day = limits
    return spend.hour_cents + cents <= hour and spend.day_cents + cents <= day
