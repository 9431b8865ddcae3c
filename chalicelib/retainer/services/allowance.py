"""The caps on money, for what no posting has committed beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.payments import Payment
    from chalicelib.retainer.domain.ports import ProtoHitStore
    from chalicelib.retainer.services.posting import Poster, Spend
    from chalicelib.retainer.services.sizer import Caps

FRESH_MS = 10_000
"""How long a run reckons with what it has read: sizing, too, reads once and then posts."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """What is spent, and how much may be in an hour and a day; `spend` grows as a run sends."""

    spend: Spend
    hour_cents: int
    day_cents: int

    def fits(self, cents: int) -> bool:
        hour, day = self.spend.hour_cents + cents, self.spend.day_cents + cents
        return hour <= self.hour_cents and day <= self.day_cents


@dataclass(frozen=True, slots=True)
class _Read:
    at_ms: int
    account: _Limit
    protos: dict[str, _Limit]


class Budget:
    """The money of this hour and day, for one run: what it lets pass counts at once."""

    def __init__(self, allowance: Allowance, clock: Clock) -> None:
        self._allowance = allowance
        self._clock = clock
        self._read: _Read | None = None

    def covers(self, payment: Payment) -> bool:
        """Whether the money of the account and the ProtoHIT reaches; if so, it is counted.

        Who is refused stays owed, and the next hour or day pays.
        """
        now = self._clock.now_ms()
        if self._read is None or now - self._read.at_ms > FRESH_MS:
            self._read = self._allowance.read()
        limits = [self._read.account]
        if payment.proto in self._read.protos:
            limits.append(self._read.protos[payment.proto])
        if not all(limit.fits(payment.cost_cents) for limit in limits):
            return False
        for limit in limits:
            limit.spend.add_payment(payment, now)
        return True


class Allowance:
    def __init__(self, protos: ProtoHitStore, poster: Poster, caps: Caps, clock: Clock) -> None:
        self._protos = protos
        self._poster = poster
        self._caps = caps
        self._clock = clock

    def budget(self) -> Budget:
        """Begin a run; nothing is read before something is to be sent."""
        return Budget(self, self._clock)

    def read(self) -> _Read:
        """Add up what postings commit and what was sent beside them: a few queries for each
        ProtoHIT, which read every posting of a day."""
        now = self._clock.now_ms()
        sent = self._poster.sent()
        account = self._poster.spend_elsewhere(sent)
        protos: dict[str, _Limit] = {}
        for proto in self._protos.list():
            spend = self._poster.spend(proto, self._poster.live(proto), sent)
            account.add_all(spend)
            protos[proto.hit_type_id] = _Limit(
                spend, proto.max_spend_hour_cents, proto.max_spend_day_cents
            )
        caps = self._caps
        return _Read(
            now, _Limit(account, caps.max_spend_hour_cents, caps.max_spend_day_cents), protos
        )
