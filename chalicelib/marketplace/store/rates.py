"""Rates in DynamoDB: a counter for each window, which goes by itself."""

from __future__ import annotations

from chalicelib.marketplace.domain.rates import Rate
from chalicelib.marketplace.store.rate_tables import RateRow
from chalicelib.writes import ConditionFailed, update

_DAY_S = 86_400


class DynamoRates:
    """Implements `RateStore`."""

    def spend(self, rate: Rate, who: str, now_ms: int) -> bool:
        """One conditional write, also where it is refused."""
        begins_s, times = rate.begins_s(now_ms), RateRow.times
        row = RateRow(who, f"{rate.name}#{begins_s}")
        actions = [
            times.set((times | 0) + 1),
            RateRow.ttl.set(begins_s + rate.seconds + _DAY_S),
        ]
        try:
            update(row, actions, times.does_not_exist() | (times < rate.most))
        except ConditionFailed:
            return False
        return True
