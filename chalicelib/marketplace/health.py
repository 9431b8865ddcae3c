"""What the marketplace's functions touch when the doctor starts them: the first read of each."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain.errors import KeyRefused

if TYPE_CHECKING:
    from chalicelib.marketplace.container import Marketplace

# A key that nobody was market.
_NOBODYS = "RKASKEDBYTHEDOCTOR"


def check(market: Marketplace, function: str) -> list[str]:
    """Read what this function's runs begin with; return what was read."""
    now_ms = market.clock.now_ms()
    if function == "mturk":
        # Deferred: only this function needs the operations and their model.
        from chalicelib.marketplace.api.operations import OPERATIONS

        market.accounts.secret_of(_NOBODYS)
        with contextlib.suppress(KeyRefused):
            market.accounts.account_of(_NOBODYS)
        return [f"{len(OPERATIONS)} operations", "access keys"]
    if function == "market_tick":
        market.tick.count_due()
        return ["assignments", "hits"]
    market.calls.due(now_ms, 1)
    return ["calls"]
