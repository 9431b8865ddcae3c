"""CloudFront in front of the marketplace's address, off by default (`market_front` of a stage).

For where a Signature V4 of somebody else's does not come through a Function URL, which `retainer
doctor --proof` finds out: the signature travels under another name, and its host with it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from operate.stages import Stage
from operate.template.addresses import MARKET_URL
from operate.template.place import Place

# CloudFront's own policies: nothing is kept; all that came is handed on but the host.
_CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"

_CARRY = (Path(__file__).parent / "carry_signature.js").read_text()


def market_front(stage: Stage, place: Place) -> dict[str, Any]:
    """Distribution and function; nothing where the stage wants none."""
    if not stage.has_market_front:
        return {}
    return {
        "CarrySignature": {
            "Type": "AWS::CloudFront::Function",
            "Properties": {
                "Name": place.global_name(stage, "carry"),
                "AutoPublish": True,
                "FunctionCode": _CARRY,
                "FunctionConfig": {
                    "Comment": "Hands signatures on under another name",
                    "Runtime": "cloudfront-js-2.0",
                },
            },
        },
        "MarketFront": {
            "Type": "AWS::CloudFront::Distribution",
            "Properties": {"DistributionConfig": _distribution(stage)},
        },
        "MarketHostParameter": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Name": f"{stage.parameters}/market-host",
                "Type": "String",
                "Value": {"Fn::GetAtt": ["MarketFront", "DomainName"]},
            },
        },
    }


def _distribution(stage: Stage) -> dict[str, Any]:
    behind = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": MARKET_URL}]}]}
    function = {"Fn::GetAtt": ["CarrySignature", "FunctionARN"]}
    return {
        "Comment": f"{stage.prefix} market",
        "Enabled": True,
        "HttpVersion": "http2and3",
        "IPV6Enabled": True,
        "PriceClass": "PriceClass_All",
        "Origins": [
            {
                "Id": "function",
                "DomainName": behind,
                "CustomOriginConfig": {
                    "OriginProtocolPolicy": "https-only",
                    "OriginSSLProtocols": ["TLSv1.2"],
                },
            }
        ],
        "DefaultCacheBehavior": {
            "TargetOriginId": "function",
            "ViewerProtocolPolicy": "https-only",
            "AllowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
            "Compress": False,
            "CachePolicyId": _CACHING_DISABLED,
            "OriginRequestPolicyId": _ALL_BUT_HOST,
            "FunctionAssociations": [{"EventType": "viewer-request", "FunctionARN": function}],
        },
    }
