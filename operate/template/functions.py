"""The functions' fixed names, what they learn of each other, and their logs."""

from __future__ import annotations

from typing import Any

from operate.stages import Stage
from operate.template.gateway import LOG_DAYS

FUNCTIONS = {
    "APIHandler": "api_handler",
    "SizePools": "size_pools",
    "Review": "review",
    "MarketTick": "market_tick",
    "MarketCalls": "market_calls",
    "MarketEvents": "market_events",
    "Mturk": "mturk",
}
"""Resource in Chalice's template: function in the app."""


def functions(stage: Stage) -> dict[str, Any]:
    """Names, as `chalice deploy` would give them, and a log group for each function."""
    resources: dict[str, Any] = {}
    for resource, function in FUNCTIONS.items():
        name = stage.function(function)
        # A name that follows from the stage needs no reference from one function to another:
        # the sizing run starts the review and the review the sizing run.
        resources[resource] = {
            # The function's first line would make the group, without an end to what it keeps.
            "DependsOn": [f"{resource}Logs"],
            "Properties": {"FunctionName": name},
        }
        resources[f"{resource}Logs"] = {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": f"/aws/lambda/{name}", "RetentionInDays": LOG_DAYS},
        }
    resources["MarketEvents"]["DependsOn"].append("EventsQueue")
    events = resources["MarketEvents"]["Properties"]
    # A batch of which one message failed: only that one comes back.
    events["Events"] = {
        "MarketEventsSqsEventSource": {
            "Properties": {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
        }
    }
    resources["Mturk"]["Properties"]["FunctionUrlConfig"] = {
        # The protocol's signature is verified by the function itself.
        "AuthType": "NONE"
    }
    return resources


def addresses(stage: Stage) -> dict[str, Any]:
    """Parameters that tell the functions where things are.

    As variables of the functions these would refer to the API and the API to its function: a
    circle, which CloudFormation refuses.
    """
    api = {
        "Fn::Sub": "https://${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}/"
        + stage.api_stage
    }
    values = {
        "SiteUrl": ("site-url", api),
        "MarketUrl": ("market-url", {"Fn::GetAtt": ["MturkUrl", "FunctionUrl"]}),
        "WaitUrl": ("wait-url", {"Fn::Sub": "https://${WaitSite.DomainName}"}),
        "DeskUrl": ("desk-url", {"Fn::Sub": "https://${DeskSite.DomainName}"}),
        "EventsUrl": ("events-queue", {"Ref": "EventsQueue"}),
    }
    return {
        f"{logical}Parameter": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Name": f"{stage.parameters}/{name}",
                "Type": "String",
                "Value": value,
            },
        }
        for logical, (name, value) in values.items()
    }
