"""Figures for alarms and dashboards: what is counted, and how it gets to CloudWatch.

A figure is one line on standard output in CloudWatch's embedded metric format, of which CloudWatch
makes metrics by itself: nothing is sent, and nobody waits. Each name with each value of its
dimensions costs money while it is written, so there are two sets: the service's, and a few figures
by HIT type (docs/runbook.md says what they cost).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from chalicelib.kit import logs
from chalicelib.kit.clock import Clock

NAMESPACE = "Retainer"
SERVICE, HIT_TYPE = "service", "hitType"
"""Dimensions: of every metric, and of those by HIT type as well."""


class Metric(Enum):
    """Name, unit, and whether it is kept by HIT type as well."""

    POOL_WAITING = "PoolWaiting", "Count", True
    POOL_TARGET = "PoolTarget", "Count", True
    POOL_SHORT = "PoolShort", "Count", False
    HITS_OUT = "HitsOut", "Count", False
    SIZING_RUNS = "SizingRuns", "Count", False
    SPEND_HOUR = "SpendHour", "None", False
    SPEND_DAY = "SpendDay", "None", False
    SPEND_OF_CAP = "SpendOfCap", "Percent", False
    MARKETS_FAILING = "MarketsFailing", "Count", False
    PAYMENTS_WAITING = "PaymentsWaiting", "Count", False
    DISPATCH_LATENCY = "DispatchLatency", "Milliseconds", False
    CLAIMS = "Claims", "Count", False
    CLAIMS_LOST = "ClaimsLost", "Count", False
    RELEASES = "Releases", "Count", False
    ERRORS = "Errors", "Count", False

    def __init__(self, title: str, unit: str, by_hit_type: bool) -> None:
        self.title = title
        self.unit = unit
        self.by_hit_type = by_hit_type


class Metrics(Protocol):
    def put(self, values: Mapping[Metric, float], hit_type: str | None = None) -> None:
        """Write figures of this moment, of the service or of one HIT type: one line."""

    def count(self, metric: Metric, times: float = 1) -> None:
        """Write one figure of the service."""


class NoMetrics:
    """Where nobody looks."""

    def put(self, values: Mapping[Metric, float], hit_type: str | None = None) -> None:
        pass

    def count(self, metric: Metric, times: float = 1) -> None:
        pass


@dataclass(frozen=True, slots=True)
class EmbeddedMetrics:
    """Lines in embedded metric format; what log lines are about stands in them, too, to be read and
    not to be counted by."""

    service: str
    clock: Clock
    write: Callable[[str], None]

    def put(self, values: Mapping[Metric, float], hit_type: str | None = None) -> None:
        dimensions = {SERVICE: self.service}
        if hit_type is not None:
            dimensions[HIT_TYPE] = hit_type
        named = [{"Name": metric.title, "Unit": metric.unit} for metric in values]
        about = {name: value for name, value in logs.current().items() if value is not None}
        line = {
            **about,
            "_aws": {
                "Timestamp": self.clock.now_ms(),
                "CloudWatchMetrics": [
                    {"Namespace": NAMESPACE, "Dimensions": [[*dimensions]], "Metrics": named}
                ],
            },
            **dimensions,
            **{metric.title: value for metric, value in values.items()},
        }
        self.write(json.dumps(line, separators=(",", ":")))

    def count(self, metric: Metric, times: float = 1) -> None:
        self.put({metric: times})


def metrics_of(service: str, clock: Clock) -> Metrics:
    """Return what writes to standard output for a service of this name; without a name, nothing."""
    return EmbeddedMetrics(service, clock, _print) if service else NoMetrics()


def _print(line: str) -> None:
    print(line, flush=True)
