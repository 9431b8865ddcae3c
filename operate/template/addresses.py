"""Where everything is: parameters that tell the functions, the pages' headers and the operator.

The code's own addresses are known only when it is deployed, so `retainer link` gives them to the
stack. As variables of the functions they would refer to the API and the API to its function: a
circle, which CloudFormation refuses.
"""

from __future__ import annotations

from typing import Any

from operate.stages import Stage

SITE_URL, MARKET_URL = "SiteURL", "MarketURL"
_NOWHERE = "https://not-linked.invalid"
"""Until it is linked: functions start, and find nobody there."""


def is_linked(url: str) -> bool:
    """Whether an address is one that `retainer link` gave."""
    return not url.startswith(_NOWHERE)


def not_linked(stage: Stage) -> dict[str, str]:
    """The parameters of a stage whose code is not there, or not any more."""
    return {name: str(one["Default"]) for name, one in address_parameters(stage).items()}


def link_conditions(stage: Stage) -> dict[str, Any]:
    """`IsLinked`: nobody is woken before the code is there, nor when it was taken away."""
    unlinked = {"Fn::Equals": [{"Ref": SITE_URL}, not_linked(stage)[SITE_URL]]}
    return {"IsLinked": {"Fn::Not": [unlinked]}}


def address_parameters(stage: Stage) -> dict[str, Any]:
    return {
        SITE_URL: {
            "Type": "String",
            "Default": f"{_NOWHERE}/{stage.api_stage}",
            "Description": "The API's address; set by retainer link",
        },
        MARKET_URL: {
            "Type": "String",
            "Default": f"{_NOWHERE}/",
            "Description": "The address of the marketplace's protocol; set by retainer link",
        },
    }


def api_origin() -> dict[str, Any]:
    """The API's scheme and host, for a policy of the pages' headers."""
    host = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": SITE_URL}]}]}
    return {"Fn::Join": ["", ["https://", host]]}


def market_url(stage: Stage) -> dict[str, Any]:
    """Where requesters find the marketplace."""
    if stage.has_market_front:
        return {"Fn::Sub": "https://${MarketFront.DomainName}/"}
    return {"Ref": MARKET_URL}


def addresses(stage: Stage) -> dict[str, Any]:
    values = {
        "SiteUrl": ("site-url", {"Ref": SITE_URL}),
        "MarketUrl": ("market-url", market_url(stage)),
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
