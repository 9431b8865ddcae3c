"""Rates in DynamoDB: a counter for each window, which goes by itself."""

from __future__ import annotations

import contextlib

from pynamodb.exceptions import DoesNotExist

from chalicelib.kit.dynamo.writes import ConditionFailed, Put, delete, put, update
from chalicelib.marketplace.domain.rates import Once, Rate
from chalicelib.marketplace.store.rate_tables import RateRow

_DAY_S = 86_400


def once(given: Once) -> Put:
    """A write labelled "once" that fails if it was done within that time."""
    now_s = given.now_ms // 1000
    row = RateRow(given.who, given.name, times=1, ttl=now_s + given.seconds)
    return Put("once", row, RateRow.who.does_not_exist() | (RateRow.ttl <= now_s))


class DynamoRates:
    """Implements `RateStore`."""

    def mark(self, name: str, who: str) -> None:
        put(RateRow(who, name, times=1))

    def is_marked(self, name: str, who: str) -> bool:
        """One consistent read by key."""
        try:
            RateRow.get(who, name, consistent_read=True)
        except DoesNotExist:
            return False
        return True

    def forget(self, name: str, who: str) -> None:
        delete(RateRow(who, name))

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

    def give_back(self, rate: Rate, who: str, now_ms: int) -> None:
        row = RateRow(who, f"{rate.name}#{rate.begins_s(now_ms)}")
        with contextlib.suppress(ConditionFailed):
            update(row, [RateRow.times.set(RateRow.times - 1)], RateRow.times > 0)
