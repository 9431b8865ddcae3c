"""The one place that says whether what a worker was given still lets its bearer in.

Sessions, links that sign in, and the tokens in mails, calendars and browsers all bear the worker's
generation of the time they were made. They end with it, when the worker signs out everywhere, and
are refused while the account is closed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import signed_tokens
from chalicelib.marketplace.domain.calling_errors import LinkDead
from chalicelib.marketplace.domain.invitations import (
    AccountClosed,
    AccountGone,
    CredentialEnded,
    CredentialVoid,
)

if TYPE_CHECKING:
    from chalicelib.kit.config import MarketplaceConfig
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.ports import WorkerStore

CLOSED = "This account is closed. Please ask the person who invited you."
_GONE = "The account of this link is no longer there."
_ENDED = (
    "This link ended when you signed out everywhere. Sign in on the worker site: what it led to is "
    "there, and new links, too."
)


class TokenPurpose(StrEnum):
    """What a signed token of a worker's is for; each is refused in all other places."""

    CONFIRM = "confirm"
    """Confirms an address for mail."""
    REPLY = "reply"
    """Answers the invitation to a session."""
    FEED = "feed"
    """Reads the calendar."""
    NEWS = "news"
    """Asks, from a browser that was woken, what for."""


# Parts besides the worker and the generation.
_PARTS = {
    TokenPurpose.CONFIRM: 2,
    TokenPurpose.REPLY: 1,
    TokenPurpose.FEED: 1,
    TokenPurpose.NEWS: 1,
}


class Admission:
    def __init__(self, workers: WorkerStore, config: MarketplaceConfig) -> None:
        self._workers = workers
        self._config = config

    def get_worker(self, worker_id: str, generation: int) -> Worker:
        """Return whose credential of this generation it is. One read.

        Raises `CredentialVoid`: `AccountGone`, `CredentialEnded`, `AccountClosed`.
        """
        return check_credential(self._workers.find_worker(worker_id), generation)

    def read_token(
        self, purpose: TokenPurpose, token: str, unknown: str = "This link is none of ours."
    ) -> tuple[Worker, tuple[str, ...]]:
        """Return whose token it is, and its other parts; raises `LinkDead` with a sentence."""
        parts = self._parts(purpose, token)
        if parts is None:
            raise LinkDead(unknown)
        worker_id, generation, more = parts
        try:
            return self.get_worker(worker_id, generation), more
        except CredentialVoid as error:
            raise LinkDead(str(error)) from None

    def _parts(self, purpose: TokenPurpose, token: str) -> tuple[str, int, tuple[str, ...]] | None:
        count = 1 + _PARTS[purpose]
        for with_generation in (1, 0):
            parts = signed_tokens.read(
                self._config.master_key, purpose, token, count + with_generation
            )
            if parts is not None:
                return parts[0], int(parts[count]) if with_generation else 0, parts[1:count]
        return None


def sign_token(
    config: MarketplaceConfig, purpose: TokenPurpose, worker: Worker, *parts: str
) -> str:
    """Make a token that ends with the worker's generation.

    The first generation stands in none, so that what was made before there were any, such as a
    calendar's address, is what is made now.
    """
    if len(parts) != _PARTS[purpose]:
        raise ValueError(f"a token to {purpose} has {_PARTS[purpose]} parts")
    generation = (str(worker.generation),) if worker.generation else ()
    return signed_tokens.sign(config.master_key, purpose, worker.worker_id, *parts, *generation)


def check_credential(worker: Worker | None, generation: int) -> Worker:
    """Return the worker, if a credential of this generation is in force; else raise
    `CredentialVoid`."""
    if worker is None:
        raise AccountGone(_GONE)
    if worker.closed:
        raise AccountClosed(CLOSED)
    if worker.generation != generation:
        raise CredentialEnded(_ENDED)
    return worker
