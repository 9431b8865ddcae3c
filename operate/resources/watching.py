"""The stack's alarms, their topic and the dashboard, made of the same definitions by API calls."""

from __future__ import annotations

from typing import Any

import boto3

from operate import aws
from operate.resources.rendered import rendered
from operate.resources.store import Say
from operate.stages import Stage
from operate.template.alarms import alarms
from operate.template.dashboard import dashboard

_TOPIC = "AlarmTopic"


def watch(stage: Stage, region: str, say: Say) -> None:
    """Make topic, alarms and dashboard as they are written now; who is told stays told."""
    parts = alarms(stage)
    name = parts.pop(_TOPIC)["Properties"]["TopicName"]
    topic = aws.client("sns", region).create_topic(Name=name)["TopicArn"]
    cloudwatch = aws.client("cloudwatch", region)
    for alarm in parts.values():
        cloudwatch.put_metric_alarm(**rendered(alarm["Properties"], {_TOPIC: topic}))
    whole = dashboard(stage)["Dashboard"]["Properties"]
    cloudwatch.put_dashboard(**rendered(whole, _names(region)))
    say(f"{len(parts)} alarms, told to the topic {name}, and the dashboard {stage.prefix}: made")


def unwatch(stage: Stage, region: str) -> None:
    """Take them away; what is not there is no matter."""
    cloudwatch = aws.client("cloudwatch", region)
    known = set(alarm_names(stage))
    there = [a["AlarmName"] for a in found_alarms(stage, region) if a["AlarmName"] in known]
    if there:
        cloudwatch.delete_alarms(AlarmNames=there)
    name = dashboard(stage)["Dashboard"]["Properties"]["DashboardName"]
    found = cloudwatch.list_dashboards(DashboardNamePrefix=name)["DashboardEntries"]
    if name in {one["DashboardName"] for one in found}:
        cloudwatch.delete_dashboards(DashboardNames=[name])
    aws.client("sns", region).delete_topic(TopicArn=topic_arn(stage, region))


def alarm_names(stage: Stage) -> list[str]:
    parts = alarms(stage)
    return [part["Properties"]["AlarmName"] for name, part in parts.items() if name != _TOPIC]


def found_alarms(stage: Stage, region: str) -> list[dict[str, Any]]:
    """The stage's alarms as CloudWatch has them."""
    pages = aws.client("cloudwatch", region).get_paginator("describe_alarms")
    return [
        alarm
        for page in pages.paginate(AlarmNamePrefix=f"{stage.prefix}-")
        for alarm in page["MetricAlarms"]
    ]


def topic_arn(stage: Stage, region: str) -> str:
    """The topic's name for the API, whether or not there is one, by whichever way to deploy."""
    names = _names(region)
    topic = alarms(stage)[_TOPIC]["Properties"]["TopicName"]
    return f"arn:{names['AWS::Partition']}:sns:{region}:{names['AWS::AccountId']}:{topic}"


def _names(region: str) -> dict[str, str]:
    return {
        "AWS::Region": region,
        "AWS::Partition": str(boto3.Session().get_partition_for_region(region)),
        "AWS::AccountId": aws.account(region),
    }
