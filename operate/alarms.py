"""The stage's alarms as CloudWatch has them, and the topic that they are told to."""

from __future__ import annotations

from typing import Any

from operate import aws
from operate.stages import Stage
from operate.template.alarms import all_alarms, topic_name


def alarm_names(stage: Stage) -> list[str]:
    return [alarm["Properties"]["AlarmName"] for alarm in all_alarms(stage).values()]


def found_alarms(stage: Stage, region: str) -> list[dict[str, Any]]:
    pages = aws.client("cloudwatch", region).get_paginator("describe_alarms")
    return [
        alarm
        for page in pages.paginate(AlarmNamePrefix=f"{stage.prefix}-")
        for alarm in page["MetricAlarms"]
    ]


def topic_arn(stage: Stage, region: str) -> str:
    """The topic's name for the API, whether or not there is one."""
    where = f"{aws.partition(region)}:sns:{region}:{aws.account(region)}"
    return f"arn:{where}:{topic_name(stage)}"
