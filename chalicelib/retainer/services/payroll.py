"""The payroll: sends what is owed, each once, whatever dies in between.

A row is recorded before this is called. Sending it is three steps: the row says that it may have
been sent, the market is asked with the row's own token, the row is completed. Who finds a row that
may have been sent looks it up at the market first: the token protects for a day, the market's own
list of bonuses for ever. In tables that were taken back to an earlier moment any row may have been
sent, later than that moment.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from chalicelib.kit import invocation
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.kit.metrics import Metric
from chalicelib.retainer.domain.market import MarketError, MarketUnavailable, NotThere, OutOfFunds
from chalicelib.retainer.domain.payments import NO_PROTO, UNCOVERED, Kind, PaymentState
from chalicelib.retainer.services.trouble import PAY_LEAVES_MS

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.kit.metrics import Metrics
    from chalicelib.retainer.domain.market import Market, Tariff
    from chalicelib.retainer.domain.payments import Payment
    from chalicelib.retainer.domain.ports import PaymentStore, RecoveryStore
    from chalicelib.retainer.services.allowance import Allowance, Budget
    from chalicelib.retainer.services.compensation import Compensation
    from chalicelib.retainer.services.trouble import Trouble

AGAIN_MS = 3_600_000
"""What a market refused is not asked for again sooner; money that is missing may come any time."""

SHOWN_MS = 30 * 86_400_000
"""For how long what can never be paid is shown among what is owed."""

WAITING_MS = 900_000
"""What is owed for longer is worth an alarm: fifteen runs have tried."""

log = logging.getLogger("retainer.payroll")


class Payroll:
    def __init__(
        self,
        payments: PaymentStore,
        markets: Mapping[str, Market],
        allowance: Allowance,
        compensation: Compensation,
        fees: Tariff,
        notes: RecoveryStore,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._payments = payments
        self._notes = notes
        self._look_until_ms: int | None = None
        self._markets = markets
        self._allowance = allowance
        self._compensation = compensation
        self._fees = fees
        self._clock = clock
        self._metrics = metrics

    def run(self, protos: Iterable[str], trouble: Trouble) -> int:
        """Pay all that is owed and due; return how many payments were completed."""
        paid = waiting = 0
        budget = self._allowance.budget()
        for proto in [*protos, NO_PROTO]:
            for payment in list(self._payments.open(proto)):
                is_due = payment.again_ms <= self._clock.now_ms()
                # Work is completed by its review, which knows what was decided on it.
                if payment.kind is Kind.WORK:
                    continue
                if payment.is_impossible:
                    if self._clock.now_ms() - payment.again_ms > SHOWN_MS:
                        self._payments.set_aside(payment)
                    continue
                is_paid = False
                has_time = invocation.is_time_for(PAY_LEAVES_MS)
                if is_due and has_time and payment.market not in trouble.away:
                    try:
                        is_paid = self.pay(payment, budget)
                    except MarketUnavailable as error:
                        line = {"payment": payment.id, "why": str(error)}
                        log.warning("market away", extra=line)
                        trouble.met(payment.market, error)
                paid += is_paid
                waiting += not is_paid and self._is_late(payment)
        self._metrics.count(Metric.PAYMENTS_WAITING, waiting)
        return paid

    def _is_late(self, payment: Payment) -> bool:
        """Whether it is owed so long that something must be wrong; a compensation that is on offer
        waits for its worker."""
        is_owed = payment.state is PaymentState.OWED
        return is_owed and self._clock.now_ms() - payment.owed_ms > WAITING_MS

    def pay(self, payment: Payment, budget: Budget | None = None) -> bool:
        """Bring a payment on as far as it goes now; whether it is paid. What cannot be paid stays
        owed, with the reason noted. Raises `MarketUnavailable`."""
        budget = budget or self._allowance.budget()
        now = self._clock.now_ms()
        market = self._markets.get(payment.market)
        try:
            if market is None:
                raise MarketError(f"The market {payment.market} is not configured.")
            return self._send(market, payment, budget)
        except MarketUnavailable:
            raise
        except NotThere as error:
            self._give_up(payment, str(error))
            return False
        except OutOfFunds as error:
            self._payments.trouble(payment, f"out of funds: {error}", 0)
        except MarketError as error:
            self._payments.trouble(payment, str(error), now + AGAIN_MS)
        except StoreUnavailable as error:
            log.error("not paid", extra={"payment": payment.id, "why": str(error)})
            return False
        log.error("still owed", extra={"payment": payment.id, "cents": payment.cents})
        return False

    def _give_up(self, payment: Payment, why: str) -> None:
        """End what the market will never do. A wait's bonus is owed all the same: where nothing can
        have been sent before, it is paid by a HIT for that worker alone."""
        market = self._markets[payment.market]
        was_tried = payment.tried_ms is not None or self._is_taken_back()
        is_promised = payment.kind is Kind.BONUS and self._compensation.can_pay(market, payment)
        line = {"payment": payment.id, "cents": payment.cents, "why": why}
        if is_promised and not was_tried:
            fee = self._fees.of(payment.market).of_assignment(payment.cents, 1)
            if self._payments.compensate(payment, fee):
                log.warning("owed as a compensation", extra=line)
        elif self._payments.give_up(payment, f"It cannot be paid. {why}", self._clock.now_ms()):
            log.error("can never be paid", extra=line)

    def _send(self, market: Market, payment: Payment, budget: Budget) -> bool:
        if payment.state is PaymentState.POSTED:
            return self._compensation.look(market, payment)
        was_tried = payment.tried_ms is not None
        is_taken_back = self._is_taken_back()
        if not was_tried:
            if payment.kind in UNCOVERED and not budget.covers(payment):
                self._payments.trouble(payment, "the cap on spending is reached", 0)
                return False
            trying = self._payments.trying(payment, self._clock.now_ms())
            if trying is None:
                return False
            payment = trying
        if payment.kind is Kind.COMPENSATION:
            self._compensation.post(market, payment, look=is_taken_back)
            return False
        if not ((was_tried or is_taken_back) and self._is_at_market(market, payment)):
            market.pay_bonus(
                payment.worker, payment.assignment, payment.cents, payment.reason, payment.token
            )
        return self._payments.complete(payment, self._clock.now_ms())

    def _is_taken_back(self) -> bool:
        """Whether markets may know more than the tables. Read once: tables are not taken back under
        a process that works on them."""
        if self._look_until_ms is None:
            self._look_until_ms = self._notes.recovered_until()
        return self._clock.now_ms() < self._look_until_ms

    def _is_at_market(self, market: Market, payment: Payment) -> bool:
        found = market.find_bonus(payment.assignment, payment.mark)
        if found is not None and found != payment.cents:
            log.error(
                "another amount was paid",
                extra={"payment": payment.id, "cents": payment.cents, "found": found},
            )
        return found is not None
