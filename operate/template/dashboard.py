"""The service at one look, in CloudWatch: pools, latency, claims, money, errors, the API."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.kit.metrics import HIT_TYPE, NAMESPACE, SERVICE, Metric
from operate.stages import Stage
from operate.template.alarms import all_alarms
from operate.template.functions import FUNCTIONS
from operate.template.place import Place
from operate.template.tables import tables

_WIDTH, _HEIGHT = 8, 6
_COLUMNS = 24 // _WIDTH

Line = list[Any]


def dashboard(stage: Stage, place: Place) -> dict[str, Any]:
    body = {"start": "-PT3H", "widgets": _placed(_widgets(stage))}
    return {
        "Dashboard": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {
                "DashboardName": place.global_name(stage, "service"),
                "DashboardBody": {"Fn::Sub": json.dumps(body, separators=(",", ":"))},
            },
        }
    }


def _widgets(stage: Stage) -> list[dict[str, Any]]:
    functions = {name: stage.function(name) for name in FUNCTIONS.values()}
    return [
        _graph("Workers waiting against target", [
            _ours(stage, Metric.POOL_WAITING, "waiting", "Average"),
            _ours(stage, Metric.POOL_TARGET, "target", "Average"),
            _ours(stage, Metric.POOL_SHORT, "short", "Maximum"),
        ]),
        _graph("Workers waiting, by HIT type", [_by_hit_type(stage, Metric.POOL_WAITING)]),
        _graph("Target, by HIT type", [_by_hit_type(stage, Metric.POOL_TARGET)]),
        _graph("From invoke to the page, in milliseconds", [
            _ours(stage, Metric.DISPATCH_LATENCY, statistic, statistic)
            for statistic in ("p50", "p95", "p99")
        ]),
        _graph("Calls", [
            _ours(stage, Metric.CLAIMS, "claimed", "Sum"),
            _ours(stage, Metric.CLAIMS_LOST, "claimed too late", "Sum"),
            _ours(stage, Metric.RELEASES, "not answered, given on", "Sum"),
        ]),
        _graph("HITs out, sizing runs", [
            _ours(stage, Metric.HITS_OUT, "HITs out", "Maximum"),
            _ours(stage, Metric.SIZING_RUNS, "sizing runs", "Sum"),
        ]),
        _graph("Committed, in dollars", [
            _ours(stage, Metric.SPEND_HOUR, "in the last hour", "Maximum"),
            _ours(stage, Metric.SPEND_DAY, "in the last day", "Maximum"),
        ]),
        _graph("The cap that is nearest, in percent", [
            _ours(stage, Metric.SPEND_OF_CAP, "committed", "Maximum"),
        ], annotations={"horizontal": [{"label": "cap", "value": 100}]}),
        _graph("Money and market", [
            _ours(stage, Metric.PAYMENTS_WAITING, "payments waiting", "Maximum"),
            _ours(stage, Metric.MARKETS_FAILING, "markets failing", "Maximum"),
        ]),
        _graph("Errors", [
            _ours(stage, Metric.ERRORS, "in the log", "Sum"),
            *(_function("Errors", f, n, "Sum") for n, f in functions.items()),
        ]),
        _graph("Functions' time, longest, in milliseconds", [
            _function("Duration", f, n, "Maximum") for n, f in functions.items()
        ]),
        _graph("Functions refused", [
            _function("Throttles", f, n, "Sum") for n, f in functions.items()
        ]),
        _graph("The API's time, in milliseconds", [
            _api(stage, "Latency", statistic, statistic) for statistic in ("p50", "p95", "p99")
        ]),
        _graph("The API's answers", [
            _api(stage, "Count", "all", "Sum"),
            _api(stage, "4XXError", "refused", "Sum"),
            _api(stage, "5XXError", "failed", "Sum"),
        ]),
        _graph("Tables that refused for want of throughput", [
            _table(metric, table)
            for table in _tables(stage)
            for metric in ("ReadThrottleEvents", "WriteThrottleEvents")
        ] + [
            # An index that refuses a write has its table refuse it.
            _index(metric, table, index)
            for table, index in _indexes(stage)
            for metric in ("ReadThrottleEvents", "WriteThrottleEvents")
        ]),
        _alarms(stage),
    ]  # fmt: skip


def _graph(title: str, lines: list[Line], **more: Any) -> dict[str, Any]:
    properties = {
        "title": title,
        "region": "${AWS::Region}",
        "view": "timeSeries",
        "period": 60,
        "metrics": lines,
        "yAxis": {"left": {"min": 0}},
        **more,
    }
    return {"type": "metric", "properties": properties}


def _ours(stage: Stage, metric: Metric, label: str, statistic: str) -> Line:
    options = {"label": label, "stat": statistic}
    return [NAMESPACE, metric.title, SERVICE, stage.prefix, options]


def _by_hit_type(stage: Stage, metric: Metric) -> Line:
    search = (
        f"SEARCH('{{{NAMESPACE},{SERVICE},{HIT_TYPE}}} "
        f'{SERVICE}="{stage.prefix}" MetricName="{metric.title}"\', \'Average\')'
    )
    return [{"expression": search, "label": "${!PROP('Dim." + HIT_TYPE + "')}"}]


def _function(metric: str, function: str, label: str, statistic: str) -> Line:
    options = {"label": label, "stat": statistic}
    return ["AWS/Lambda", metric, "FunctionName", function, options]


def _api(stage: Stage, metric: str, label: str, statistic: str) -> Line:
    return [
        "AWS/ApiGateway",
        metric,
        "ApiName",
        stage.api_name,
        {"label": label, "stat": statistic},
    ]


def _table(metric: str, table: str) -> Line:
    return ["AWS/DynamoDB", metric, "TableName", table, {"stat": "Sum"}]


def _index(metric: str, table: str, index: str) -> Line:
    *of_table, options = _table(metric, table)
    return [*of_table, "GlobalSecondaryIndexName", index, options]


def _indexes(stage: Stage) -> list[tuple[str, str]]:
    return [
        (resource["Properties"]["TableName"], index["IndexName"])
        for resource in tables(stage).values()
        for index in resource["Properties"].get("GlobalSecondaryIndexes", [])
    ]


def _tables(stage: Stage) -> list[str]:
    return [resource["Properties"]["TableName"] for resource in tables(stage).values()]


def _alarms(stage: Stage) -> dict[str, Any]:
    arn = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
    arns = [arn + alarm["Properties"]["AlarmName"] for alarm in all_alarms(stage).values()]
    return {"type": "alarm", "properties": {"title": "Alarms", "alarms": arns}}


def _placed(widgets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each its place, three in a row."""
    return [
        {
            "x": number % _COLUMNS * _WIDTH,
            "y": number // _COLUMNS * _HEIGHT,
            "width": _WIDTH,
            "height": _HEIGHT,
            **widget,
        }
        for number, widget in enumerate(widgets)
    ]
