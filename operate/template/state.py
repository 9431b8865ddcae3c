"""The stack of all that outlives a version of the code, shared by both ways to deploy.

Tables, the two sites, the events queue, addresses, logs, alarms with their topic, the dashboard.
"""

from __future__ import annotations

from typing import Any

from operate.stages import Stage
from operate.template.addresses import address_parameters, addresses, link_conditions, market_url
from operate.template.alarms import alarms
from operate.template.dashboard import dashboard
from operate.template.front import market_front
from operate.template.functions import function_logs
from operate.template.guards import guards
from operate.template.merging import merged
from operate.template.place import Place
from operate.template.queue import events_queue
from operate.template.sites import sites
from operate.template.tables import tables

PROTECTED = "Protected"
"""Switched on after the first success: a protected table would keep a failed creation from being
taken back."""


def state_template(stage: Stage, place: Place) -> dict[str, Any]:
    """Return the whole template; it has no secrets, whose values a template would show."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Retainer, stage {stage.name}: tables, sites, queue, alarms",
        "Parameters": {
            PROTECTED: {
                "Type": "String",
                "AllowedValues": ["false", "true"],
                "Default": "false",
                "Description": "Whether tables refuse to be deleted",
            },
            **address_parameters(stage),
        },
        "Conditions": {
            "IsProtected": {"Fn::Equals": [{"Ref": PROTECTED}, "true"]},
            **link_conditions(stage),
        },
        "Resources": merged(
            tables(stage),
            events_queue(stage),
            sites(stage, place),
            addresses(stage),
            market_front(stage, place),
            guards(stage),
            function_logs(stage),
            alarms(stage),
            dashboard(stage, place),
        ),
        "Outputs": _outputs(stage),
    }


def _outputs(stage: Stage) -> dict[str, Any]:
    values = {
        "MarketURL": market_url(stage),
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
