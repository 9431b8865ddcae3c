"""The functions' fixed names, and their logs."""

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

STARTED = ("SizePools", "Review", "MarketTick", "MarketCalls")
"""Those that run by themselves each minute, and are started between by hints that are worth
seconds: what fails is not tried again, what could not start within a minute is forgotten."""

NO_RETRIES = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}


def functions(stage: Stage) -> dict[str, Any]:
    """What the generated functions gain: names, as `chalice deploy` would give them."""
    # A name that follows from the stage needs no reference from one function to another: the
    # sizing run starts the review and the review the sizing run.
    resources: dict[str, Any] = {
        resource: {"Properties": {"FunctionName": stage.function(function)}}
        for resource, function in FUNCTIONS.items()
    }
    for resource in STARTED:
        resources[resource]["Properties"]["EventInvokeConfig"] = NO_RETRIES
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


def function_logs(stage: Stage) -> dict[str, Any]:
    """A log group for each function. A function's first line would make it, without an end to what
    it keeps; what was logged is there still when the functions are gone."""
    return {
        f"{resource}Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {
                "LogGroupName": f"/aws/lambda/{stage.function(function)}",
                "RetentionInDays": LOG_DAYS,
            },
        }
        for resource, function in FUNCTIONS.items()
    }
