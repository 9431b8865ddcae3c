"""Tokens that stand in links: they name something, and only this marketplace can have made them.

Nothing of them is stored. A purpose is part of the signature, so that a token that stops mail
answers no invitation.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

_MAC = 18
_MAX = 400


def sign(key: str, purpose: str, *parts: str) -> str:
    """Return a URL-safe token of these parts, which hold no line break."""
    if any("\n" in part for part in parts):
        raise ValueError("a part of a token holds a line break")
    body = "\n".join(parts).encode()
    return base64.urlsafe_b64encode(_mac(key, purpose, body) + body).decode().rstrip("=")


def read(key: str, purpose: str, token: str, count: int) -> tuple[str, ...] | None:
    """Return the parts of a token that was made for this purpose; None for anything else."""
    if not key or not token.isascii() or len(token) > _MAX:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        parts = tuple(raw[_MAC:].decode().split("\n"))
    except ValueError:
        return None
    if not hmac.compare_digest(raw[:_MAC], _mac(key, purpose, raw[_MAC:])):
        return None
    return parts if len(parts) == count else None


def _mac(key: str, purpose: str, body: bytes) -> bytes:
    message = f"link\n{purpose}\n".encode() + body
    return hmac.new(key.encode(), message, hashlib.sha256).digest()[:_MAC]
