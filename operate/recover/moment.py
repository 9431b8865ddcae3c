"""The moment that tables are recovered to."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from operate.target import Refused

LATEST = "latest"
_AGO = re.compile(r"(\d{1,6}) ?(s|m|min|h|d) ago")
_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


def moment_of(text: str, now: datetime) -> datetime | None:
    """Read `2026-12-01T03:00:00Z` (any offset), `10m ago`, or `latest`, which is None.

    Whole seconds: DynamoDB restores to no less. Raises `Refused`, for a time without its zone too.
    """
    given = text.strip()
    if given == LATEST:
        return None
    if ago := _AGO.fullmatch(given):
        return (now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})).replace(microsecond=0)
    try:
        found = datetime.fromisoformat(re.sub(r"\s*UTC$", "Z", given))
    except ValueError:
        raise Refused(
            f"{text!r} is no time: say 2026-12-01T03:00:00Z, '10m ago' or {LATEST}"
        ) from None
    if found.tzinfo is None:
        raise Refused(f"{text!r} of which time zone? Say {given}Z for UTC, or {given}+01:00")
    return found.astimezone(UTC).replace(microsecond=0)


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def prefix_of(moment: datetime, start: str) -> str:
    """Name tables after the moment that they are recovered to."""
    return f"{start}-{moment.astimezone(UTC).strftime('%Y%m%dT%H%M%SZ')}-"
