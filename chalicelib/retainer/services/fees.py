"""Fees: what each market takes, asked by the sizing run, and read by everybody else.

No HTTP handler waits for a market, so what was heard last is kept in a note. Until a market has
been asked for the first time its fees are taken to be MTurk's; nothing has been posted there by
then.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.mturk.prices import MTURKS_FEES
from chalicelib.retainer.domain.market import MarketError

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.mturk.prices import Fees
    from chalicelib.retainer.domain.market import Market
    from chalicelib.retainer.domain.ports import FeesStore

KNOWN_MS = 60_000
"""How long a process goes by what it has read or heard."""

log = logging.getLogger("retainer.fees")


class FeesOf:
    def __init__(self, notes: FeesStore, markets: Mapping[str, Market], clock: Clock) -> None:
        self._notes = notes
        self._markets = markets
        self._clock = clock
        self._known: dict[str, tuple[int, Fees]] = {}

    def of(self, market: str) -> Fees:
        """Return what a market took when it was asked last: one read a minute at most."""
        now = self._clock.now_ms()
        until, fees = self._known.get(market, (0, MTURKS_FEES))
        if now >= until:
            fees = self._notes.get_fees(market) or MTURKS_FEES
            self._known[market] = (now + KNOWN_MS, fees)
        return fees

    def ask(self) -> None:
        """Ask every market, once a minute, and keep what has changed. One that does not answer is
        taken to have changed nothing. A read and a write each."""
        for name, market in self._markets.items():
            try:
                before = self._notes.get_fees(name)
                is_due = self._notes.hint_due(f"fees#{name}", self._clock.now_ms(), KNOWN_MS)
                # One that has never answered is asked in each run: it may be posted to in this one.
                if before is not None and not is_due:
                    continue
                fees = market.fees()
                if fees != before:
                    self._notes.put_fees(name, fees)
                    log.info("fees", extra={"market": name, "percent": fees.percent})
                self._known[name] = (self._clock.now_ms() + KNOWN_MS, fees)
            except (MarketError, StoreUnavailable) as error:
                log.warning("fees not asked", extra={"market": name, "why": str(error)})
