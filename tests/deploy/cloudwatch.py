"""As much of CloudWatch as alarms need: metrics made of printed lines, and alarms' states."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Key = tuple[str, str, frozenset[tuple[str, str]]]

STATISTICS: dict[str, Callable[[list[float]], float]] = {"Sum": sum, "Maximum": max, "Minimum": min}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, limit: value > limit,
    "GreaterThanOrEqualToThreshold": lambda value, limit: value >= limit,
    "LessThanThreshold": lambda value, limit: value < limit,
}
UNITS = {"Count", "Milliseconds", "Percent", "None"}


def metrics_of(lines: Iterable[str]) -> dict[Key, list[tuple[int, float]]]:
    """(namespace, name, dimensions) → (epoch ms, value), of lines in embedded metric format; the
    format's rules are checked on the way."""
    found: dict[Key, list[tuple[int, float]]] = {}
    for text in lines:
        line = json.loads(text)
        at = line["_aws"]["Timestamp"]
        for directive in line["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                assert 1 <= len(names) <= 30
                dimensions = frozenset((name, line[name]) for name in names)
                assert all(isinstance(v, str) and 1 <= len(v) <= 1024 for _, v in dimensions)
                for metric in directive["Metrics"]:
                    value = line[metric["Name"]]
                    assert metric["Unit"] in UNITS
                    assert isinstance(value, int | float)
                    assert not isinstance(value, bool)
                    key = (directive["Namespace"], metric["Name"], dimensions)
                    found.setdefault(key, []).append((at, value))
    return found


def key_of(alarm: Mapping[str, Any]) -> Key:
    dimensions = frozenset((d["Name"], d["Value"]) for d in alarm["Dimensions"])
    return alarm["Namespace"], alarm["MetricName"], dimensions


def is_alarming(alarm: Mapping[str, Any], lines: Iterable[str], now_ms: int) -> bool:
    """Whether an alarm sounds at a moment, over its last full periods."""
    points = metrics_of(lines).get(key_of(alarm), [])
    period_ms = alarm["Period"] * 1000
    statistic = STATISTICS[alarm["Statistic"]]
    compare = COMPARISONS[alarm["ComparisonOperator"]]
    bad = 0
    for number in range(1, alarm["EvaluationPeriods"] + 1):
        start = now_ms - number * period_ms
        values = [value for at, value in points if start <= at < start + period_ms]
        if values:
            bad += compare(statistic(values), alarm["Threshold"])
        else:
            bad += alarm["TreatMissingData"] == "breaching"
    return bool(bad >= alarm["DatapointsToAlarm"])
