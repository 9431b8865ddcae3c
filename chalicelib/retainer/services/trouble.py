"""What one run meets at the markets, and how a run shares its time out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from chalicelib.kit import invocation
from chalicelib.kit.metrics import Metric
from chalicelib.retainer.domain.market import MarketError, MarketUnavailable

if TYPE_CHECKING:
    from chalicelib.kit.metrics import Metrics

T = TypeVar("T")

ERRANDS_LEAVE_MS = 40_000
REVIEW_LEAVES_MS = 28_000
PAY_LEAVES_MS = 18_000
OTHERS_LEAVE_MS = 15_000
"""Of a function's time, what each step leaves to those after it. A call of a market that hangs
takes 13 seconds, and one that is under way then is to be outlived."""


def check_time() -> None:
    """Raise `MarketUnavailable` where another call of a market might be the end of the run."""
    if not invocation.is_time_for(OTHERS_LEAVE_MS):
        raise MarketUnavailable("it was too slow for all to be done in one run")


class Trouble:
    """The markets that did not do what was asked of them in one run; `away` of them are those that
    trying later may help, and that are left alone for the rest of it."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._failing: set[str] = set()
        self.away: set[str] = set()

    def met(self, market: str, error: MarketError) -> None:
        """Note what a market did. The figure that alarms is written at once: what hangs may be the
        end of the run."""
        if isinstance(error, MarketUnavailable):
            self.away.add(market)
        if market not in self._failing:
            self._failing.add(market)
            self._metrics.count(Metric.MARKETS_FAILING, len(self._failing))


def in_turn(found: Sequence[T], now_ms: int) -> list[T]:
    """Return all of them, each minute another one first: where time runs out before the end, it is
    not always the same ones that are left."""
    first = now_ms // 60_000 % len(found) if found else 0
    return [*found[first:], *found[:first]]
