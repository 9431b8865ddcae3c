"""What a requester wants workers to agree to before they work, and who has agreed to it.

Texts are never rewritten: a new one is a new version, and an agreement names the version and the
hash of what was read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

MAX_TEXT = 50_000


@dataclass(frozen=True, slots=True)
class InForce:
    """Which version workers must agree to now; `version` 0: none. `latest` numbers the texts."""

    version: int
    digest: str
    latest: int


@dataclass(frozen=True, slots=True)
class ConsentText:
    account_id: str
    version: int
    text: str
    at_ms: int

    @property
    def digest(self) -> str:
        return digest_of(self.text)


@dataclass(frozen=True, slots=True)
class Agreement:
    account_id: str
    worker_id: str
    version: int
    digest: str
    at_ms: int


class ConsentStore(Protocol):
    def in_force(self, account_id: str) -> InForce | None: ...

    def text(self, account_id: str, version: int) -> ConsentText | None: ...

    def texts(self, account_id: str) -> list[ConsentText]:
        """All versions, the oldest first."""

    def put_in_force(self, new: ConsentText, before: InForce | None) -> bool:
        """Add a version and make it the one; False if it changed since it was read."""

    def withdraw(self, account_id: str, before: InForce) -> bool: ...

    def agreement(self, account_id: str, worker_id: str, version: int) -> Agreement | None: ...

    def agree(self, agreement: Agreement) -> None:
        """Put it on record, once: the first one stays."""

    def agreements(self, account_id: str, after: str, limit: int) -> list[tuple[str, Agreement]]:
        """A page, by worker and version, with where each stands."""


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def problem_with(text: str) -> str | None:
    """A sentence that says what keeps a text from being put in force."""
    if not text.strip():
        return "A consent text has something in it."
    if len(text) > MAX_TEXT:
        return f"A consent text has at most {MAX_TEXT} characters."
    if any(ord(c) < 32 and c not in "\t\n\r" for c in text):
        return "A consent text has no control characters."
    return None
