"""API Gateway: errors that pages can read, throttling, and how long logs are kept."""

from __future__ import annotations

from typing import Any

from operate.stages import Stage

LOG_DAYS = 30

# The stage's own bounds, well below an account's. The workers' routes take no key, so a flood of
# them must end here; a pool of a thousand polls fifty times a second.
RATE, BURST = 500, 1000


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


def _readable_by_pages() -> dict[str, Any]:
    headers = {
        "Access-Control-Allow-Origin": "'*'",
        "Access-Control-Expose-Headers": "'Retry-After'",
    }
    body = '{"error": {"code": "gateway", "message": $context.error.messageString}}'
    return {
        "ResponseParameters": {"Headers": headers},
        "ResponseTemplates": {"application/json": body},
    }
