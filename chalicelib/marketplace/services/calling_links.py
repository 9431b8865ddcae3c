"""The addresses in mails and calendars: each bears a token that says who and what."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import bearer, signed_tokens
from chalicelib.marketplace.domain.calling import mailbox
from chalicelib.marketplace.services.admission import TokenPurpose, sign_token

if TYPE_CHECKING:
    from chalicelib.kit.config import MarketplaceConfig
    from chalicelib.marketplace.domain.calling import Calling
    from chalicelib.marketplace.domain.people import Worker

_STOP = "stop"
_NEVER = "never"


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses at the API, which are pages without sign-in, and of the worker site."""

    config: MarketplaceConfig

    def stop(self, calling: Calling) -> str:
        """Ends mail to an address. It is the addressee's, no matter who has the account, and
        so no credential of the worker's: it outlives their sessions and the account."""
        parts = (calling.worker_id, _digest(calling.address))
        token = signed_tokens.sign(self.config.master_key, _STOP, *parts)
        return f"{self.config.site_url}/market/calls/stop/{token}"

    def read_stop(self, token: str) -> tuple[str, str] | None:
        """Return the worker and the digest of the address; None for no such token."""
        parts = signed_tokens.read(self.config.master_key, _STOP, token, 2)
        return (parts[0], parts[1]) if parts else None

    def never(self, calling: Calling, addressee: str) -> str:
        """Ends all mail to an address for good. As `stop`, it is the addressee's."""
        parts = (calling.worker_id, _digest(calling.address), addressee)
        token = signed_tokens.sign(self.config.master_key, _NEVER, *parts)
        return f"{self.config.site_url}/market/calls/never/{token}"

    def read_never(self, token: str) -> tuple[str, str, str] | None:
        """Return the worker who gave the address, its digest, and what it is known by."""
        parts = signed_tokens.read(self.config.master_key, _NEVER, token, 3)
        return (parts[0], parts[1], parts[2]) if parts else None

    def addressee(self, address: str) -> str:
        """What an address is known by: a keyed hash, from which nobody finds it."""
        key = self.config.master_key
        return bearer.hashed(bearer.derived(key, "addressee", mailbox(address)))

    def confirm(self, calling: Calling, worker: Worker) -> str:
        parts = (str(calling.code_ms), _digest(calling.address))
        return self._url("market/calls/confirm", TokenPurpose.CONFIRM, worker, *parts)

    def reply(self, worker: Worker, session_id: str) -> str:
        return self._url("market/sessions/reply", TokenPurpose.REPLY, worker, session_id)

    def feed(self, calling: Calling, worker: Worker) -> str:
        token = self._url("market/calendar", TokenPurpose.FEED, worker, str(calling.feed))
        return f"{token}.ics"

    def push_token(self, worker: Worker, subscription: str) -> str:
        return sign_token(self.config, TokenPurpose.NEWS, worker, subscription)

    def site(self, page: str) -> str:
        """A page of the worker site; empty if its address is not configured."""
        origin = self.config.worker_origin
        return f"{origin}/work/#/{page}" if origin.startswith("http") else ""

    @staticmethod
    def is_to(digest: str, calling: Calling) -> bool:
        """Whether a link was sent to the address that the worker has now."""
        return calling.address is not None and digest == _digest(calling.address)

    def _url(self, path: str, purpose: TokenPurpose, worker: Worker, *parts: str) -> str:
        return f"{self.config.site_url}/{path}/{sign_token(self.config, purpose, worker, *parts)}"


def _digest(address: str | None) -> str:
    return hashlib.sha256((address or "").encode()).hexdigest()[:16]
