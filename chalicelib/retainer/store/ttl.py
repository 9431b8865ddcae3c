"""When DynamoDB may clear a row away; nothing is decided by it."""

from __future__ import annotations

DAY_MS = 86_400_000
KEEP_DAYS = 120


def ttl_after(now_ms: int, days: int = KEEP_DAYS) -> int:
    """Return the end of so many days, in epoch seconds."""
    return (now_ms + days * DAY_MS) // 1000
