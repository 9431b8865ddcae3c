"""Times of day where somebody is: zones, quiet hours, and the day that a bound counts by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_DAY_MINUTES = 1_440
_NAME = re.compile(r"[A-Z][A-Za-z0-9_+-]{1,31}(/[A-Za-z0-9_+-]{1,31}){1,2}|UTC")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class BadTime(ValueError):
    """A zone, a time of day or a moment that there is not; the message is a sentence."""


def zone(name: str) -> ZoneInfo:
    """Find a zone by its IANA name."""
    try:
        if _NAME.fullmatch(name):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a folder of the database is no zone either
        pass
    raise BadTime(f"{name[:60]!r} is no time zone; one is named like Europe/Berlin.")


def minute_of_day(text: str) -> int:
    """Read 22:30."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise BadTime("A time of day is written like 22:30.")
    return int(found[1]) * 60 + int(found[2])


def clock_text(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@dataclass(frozen=True, slots=True)
class Quiet:
    """From one minute of the day until another, over midnight if it is the smaller."""

    from_minute: int
    to_minute: int

    def holds_at(self, minute: int) -> bool:
        if self.from_minute <= self.to_minute:
            return self.from_minute <= minute < self.to_minute
        return minute >= self.from_minute or minute < self.to_minute


def here(at_ms: int, where: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(where)


def is_quiet(quiet: Quiet | None, where: ZoneInfo, at_ms: int) -> bool:
    if quiet is None:
        return False
    now = here(at_ms, where)
    return quiet.holds_at(now.hour * 60 + now.minute)


def quiet_ends(quiet: Quiet | None, where: ZoneInfo, at_ms: int) -> int:
    """The first moment from this one on that is not quiet."""
    return _leave(quiet, where, at_ms, forward=True)


def last_before_quiet(quiet: Quiet | None, where: ZoneInfo, at_ms: int) -> int:
    """The last whole minute up to this moment that is not quiet."""
    return _leave(quiet, where, at_ms, forward=False)


def _leave(quiet: Quiet | None, where: ZoneInfo, at_ms: int, forward: bool) -> int:
    # Minute by minute in real time: no rule about clocks that are put forward or back is needed.
    if not is_quiet(quiet, where, at_ms):
        return at_ms
    step = 60_000 if forward else -60_000
    at_ms -= at_ms % 60_000
    for _ in range(2 * _DAY_MINUTES):
        at_ms += step
        if not is_quiet(quiet, where, at_ms):
            break
    return at_ms


def day_of(at_ms: int, where: ZoneInfo) -> str:
    return here(at_ms, where).date().isoformat()


def moment(text: str, where: ZoneInfo) -> int:
    """Read a local date and time, 2026-11-24T14:00 or with a space; returns epoch ms.

    An hour that is skipped when clocks are put forward is refused; of one that comes twice, the
    first is meant.
    """
    try:
        day, _, clock = text.strip().replace(" ", "T", 1).partition("T")
        at = datetime.combine(date.fromisoformat(day), datetime.min.time(), where)
        minute = minute_of_day(clock.removesuffix(":00") if clock.count(":") == 2 else clock)
    except ValueError:
        raise BadTime("A session's start is written like 2026-11-24T14:00.") from None
    local = at.replace(hour=minute // 60, minute=minute % 60)
    utc = local.astimezone(UTC)
    if utc.astimezone(where).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise BadTime(f"There is no {clock} on {day} in {where.key}: clocks are put forward.")
    return int(utc.timestamp() * 1000)


def when_text(at_ms: int, where: ZoneInfo) -> str:
    """For people: Tuesday 24 November 2026, 14:00 (Europe/Berlin, UTC+01:00)."""
    local = here(at_ms, where)
    offset = local.utcoffset() or timedelta()
    sign, minutes = "-" if offset < timedelta() else "+", abs(offset) // timedelta(minutes=1)
    # Not strftime's names, which follow the machine's language.
    day = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{day}, {local:%H:%M} ({where.key}, UTC{sign}{minutes // 60:02}:{minutes % 60:02})"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
