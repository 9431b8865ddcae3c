"""Qualification types and requests for tests."""

from __future__ import annotations

import uuid
from typing import Any

from chalicelib.marketplace.services.qualification_requests import Standing
from tests.integration.market import Market


def make_type(client: Any, **changes: Any) -> str:
    """Create a type and return its id."""
    values = {
        "Name": f"French {uuid.uuid4().hex}",
        "Description": "Speaks French",
        "QualificationTypeStatus": "Active",
        **changes,
    }
    return str(
        client.create_qualification_type(**values)["QualificationType"]["QualificationTypeId"]
    )


def needing(*type_ids: str, **changes: Any) -> dict[str, Any]:
    """The requirements of a HIT that needs these to be held."""
    required = [
        {"QualificationTypeId": type_id, "Comparator": "Exists", **changes} for type_id in type_ids
    ]
    return {"QualificationRequirements": required}


def ask(market: Market, worker: Any, type_id: str) -> Standing:
    return market.market.qualification_requests.request(worker, type_id)


def pending(client: Any, type_id: str) -> list[dict[str, Any]]:
    found = client.list_qualification_requests(QualificationTypeId=type_id, MaxResults=100)
    requests: list[dict[str, Any]] = found["QualificationRequests"]
    return requests
