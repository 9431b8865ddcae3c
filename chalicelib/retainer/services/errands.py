"""The requester's tools: block, unblock, write to and reward workers.

A request is recorded and answered; the review function, started at once, carries it out. One that
dies in between is carried out by the next run, so a message may reach a worker twice, a bonus not.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from chalicelib.kit import invocation
from chalicelib.retainer.domain import ids
from chalicelib.retainer.domain.errands import Errand, ErrandKind, ErrandState
from chalicelib.retainer.domain.errors import BadInput, Conflict, NotFound
from chalicelib.retainer.domain.market import MarketError, MarketUnavailable
from chalicelib.retainer.domain.payments import NO_PROTO, Kind, Payment, gift_id, mark_of
from chalicelib.retainer.domain.people import Told
from chalicelib.retainer.services.trouble import ERRANDS_LEAVE_MS

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.market import Market, Tariff
    from chalicelib.retainer.domain.ports import (
        Starter,
    )
    from chalicelib.retainer.stores import Stores

log = logging.getLogger("retainer.errands")


class Errands:
    def __init__(
        self,
        stores: Stores,
        markets: Mapping[str, Market],
        fees: Tariff,
        starter: Starter,
        clock: Clock,
    ) -> None:
        self._errands = stores.errands
        self._payments = stores.payments
        self._seats = stores.seats
        self._people = stores.people
        self._markets = markets
        self._fees = fees
        self._starter = starter
        self._clock = clock

    def market(self, named: str) -> str:
        """Return the market that is meant: the one that is named, or the only one there is."""
        if named in self._markets:
            return named
        if named:
            raise BadInput(f"The market {named} is not configured.", "unknown_market", "market")
        if len(self._markets) == 1:
            return next(iter(self._markets))
        raise BadInput("Say which market: sandbox or production.", "missing_field", "market")

    def ask(
        self, kind: ErrandKind, market: str, workers: Sequence[str], subject: str, text: str
    ) -> str:
        """Record what is to be done, and have it done; return its id."""
        now = self._clock.now_ms()
        errand = Errand(ids.new_id(now), kind, market, workers, now, subject, text)
        # Each worker's history names it first: what is carried out is in there.
        self._people.tell([Told(worker, now, errand.id) for worker in workers])
        self._errands.ask(errand)
        self._starter.start("review", {"errands": True})
        return errand.id

    def reward(
        self, market: str, worker: str, assignment: str, cents: int, reason: str, key: str
    ) -> str:
        """Owe a bonus of the requester's own, once for each key; return the payment's id.

        It is sent as soon as the caps on spending allow it. Raises `Conflict` if the key was used
        for another bonus.
        """
        place = self._seats.find_assignment(assignment)
        name = gift_id(key)
        wanted = Payment(
            id=name,
            kind=Kind.GIFT,
            proto=NO_PROTO if place is None else place.proto,
            market=market,
            worker=worker,
            assignment=assignment,
            hit="-" if place is None else place.hit,
            owed_ms=self._clock.now_ms(),
            quick_cents=cents,
            fee_cents=self._fees.of(market).of_bonus(cents),
            reason=f"{_sentence(reason)} Reference {mark_of(name)}.",
        )
        there = self._payments.owe(wanted)
        if _what(there) != _what(wanted):
            raise Conflict("This key was used before, for another bonus.", "key_reused")
        self._people.tell([Told(worker, there.owed_ms, name)])
        self._starter.start("review", {"errands": True})
        return name

    def state(self, errand_id: str) -> Errand | Payment:
        found = (
            self._payments.find(errand_id)
            if errand_id.startswith("gift#")
            else self._errands.find(errand_id)
        )
        if found is None:
            raise NotFound(
                f"Nothing was asked for under the id {errand_id!r}.", "unknown_errand", "id"
            )
        return found

    def run(self) -> int:
        """Carry out what was asked for; return how much was done.

        What a market refuses is done with, and says why; where it does not answer, the next run
        tries again.
        """
        done = 0
        away: set[str] = set()
        for errand in self._errands.open():
            if errand.market in away or not invocation.is_time_for(ERRANDS_LEAVE_MS):
                continue
            try:
                missed = self._carry_out(errand)
            except MarketUnavailable as error:
                log.warning("market away", extra={"errand": errand.id, "why": str(error)})
                away.add(errand.market)
            except MarketError as error:
                self._errands.ended(errand, ErrandState.REFUSED, str(error), [])
            else:
                if errand.workers and set(missed) >= set(errand.workers):
                    self._errands.ended(errand, ErrandState.REFUSED, _NOBODY, missed)
                    continue
                self._errands.ended(errand, ErrandState.DONE, "", missed)
                done += 1
        return done

    def _carry_out(self, errand: Errand) -> list[str]:
        market = self._markets.get(errand.market)
        if market is None:
            raise MarketError(f"The market {errand.market} is not configured.")
        if errand.kind is ErrandKind.MESSAGE:
            return market.tell(errand.workers, errand.subject, errand.text)
        for worker in errand.workers:
            if errand.kind is ErrandKind.BLOCK:
                market.bar(worker, errand.text)
            else:
                market.readmit(worker)
        return []


_NOBODY = (
    "The message reached nobody: a market writes to workers who have done something for you, and "
    "knows no others."
)


def _sentence(reason: str) -> str:
    """As a sentence, since another follows it."""
    text = reason.rstrip()
    return text if text.endswith((".", "!", "?", "…", ":", ";", "。")) else f"{text}."


def _what(payment: Payment) -> tuple[str, str, int, str, str]:
    return (
        payment.worker, payment.assignment, payment.cents, payment.market, payment.reason,
    )  # fmt: skip
