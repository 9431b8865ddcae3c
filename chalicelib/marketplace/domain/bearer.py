"""Secrets that let their bearer in: made, derived, recognised, and kept as hashes only."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode

_BYTES = 32
_SECRET = re.compile("[A-Za-z0-9_-]{43}")
_NONCE = re.compile("[A-Za-z0-9_-]{22,64}")
_ID_LENGTH = 20


def fresh() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(_BYTES)


def derived(master_key: str, *parts: str) -> str:
    """A secret of the same look, the same for the same parts, which only the key's holder finds."""
    # Lengths keep ("ab", "c") and ("a", "bc") apart.
    message = b"".join(
        len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in ("bearer", *parts))
    )
    digest = hmac.new(master_key.encode(), message, hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def hashed(secret: str) -> str:
    """What is stored. The secrets have 256 bits, so one round without salt is enough."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def id_of(secret: str) -> str:
    """A name for it that gives nothing of it away, by which it is found."""
    return hashed(secret)[:_ID_LENGTH]


def is_secret(text: str) -> bool:
    return _SECRET.fullmatch(text) is not None


def is_nonce(text: str) -> bool:
    """Whether a page's own random value has at least 128 bits' room."""
    return _NONCE.fullmatch(text) is not None
