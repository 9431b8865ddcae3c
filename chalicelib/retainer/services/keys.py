"""API keys: made, shown once, kept hashed, checked, revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.errors import (
    BadInput,
    Conflict,
    NotAllowed,
    NotAuthenticated,
    NotFound,
)
from chalicelib.retainer.domain.ports import ApiKey

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.ports import KeyStore


class Scope(StrEnum):
    """What a key is good for; admin includes application."""

    APPLICATION = "application"
    ADMIN = "admin"


NAME_MOST = 100

LENT = "doctor:"
"""What the names of lent keys begin with, and no others."""

LENT_MOST_MS = 600_000


class Keys:
    def __init__(self, keys: KeyStore, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def make(self, name: str, scope: Scope) -> str:
        """Make a key and return it, the only time that it can be read."""
        if not 1 <= len(name.strip()) <= NAME_MOST or not name.isprintable():
            raise BadInput(
                f"name must be 1 to {NAME_MOST} characters, none of them a control character.",
                "out_of_range",
                "name",
            )
        if name.startswith(LENT):
            raise BadInput(f"Names that begin with {LENT} are the doctor's.", "reserved", "name")
        if any(k.name == name and not k.revoked for k in self._keys.list()):
            raise BadInput(
                f"A key named {name!r} is in force; revoke it first.", "name_taken", "name"
            )
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
            raise NotAuthenticated("This key is unknown or revoked.", "bad_key")
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

    @contextmanager
    def lent(self, scope: Scope) -> Iterator[str]:
        """Lend a key that is in force inside of the block, and leaves no record behind.

        What a loan that was cut short has left is taken away by the next one, ten minutes later:
        until then it may be somebody else's who is at it now.
        """
        now_ms = self._clock.now_ms()
        for left in self._keys.list():
            if left.name.startswith(LENT) and left.created_ms < now_ms - LENT_MOST_MS:
                self._keys.delete(left.digest)
        key = f"rk_{secrets.token_urlsafe(32)}"
        record = ApiKey(digest_of(key), LENT + secrets.token_hex(8), scope.value, now_ms)
        try:
            self._keys.put(record)
            yield key
        finally:
            self._keys.delete(record.digest)

    def revoke_as(self, caller: ApiKey | None, name: str, own: bool) -> None:
        """Revoke a key; raises `Conflict` if it is the caller's own and that is not said."""
        if caller is not None and caller.name == name and not own:
            raise Conflict(
                "This is the key that you use: say own=true to revoke it all the same.", "own_key"
            )
        if not self._keys.revoke(name):
            raise NotFound(f"No key named {name!r} is in force.", "unknown_key", "name")

    def list(self) -> list[ApiKey]:
        return self._keys.list()

    def page(
        self, search: str, revoked: bool | None, cursor: str | None, limit: int
    ) -> tuple[Sequence[ApiKey], str | None]:
        """Return keys by name, and the next page's cursor. One scan: keys are few."""
        found = [
            k
            for k in self._keys.list()
            if search.casefold() in k.name.casefold() and revoked in {None, k.revoked}
        ]
        start = next((n + 1 for n, k in enumerate(found) if k.digest == cursor), 0)
        shown = found[start : start + limit]
        return shown, shown[-1].digest if start + limit < len(found) else None


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
