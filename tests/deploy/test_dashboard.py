"""The dashboard shows what there is: the service's own metrics, and the stack's resources."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

from chalicelib.kit.metrics import HIT_TYPE, NAMESPACE, SERVICE, Metric
from operate.stages import Stage
from operate.template import Place, code_template, state_template

STAGE = Stage.named("prod")
STATE = state_template(STAGE, Place("123456789012", "eu-west-1"))
RESOURCES: dict[str, dict[str, Any]] = {**STATE["Resources"], **code_template(STAGE)["Resources"]}
TEXT: str = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
WIDGETS: list[dict[str, Any]] = json.loads(TEXT)["widgets"]
LINES: list[list[Any]] = [
    line for widget in WIDGETS for line in widget["properties"].get("metrics", [])
]


def lines_of(namespace: str) -> list[list[Any]]:
    return [line for line in LINES if line[0] == namespace]


def names(kind: str, name: str) -> set[str]:
    return {r["Properties"][name] for r in RESOURCES.values()
            if r.get("Type") == kind or (name in r.get("Properties", {}) and not kind)}  # fmt: skip


def test_every_metric_of_ours__is_shown_under_its_name_and_dimensions() -> None:
    shown = {line[1] for line in lines_of(NAMESPACE)}

    assert shown == {metric.title for metric in Metric}
    for line in lines_of(NAMESPACE):
        assert line[2:4] == [SERVICE, STAGE.prefix]
    searched = " ".join(line[0]["expression"] for line in LINES if isinstance(line[0], dict))
    for metric in Metric:
        where = f"{{{NAMESPACE},{SERVICE},{HIT_TYPE}}} "
        query = f'{where}{SERVICE}="{STAGE.prefix}" MetricName="{metric.title}"'
        assert (query in searched) == metric.by_hit_type, metric


def test_metrics_of_aws__are_of_what_is_in_the_stack() -> None:
    functions = names("", "FunctionName")
    tables = names("AWS::DynamoDB::Table", "TableName")

    assert {line[3] for line in lines_of("AWS/Lambda")} == functions
    assert {line[3] for line in lines_of("AWS/DynamoDB")} == tables
    indexes = {
        (r["Properties"]["TableName"], index["IndexName"])
        for r in RESOURCES.values()
        for index in r.get("Properties", {}).get("GlobalSecondaryIndexes", [])
    }
    shown = {(line[3], line[5]) for line in lines_of("AWS/DynamoDB") if len(line) > 5}
    assert len(indexes) > 40
    assert shown == indexes
    title = RESOURCES["RestAPI"]["Properties"]["DefinitionBody"]["info"]["title"]
    assert {line[3] for line in lines_of("AWS/ApiGateway")} == {title}


def test_latencies__are_shown_as_percentiles() -> None:
    for name in (Metric.DISPATCH_LATENCY.title, "Latency"):
        assert {line[-1]["stat"] for line in LINES if line[1:2] == [name]} == {"p50", "p95", "p99"}


def test_alarms_shown__are_those_of_the_stack() -> None:
    alarms = names("AWS::CloudWatch::Alarm", "AlarmName")
    (widget,) = [w for w in WIDGETS if w["type"] == "alarm"]
    shown = {arn.rpartition(":")[2] for arn in widget["properties"]["alarms"]}

    assert shown == alarms


def test_substitution__knows_every_name_in_it() -> None:
    """CloudFormation refuses a template with a name that it does not know."""
    assert set(re.findall(r"\$\{([^!}]+)\}", TEXT)) <= {
        "AWS::Region",
        "AWS::Partition",
        "AWS::AccountId",
    }


def test_widgets__do_not_overlap() -> None:
    for one, other in combinations(WIDGETS, 2):
        across = one["x"] < other["x"] + other["width"] and other["x"] < one["x"] + one["width"]
        down = one["y"] < other["y"] + other["height"] and other["y"] < one["y"] + one["height"]
        assert not (across and down)
        assert one["x"] + one["width"] <= 24
