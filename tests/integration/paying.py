"""Workers who have waited for pay, and callers who die at any write or any call of the market."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chalicelib.retainer.domain.market import Market, SeatState
from chalicelib.retainer.domain.payments import Cents, Payment, PaymentState
from chalicelib.retainer.domain.seats import Seat
from chalicelib.retainer.store.pay_tables import Payments, Totals
from chalicelib.retainer.store.payments import DynamoPayments
from tests.integration.faults import KillAt, Killed, session_of
from tests.integration.world import World
from tests.size import FULL, sized

PAID: dict[str, Any] = {"wait_pay": 0.06, "quick_bonus": 0.03, "max_wait": 300}
CALLS = {"settle", "pay_bonus", "find_bonus", "open_for", "find", "status", "work", "tell", "bar"}


class KillingMarket:
    """A market whose caller dies at the n-th call, before or after it is done."""

    def __init__(self, real: Market, nth: int, after: bool) -> None:
        self._real = real
        self._left = nth
        self._after = after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in CALLS:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise Killed
            answer = found(*args, **kwargs)
            if self._left == 0:
                raise Killed
            return answer

        return call


@dataclass(frozen=True)
class Death:
    """Where to die: at the n-th write of the database, or the n-th call of the market."""

    of: str
    nth: int
    after: bool

    def strikes(self, world: World, call: Callable[[], object]) -> bool:
        """Call, and die there; False if it did not come so far."""
        try:
            with self._armed(world):
                call()
        except Killed:
            return True
        return False

    @contextmanager
    def _armed(self, world: World) -> Iterator[None]:
        if self.of == "write":
            with session_of(world.dynamo, lambda real: KillAt(real, self.nth, self.after)):
                yield
            return
        real = world.markets["sandbox"]
        world.markets["sandbox"] = KillingMarket(real, self.nth, self.after)  # type: ignore[assignment]
        try:
            yield
        finally:
            world.markets["sandbox"] = real


def deaths(of: str, after: bool) -> Iterator[Death]:
    """Ever later deaths, in the small run every second: the odd ones before what they die at, the
    even ones after. Stop at the first that does not strike."""
    first = 1 + (not FULL and after)
    return (Death(of, nth, after) for nth in range(first, 60, sized(2, 1)))


def open_pool(world: World, **more: Any) -> str:
    """Declare a pool that pays, and have a HIT of it out; return the HIT."""
    world.put_proto(**{**PAID, **more})
    world.make(1)
    world.room.sizing.run()
    return world.market.hits_out[0].hit


def waiter(world: World, hit: str, worker: str, seconds: int = 250, **more: Any) -> Seat:
    """Seat a worker who has been waiting for so long."""
    now = world.clock.now_ms()
    began = now - seconds * 1000
    values: dict[str, Any] = {
        "hit": hit, "arrived_ms": began, "base_ms": began, "seen_ms": now,
        "waits_until_ms": began + 300_000, "due_ms": began + 600_000, "verified": True,
        "terms": world.room.reservations.proto("Dashboard").terms, **more,
    }  # fmt: skip
    return world.seat(worker, **values)


def all_payments() -> list[Payment]:
    store = DynamoPayments()
    found = (store.find(row.id) for row in Payments.scan(consistent_read=True))
    return sorted((p for p in found if p is not None), key=lambda p: p.id)


def all_totals() -> Cents:
    total = Cents()
    for row in Totals.scan(consistent_read=True):
        total += Cents(int(row.waiting), int(row.work), int(row.bonus), int(row.fee))
    return total


def check_books(world: World) -> None:
    """Every cent that the market has paid out is on record once, and in the totals once."""
    paid = [p for p in all_payments() if p.state is PaymentState.PAID]
    spent = sum((Cents.of(p) for p in paid), Cents())
    assert all_totals() == spent
    market = world.market
    assert spent.waiting + spent.bonus == sum(b.cents for b in market.bonuses) + sum(
        offer.reward_cents
        for hit, offer in market.offers.items()
        for work in market.handed_in + market.put_away
        if work.posting == hit and market.settled.get(work.assignment) is SeatState.PAID
    )
    rewards = [
        w
        for w in market.handed_in + market.put_away
        if w.posting not in market.offers and market.settled.get(w.assignment) is SeatState.PAID
    ]
    assert spent.work == 5 * len(rewards)
