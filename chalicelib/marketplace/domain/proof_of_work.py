"""A number that takes a while to find and no time to check: what an account costs who makes many.

Its hash begins with so many zero bits. The day is part of what is hashed, so that nobody can stock
up on it, and so is the page's nonce, which is good for one account.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

_DAY_MS = 86_400_000
MAX_TEXT = 20
LEAST_BITS = 14
"""Some ten thousand hashes: a browser needs less than a second for them."""


def days(now_ms: int) -> tuple[str, str]:
    """Today and yesterday, in UTC: a page may have begun before midnight."""
    today, yesterday = (
        datetime.fromtimestamp((now_ms - ago) / 1000, UTC).date().isoformat()
        for ago in (0, _DAY_MS)
    )
    return today, yesterday


def is_done(nonce: str, number: str, bits: int, now_ms: int) -> bool:
    """Whether the number is one for this nonce."""
    if not number.isascii() or not number.isdigit() or len(number) > MAX_TEXT:
        return False
    return any(_zeros(f"{day}:{nonce}:{number}") >= bits for day in days(now_ms))


def _zeros(text: str) -> int:
    digest = hashlib.sha256(text.encode()).digest()
    return len(digest) * 8 - int.from_bytes(digest, "big").bit_length()
