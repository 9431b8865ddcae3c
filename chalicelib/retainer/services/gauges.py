"""What a sizing run tells of pools, money and markets, for alarms and the dashboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from chalicelib.kit.metrics import Metric

if TYPE_CHECKING:
    from chalicelib.kit.metrics import Metrics
    from chalicelib.retainer.domain.ports import SizingReport
    from chalicelib.retainer.domain.protohits import ProtoHit
    from chalicelib.retainer.services.posting import Spend
    from chalicelib.retainer.services.sizer import Account, Caps

HIT_TYPES_MOST = 20
"""Each HIT type that figures are kept of costs money; of more, the first by name are kept."""

_ABOVE_A_CAP_OF_NOTHING = 200.0


class Gauges:
    def __init__(self, metrics: Metrics, caps: Caps) -> None:
        self._metrics = metrics
        self._caps = caps

    def failing(self, markets: int) -> None:
        """Write how many markets have failed so far."""
        self._metrics.count(Metric.MARKETS_FAILING, markets)

    def sized(
        self,
        reports: Sequence[tuple[ProtoHit, SizingReport]],
        spends: Mapping[str, Spend],
        account: Account,
        failing: Iterable[str],
        is_whole: bool,
    ) -> None:
        """Write a run's figures: a line for each HIT type, and if it looked at all pools one of the
        service."""
        # Who shares a pool is told of the same workers, as far as they may do its work: the one who
        # sees most of them counts, and the one who misses most.
        waiting, target, short = Counter[str](), Counter[str](), Counter[str]()
        for number, (proto, report) in enumerate(sorted(reports, key=lambda x: x[0].hit_type_id)):
            needed = 0 if proto.stopped else report.wanted + report.target
            for found, value in (
                (waiting, report.waiting),
                (target, needed),
                (short, needed - report.waiting),
            ):
                found[proto.pool_id] = max(found[proto.pool_id], value)
            if number < HIT_TYPES_MOST:
                figures = {Metric.POOL_WAITING: report.waiting, Metric.POOL_TARGET: needed}
                self._metrics.put(figures, proto.hit_type_id)
        if not is_whole:
            return
        spend = account.spend
        self._metrics.put({
            Metric.SIZING_RUNS: 1,
            Metric.POOL_WAITING: waiting.total(),
            Metric.POOL_TARGET: target.total(),
            Metric.POOL_SHORT: short.total(),
            Metric.HITS_OUT: spend.hits_out,
            Metric.SPEND_HOUR: spend.hour_cents / 100,
            Metric.SPEND_DAY: spend.day_cents / 100,
            Metric.SPEND_OF_CAP: self._of_cap((proto for proto, _ in reports), spends, account),
            Metric.MARKETS_FAILING: len(set(failing)),
        })  # fmt: skip

    def _of_cap(
        self, protos: Iterable[ProtoHit], spends: Mapping[str, Spend], account: Account
    ) -> float:
        """Return the largest share of any cap on money, in percent."""
        caps, spend = self._caps, account.spend
        pairs = [
            (spend.hour_cents, caps.max_spend_hour_cents),
            (spend.day_cents, caps.max_spend_day_cents),
        ]
        for proto in protos:
            mine = spends[proto.hit_type_id]
            pairs.append((mine.hour_cents, proto.max_spend_hour_cents))
            pairs.append((mine.day_cents, proto.max_spend_day_cents))
        return max(_percent(cents, cap) for cents, cap in pairs)


def _percent(cents: int, cap: int) -> float:
    if cap <= 0:
        return _ABOVE_A_CAP_OF_NOTHING if cents > 0 else 0.0
    return round(100 * cents / cap, 1)
