"""Alarms, and the topic that they are told to. What each means is in docs/runbook.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.kit.metrics import NAMESPACE, SERVICE, Metric
from operate.stages import Stage
from operate.template.functions import FUNCTIONS
from operate.template.queue import dead_letters_name

# Of a function's time limit, in percent, from which on a run is in danger.
_NEAR_LIMIT = 80

_PERIOD_S = 300
"""Of what AWS measures itself."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One metric of the service against a threshold, `of` so many periods at least `bad`."""

    name: str
    metric: Metric
    statistic: str
    comparison: str
    threshold: float
    bad: int
    of: int
    period_s: int
    missing: str
    text: str


RULES = (
    Rule(
        "PoolBelowTarget", Metric.POOL_SHORT, "Minimum", "GreaterThanOrEqualToThreshold", 1,
        15, 15, 60, "ignore",
        "A pool has had fewer workers than it needs for 15 minutes",
    ),
    Rule(
        "MoneyAboveCap", Metric.SPEND_OF_CAP, "Maximum", "GreaterThanThreshold", 100,
        1, 1, 60, "ignore",
        "More is committed than a cap on money allows",
    ),
    Rule(
        "MoneyNearCap", Metric.SPEND_OF_CAP, "Maximum", "GreaterThanOrEqualToThreshold", 90,
        5, 5, 60, "ignore",
        "90 % of a cap on money are committed; soon nothing more is posted",
    ),
    Rule(
        # What writes the metric is what may have stopped.
        "SizingNotRun", Metric.SIZING_RUNS, "Sum", "LessThanThreshold", 1,
        5, 5, 60, "breaching",
        "The sizing run has not come to its end for five minutes",
    ),
    Rule(
        "MarketFailing", Metric.MARKETS_FAILING, "Maximum", "GreaterThanOrEqualToThreshold", 1,
        3, 5, 60, "ignore",
        "A market does not answer, or refuses what is asked of it",
    ),
    Rule(
        # Written by the review each minute: none means that nobody is paid.
        "PaymentsWaiting", Metric.PAYMENTS_WAITING, "Maximum", "GreaterThanOrEqualToThreshold", 1,
        5, 5, 60, "breaching",
        "Workers have been owed money for over 15 minutes, or the review does not run",
    ),
    Rule(
        # Written only where there are any.
        "ErrorsLogged", Metric.ERRORS, "Sum", "GreaterThanOrEqualToThreshold", 1,
        2, 3, 300, "notBreaching",
        "The service writes errors into its log",
    ),
)  # fmt: skip


def topic_name(stage: Stage) -> str:
    return f"{stage.prefix}-alarms"


def alarms(stage: Stage) -> dict[str, Any]:
    """The topic, and an alarm for each thing that somebody should look at."""
    # Who is told is subscribed by `retainer alarms mail`, and stays so whatever is changed here.
    topic = {
        "Type": "AWS::SNS::Topic",
        "Properties": {"TopicName": topic_name(stage)},
    }
    named = {name + "Alarm": alarm for name, alarm in all_alarms(stage).items()}
    return {"AlarmTopic": topic, **named}


def all_alarms(stage: Stage) -> dict[str, Any]:
    """The alarms by name, the service's own first."""
    return {
        **{rule.name: _of_service(stage, rule) for rule in RULES},
        "FunctionsFailing": _of_functions(
            stage, "FunctionsFailing", "Errors", "Sum", 1, 1, "A function has failed"
        ),
        "FunctionsThrottled": _of_functions(
            stage, "FunctionsThrottled", "Throttles", "Sum", 10, 1,
            "Functions were refused for want of concurrency",
        ),
        "FunctionsSlow": _of_functions(
            stage, "FunctionsSlow", "Duration", "Maximum", _NEAR_LIMIT, 2,
            f"A function needs over {_NEAR_LIMIT} % of its time limit",
        ),
        "TablesThrottled": _alarm(
            stage, "TablesThrottled",
            "Tables or indexes of this account and region refuse for want of throughput", 10,
            Metrics=[{
                # Indexes have metrics of their own, and there are a hundred of both: a query sees
                # all. It knows no beginnings of names, so a second stage's are in it too.
                "Id": "refused",
                "Label": "TablesThrottled",
                "Expression": 'SELECT SUM(ThrottledRequests) FROM "AWS/DynamoDB"',
                "Period": _PERIOD_S,
            }],
        ),
        "DeadLetters": _alarm(
            stage, "DeadLetters", "Events of a market could not be taken, five times each", 1,
            Statistic="Maximum", Period=_PERIOD_S,
            **_metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName",
                      dead_letters_name(stage)),
        ),
        "ApiFailing": _alarm(
            stage, "ApiFailing", "The API answers with errors of its own", 5,
            Statistic="Sum", Period=_PERIOD_S,
            **_metric("AWS/ApiGateway", "5XXError", "ApiName", stage.api_name),
        ),
    }  # fmt: skip


def anchor(name: str) -> str:
    """The section of the runbook: PoolBelowTarget → pool-below-target."""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).removeprefix("-")


def _alarm(
    stage: Stage,
    name: str,
    text: str,
    threshold: float,
    *,
    comparison: str = "GreaterThanOrEqualToThreshold",
    periods: int = 1,
    missing: str = "notBreaching",
    **measured: Any,
) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": f"{stage.prefix}-{anchor(name)}",
            "AlarmDescription": f"{text}. What to do: docs/runbook.md#{anchor(name)}",
            "ActionsEnabled": {"Fn::If": ["IsLinked", True, False]},
            "AlarmActions": [{"Ref": "AlarmTopic"}],
            "OKActions": [{"Ref": "AlarmTopic"}],
            "ComparisonOperator": comparison,
            "Threshold": threshold,
            "EvaluationPeriods": periods,
            "TreatMissingData": missing,
            **measured,
        },
    }


def _metric(namespace: str, metric: str, dimension: str, value: str) -> dict[str, Any]:
    dimensions = [{"Name": dimension, "Value": value}]
    return {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}


def _of_service(stage: Stage, rule: Rule) -> dict[str, Any]:
    return _alarm(
        stage,
        rule.name,
        rule.text,
        rule.threshold,
        comparison=rule.comparison,
        periods=rule.of,
        missing=rule.missing,
        DatapointsToAlarm=rule.bad,
        Statistic=rule.statistic,
        Period=rule.period_s,
        **_metric(NAMESPACE, rule.metric.title, SERVICE, stage.prefix),
    )


def _of_functions(
    stage: Stage, name: str, metric: str, statistic: str, threshold: float, periods: int, text: str
) -> dict[str, Any]:
    """One alarm for all functions: the worst of them, or all together."""
    queries: list[dict[str, Any]] = []
    terms: list[str] = []
    for function in FUNCTIONS.values():
        queries.append({
            "Id": function,
            "ReturnData": False,
            "MetricStat": {
                "Metric": _metric("AWS/Lambda", metric, "FunctionName", stage.function(function)),
                "Period": _PERIOD_S,
                "Stat": statistic,
            },
        })  # fmt: skip
        # A function that was not called has no data, which would be none for all of them.
        limit_ms = stage.timeout_s(function) * 1000
        terms.append(
            f"FILL({function}, 0)"
            if statistic == "Sum"
            else f"100 * FILL({function}, 0) / {limit_ms}"
        )
    whole = "SUM" if statistic == "Sum" else "MAX"
    expression = {"Id": "worst", "Label": name, "Expression": f"{whole}([{', '.join(terms)}])"}
    return _alarm(stage, name, text, threshold, periods=periods, Metrics=[expression, *queries])
