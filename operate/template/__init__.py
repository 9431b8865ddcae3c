"""What `chalice package` leaves out of a stack, as a template to merge into its own.

Tables, queue, the two sites, the market's address, errors that pages can read, throttling, logs,
alarms, a dashboard: with these one CloudFormation stack holds all of a deployment but its secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from operate.stages import Stage
from operate.template.alarms import alarm_conditions, alarm_parameters, alarms
from operate.template.dashboard import dashboard
from operate.template.functions import addresses, functions
from operate.template.gateway import gateway
from operate.template.queue import events_queue
from operate.template.sites import sites
from operate.template.tables import tables


def merge_template(stage: Stage) -> dict[str, Any]:
    """Return the template for `chalice package --merge-template`, ready to be written as JSON."""
    resources: dict[str, Any] = {}
    parts = (
        tables(stage),
        events_queue(stage),
        sites(stage),
        functions(stage),
        gateway(stage),
        addresses(stage),
        alarms(stage),
        dashboard(stage),
    )
    for part in parts:
        _add(resources, part)
    return {
        "Description": f"Retainer, stage {stage.name}",
        "Parameters": alarm_parameters(),
        "Conditions": alarm_conditions(),
        "Resources": resources,
        "Outputs": _outputs(),
    }


def _add(resources: dict[str, Any], part: Mapping[str, Any]) -> None:
    if twice := sorted(set(resources) & set(part)):
        raise ValueError(f"two parts of the template name a resource {twice[0]}")
    resources.update(part)


def _outputs() -> dict[str, Any]:
    values = {
        "MarketURL": {"Fn::GetAtt": ["MturkUrl", "FunctionUrl"]},
        "WaitURL": {"Fn::Sub": "https://${WaitSite.DomainName}"},
        "DeskURL": {"Fn::Sub": "https://${DeskSite.DomainName}"},
        "WaitBucketName": {"Ref": "WaitBucket"},
        "DeskBucketName": {"Ref": "DeskBucket"},
        "WaitDistributionId": {"Ref": "WaitSite"},
        "DeskDistributionId": {"Ref": "DeskSite"},
        "EventsQueueURL": {"Ref": "EventsQueue"},
        "AlarmTopicARN": {"Ref": "AlarmTopic"},
    }
    return {name: {"Value": value} for name, value in values.items()}
