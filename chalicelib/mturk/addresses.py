"""Which addresses a requester's document may point a worker's browser to."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_web(url: str) -> bool:
    """Whether this is a full http or https address."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        return False
    return valid and _is_plain(url)


def is_mail(url: str) -> bool:
    """Whether this is a mailto address."""
    return url[:7].lower() == "mailto:" and len(url) > 7 and _is_plain(url)


def _is_plain(url: str) -> bool:
    # Spaces and control characters would be dropped silently by some parsers and kept by others.
    return not any(c.isspace() or not c.isprintable() for c in url)
