"""The `arrival` parameter of a frame's address: proof that the market sent this worker.

It is a MAC over assignment, HIT, worker and the time of acceptance, under a key that market and
requester share.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64encode

# The market's clock and the requester's may differ by as much as a signature's may.
MAX_SKEW_MS = 300_000

_TOKEN = re.compile(r"([0-9]{1,15})-([A-Za-z0-9_-]{43})")


def sign(key: str, assignment_id: str, hit_id: str, worker_id: str, at_ms: int) -> str:
    """Make the parameter: the time and the MAC, in URL-safe characters only."""
    return f"{at_ms}-{_mac(key, assignment_id, hit_id, worker_id, at_ms)}"


def verify(
    key: str,
    token: str,
    assignment_id: str,
    hit_id: str,
    worker_id: str,
    now_ms: int,
    max_age_ms: int,
) -> bool:
    """Whether the token is genuine, for these three, and no older than `max_age_ms`."""
    match = _TOKEN.fullmatch(token)
    if not key or match is None:
        return False
    at_ms = int(match[1])
    expected = _mac(key, assignment_id, hit_id, worker_id, at_ms)
    genuine = hmac.compare_digest(expected, match[2])
    return genuine and -MAX_SKEW_MS <= now_ms - at_ms <= max_age_ms


def accepted_ms(token: str) -> int | None:
    """The time that a token bears, genuine or not; None if it is none."""
    match = _TOKEN.fullmatch(token)
    return int(match[1]) if match else None


def _mac(key: str, assignment_id: str, hit_id: str, worker_id: str, at_ms: int) -> str:
    # JSON keeps the fields apart: ("ab", "c") and ("a", "bc") must not have the same MAC.
    signed = json.dumps(["arrival", assignment_id, hit_id, worker_id, at_ms]).encode()
    digest = hmac.new(key.encode(), signed, hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
