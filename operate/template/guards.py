"""What an operator may want of the API besides, each off by default: access logs, and a bound on
how often one address may call."""

from __future__ import annotations

import json
from typing import Any

from operate.stages import Stage
from operate.template.addresses import SITE_URL
from operate.template.gateway import LOG_DAYS

_FORMAT = {
    "requestId": "$context.requestId",
    "at": "$context.requestTimeEpoch",
    "caller": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    # The route, not the path: that has workers' and assignments' ids in it.
    "route": "$context.resourcePath",
    "status": "$context.status",
    "ms": "$context.responseLatency",
    "bytes": "$context.responseLength",
}
ACCESS_FORMAT = json.dumps(_FORMAT)

RATE_WINDOW_S = 300


def log_group(stage: Stage) -> str:
    return f"/aws/apigateway/{stage.prefix}"


def guards(stage: Stage) -> dict[str, Any]:
    """The group of the access logs; WAF's rule, on the API's stage once that is known."""
    resources: dict[str, Any] = {}
    if stage.has_access_logs:
        resources["AccessLogs"] = {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": log_group(stage), "RetentionInDays": LOG_DAYS},
        }
    if stage.calls_per_address:
        resources["ApiFirewall"] = _firewall(stage)
        resources["ApiFirewallPlace"] = {
            "Type": "AWS::WAFv2::WebACLAssociation",
            "Condition": "IsLinked",
            "Properties": {
                "ResourceArn": _api_stage(stage),
                "WebACLArn": {"Fn::GetAtt": ["ApiFirewall", "Arn"]},
            },
        }
    return resources


def _firewall(stage: Stage) -> dict[str, Any]:
    def seen(name: str) -> dict[str, Any]:
        return {
            "CloudWatchMetricsEnabled": True,
            "MetricName": f"{stage.prefix}-{name}",
            "SampledRequestsEnabled": False,
        }

    rate = {
        "Limit": stage.calls_per_address,
        "AggregateKeyType": "IP",
        "EvaluationWindowSec": RATE_WINDOW_S,
    }
    return {
        "Type": "AWS::WAFv2::WebACL",
        "Properties": {
            "Name": f"{stage.prefix}-api",
            "Scope": "REGIONAL",
            "DefaultAction": {"Allow": {}},
            "VisibilityConfig": seen("api"),
            "Rules": [
                {
                    "Name": "calls-per-address",
                    "Priority": 0,
                    "Action": {"Block": {"CustomResponse": {"ResponseCode": 429}}},
                    "Statement": {"RateBasedStatement": rate},
                    "VisibilityConfig": seen("calls-per-address"),
                }
            ],
        },
    }


def _api_stage(stage: Stage) -> dict[str, Any]:
    """The API's id is the first part of its address."""
    host = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": SITE_URL}]}]}
    api = {"Fn::Select": [0, {"Fn::Split": [".", host]}]}
    arn = "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${api}/stages/"
    return {"Fn::Sub": [arn + stage.api_stage, {"api": api}]}
