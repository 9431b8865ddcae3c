"""An iCalendar feed (RFC 5545) of sessions. Times are in UTC; calendars show them as their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.announced import Session

# Octets, without the line's end.
_LINE = 75


@dataclass(frozen=True, slots=True)
class Entry:
    session: Session
    # Said yes; else the session is just open to them.
    is_firm: bool
    url: str


def render(entries: Iterable[Entry], now_ms: int, name: str) -> str:
    """The whole feed; programs fetch it anew every quarter of an hour, or as they like."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Retainer//Sessions//EN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
    ]
    for entry in entries:
        lines += _event(entry, now_ms)
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(entry: Entry, now_ms: int) -> list[str]:
    session = entry.session
    if session.is_cancelled:
        status, title = "CANCELLED", f"Cancelled: {session.title}"
    elif entry.is_firm:
        status, title = "CONFIRMED", session.title
    else:
        status, title = "TENTATIVE", f"{session.title} (open)"
    told = [session.requester, f"About {session.people} people."]
    told += [f"Pay: {session.pay}"] if session.pay else []
    told += [session.description] if session.description else []
    lines = [
        "BEGIN:VEVENT",
        f"UID:{session.session_id}@retainer",
        f"SEQUENCE:{session.revision - 1}",
        f"DTSTAMP:{_moment(now_ms)}",
        f"DTSTART:{_moment(session.starts_ms)}",
        f"DTEND:{_moment(session.ends_ms)}",
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(chr(10).join(told))}",
        f"STATUS:{status}",
        # What is only open to them does not make them busy.
        f"TRANSP:{'OPAQUE' if status == 'CONFIRMED' else 'TRANSPARENT'}",
    ]
    return [*lines, *([f"URL:{entry.url}"] if entry.url else []), "END:VEVENT"]


def _moment(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    lines = "\\n".join(escaped.splitlines())
    return "".join(c for c in lines if c >= " ")


def _folded(line: str) -> str:
    """Break a line after at most 75 octets, and never within a character."""
    out, room = "", _LINE
    for character in line:
        size = len(character.encode())
        if size > room:
            out += "\r\n "
            room = _LINE - 1
        out += character
        room -= size
    return out
