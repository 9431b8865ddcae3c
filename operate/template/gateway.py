"""API Gateway: errors that pages can read, throttling, and how long logs are kept."""

from __future__ import annotations

import json
from typing import Any

from operate.stages import Stage

LOG_DAYS = 30

# The stage's own bounds, well below an account's. The workers' routes take no key, so a flood of
# them must end here; a pool of a thousand polls fifty times a second.
RATE, BURST = 500, 1000

_NO_ROUTE = "There is no such route, or it does not take this method; docs/api.md lists all."


def gateway(stage: Stage) -> dict[str, Any]:
    """What the generated `RestAPI` gains."""
    return {
        "RestAPI": {
            "Properties": {
                # Else SAM makes a second stage, `Stage`, which answers all routes unthrottled.
                "OpenApiVersion": "2.0",
                # What its metrics go by: two stages in one account must not have the same.
                "DefinitionBody": {"info": {"title": stage.api_name}},
                "GatewayResponses": {
                    # Made by API Gateway itself (429, 502, a wrong address): without these headers
                    # a page sees a failed connection instead of an answer.
                    "DEFAULT_4XX": _readable_by_pages(),
                    # What it says of a wrong path and of a wrong method alike: "Missing
                    # Authentication Token". It cannot say which is near.
                    "MISSING_AUTHENTICATION_TOKEN": {
                        **_readable_by_pages("unknown_route", _NO_ROUTE),
                        "StatusCode": "404",
                    },
                    "DEFAULT_5XX": _readable_by_pages(),
                },
                "MethodSettings": [
                    {
                        "ResourcePath": "/*",
                        "HttpMethod": "*",
                        "ThrottlingRateLimit": RATE,
                        "ThrottlingBurstLimit": BURST,
                        # The API's own metrics cost nothing; five of each route would cost
                        # $1.50 a month and route.
                        "MetricsEnabled": False,
                    }
                ],
            }
        }
    }


def _readable_by_pages(code: str = "gateway", message: str = "") -> dict[str, Any]:
    headers = {
        "Access-Control-Allow-Origin": "'*'",
        "Access-Control-Expose-Headers": "'Retry-After'",
    }
    said = json.dumps(message) if message else "$context.error.messageString"
    body = f'{{"error": {{"code": "{code}", "message": {said}}}}}'
    return {
        "ResponseParameters": {"Headers": headers},
        "ResponseTemplates": {"application/json": body},
    }
