"""Qualification requirements: the system's own types, and values as boto3 takes them."""

from __future__ import annotations

import re
from typing import Any

WORKER_LOCALE = "00000000000000000071"
PERCENT_ASSIGNMENTS_APPROVED = "000000000000000000L0"

BY_GRANT_ONLY = "by-grant-only"
"""A keyword of a type that only its owner gives: where a market knows it, nobody can ask for such a
type, and nobody but its owner finds it. The protocol has no other word for that: an Inactive type
cannot be required by HITs."""

_COUNTRY = re.compile("[A-Z]{2}")


def locale_requirement(country: str) -> dict[str, Any]:
    """Only workers of this country (two capital letters) may accept."""
    if not _COUNTRY.fullmatch(country):
        raise ValueError(f"a country is two capital letters, not {country!r}")
    return {
        "QualificationTypeId": WORKER_LOCALE,
        "Comparator": "EqualTo",
        "LocaleValues": [{"Country": country}],
    }


def approval_requirement(percent: int) -> dict[str, Any]:
    """Only workers with at least this percentage of their assignments approved may accept."""
    if not 0 <= percent <= 100:
        raise ValueError(f"a percentage is 0 to 100, not {percent}")
    return {
        "QualificationTypeId": PERCENT_ASSIGNMENTS_APPROVED,
        "Comparator": "GreaterThanOrEqualTo",
        "IntegerValues": [percent],
    }


def absent_requirement(type_id: str) -> dict[str, Any]:
    """Only workers who do not hold this type may find, preview or accept."""
    return {
        "QualificationTypeId": type_id,
        "Comparator": "DoesNotExist",
        "ActionsGuarded": "DiscoverPreviewAndAccept",
    }


def private_requirement(type_id: str, number: int) -> dict[str, Any]:
    """Only workers who hold this type at just this value may find, preview or accept."""
    return {
        "QualificationTypeId": type_id,
        "Comparator": "EqualTo",
        "IntegerValues": [number],
        "ActionsGuarded": "DiscoverPreviewAndAccept",
    }
