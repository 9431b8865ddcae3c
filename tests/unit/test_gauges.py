"""What a sizing run tells of pools and money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.kit.metrics import Metric
from chalicelib.retainer.domain import protohits
from chalicelib.retainer.domain.ports import SizingReport
from chalicelib.retainer.domain.protohits import ProtoHit
from chalicelib.retainer.services.gauges import Gauges
from chalicelib.retainer.services.posting import Spend
from chalicelib.retainer.services.sizer import Account, Caps
from tests.integration.world import PROTO

CAPS = Caps(max_hits_out=100, max_spend_hour_cents=1000, max_spend_day_cents=4000, max_waiting=100)


@dataclass
class Kept:
    put_of: dict[str | None, Mapping[Metric, float]] = field(default_factory=dict)

    def put(self, values: Mapping[Metric, float], hit_type: str | None = None) -> None:
        self.put_of[hit_type] = values

    def count(self, metric: Metric, times: float = 1) -> None:
        raise AssertionError(metric)


def proto(name: str, **more: Any) -> ProtoHit:
    return protohits.parse({**PROTO, "hit_type_id": name, **more})


def told(
    *reports: tuple[ProtoHit, SizingReport], spend: Spend | None = None
) -> Mapping[Metric, float]:
    kept = Kept()
    spends = {p.hit_type_id: spend or Spend() for p, _ in reports}
    Gauges(kept, CAPS).sized(reports, spends, Account(spend or Spend(), {}), [], True)
    return kept.put_of[None]


def pools_of(figures: Mapping[Metric, float]) -> tuple[float, ...]:
    return tuple(figures[m] for m in (Metric.POOL_WAITING, Metric.POOL_TARGET, Metric.POOL_SHORT))


def test_one_pools_surplus__does_not_hide_what_another_is_short_of() -> None:
    full, empty = SizingReport(waiting=9, wanted=2), SizingReport(waiting=1, wanted=2, target=2)

    assert pools_of(told((proto("A"), full), (proto("B"), empty))) == (10, 6, 3)


def test_workers_of_a_shared_pool__are_counted_once() -> None:
    lax, strict = SizingReport(waiting=5, wanted=4), SizingReport(waiting=1, wanted=3)

    figures = told((proto("A", pool="P"), lax), (proto("B", pool="P"), strict))

    # All five wait for A; B is short of two who may do its work.
    assert pools_of(figures) == (5, 4, 2)


def test_stopped_pool__is_short_of_nobody() -> None:
    stopped = replace(proto("A"), stopped=True)

    assert pools_of(told((stopped, SizingReport(waiting=1, wanted=5)))) == (1, 0, 0)


def test_share_of_cap__is_that_of_the_nearest() -> None:
    spend = Spend(hour_cents=100, day_cents=3000)
    cheap = proto("A", max_spend_per_hour=1.25, max_spend_per_day=1000)

    assert told((cheap, SizingReport()), spend=spend)[Metric.SPEND_OF_CAP] == 80
    assert told((proto("B"), SizingReport()))[Metric.SPEND_OF_CAP] == 0


def test_cap_of_nothing__is_exceeded_by_anything() -> None:
    nothing = proto("A", max_spend_per_hour=0)

    assert told((nothing, SizingReport()), spend=Spend(hour_cents=1))[Metric.SPEND_OF_CAP] > 100
    assert told((nothing, SizingReport()))[Metric.SPEND_OF_CAP] == 0
