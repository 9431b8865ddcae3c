"""How the operator's commands read and write values."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime


def day_and_time(at_ms: int | None) -> str | None:
    """A moment in UTC, to the second."""
    if at_ms is None:
        return None
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def country(text: str) -> tuple[str, str | None]:
    """`DE`, or `DE-BE`: an ISO 3166 country, and a part of it."""
    first, dash, part = text.upper().partition("-")
    if dash and not part:
        raise argparse.ArgumentTypeError("a country is DE or DE-BE")
    return first, part or None


def yes_or_no(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise argparse.ArgumentTypeError("yes or no")
    return text == "yes"
