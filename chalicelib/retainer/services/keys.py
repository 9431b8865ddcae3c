"""API keys: made, shown once, kept hashed, checked, revoked."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from enum import StrEnum

from chalicelib.clock import Clock
from chalicelib.retainer.domain.errors import BadInput, NotAllowed
from chalicelib.retainer.domain.ports import ApiKey, KeyStore


class Scope(StrEnum):
    """What a key is good for; admin includes application."""

    APPLICATION = "application"
    ADMIN = "admin"


class Keys:
    def __init__(self, keys: KeyStore, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def make(self, name: str, scope: Scope) -> str:
        """Make a key and return it, the only time that it can be read."""
        if any(k.name == name and not k.revoked for k in self._keys.list()):
            raise BadInput(f"A key named {name!r} is in force; revoke it first.", "name_taken")
        key = f"rk_{secrets.token_urlsafe(32)}"
        self._keys.put(ApiKey(digest_of(key), name, scope.value, self._clock.now_ms()))
        return key

    def check(self, key: str, scope: Scope) -> ApiKey:
        """Return the key's record; raises `NotAllowed` if it is unknown, revoked or too narrow.

        Keys have 256 random bits, so a plain hash is enough, and looking it up by hash leaks no
        time.
        """
        found = self._keys.find(digest_of(key))
        if found is None or found.revoked:
            raise NotAllowed("This key is unknown or revoked.", "bad_key")
        # A scope that this version does not know opens nothing.
        if found.scope not in {scope.value, Scope.ADMIN.value}:
            raise NotAllowed(
                f"This key may not do that; it needs the {scope} scope.", "wrong_scope"
            )
        today = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC).date().isoformat()
        if found.last_used_day < today:
            self._keys.used(found.digest, today)
        return found

    def revoke(self, name: str) -> bool:
        return self._keys.revoke(name)

    def list(self) -> list[ApiKey]:
        return self._keys.list()


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
