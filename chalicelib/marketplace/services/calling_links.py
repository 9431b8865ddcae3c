"""The addresses in mails and calendars: each bears a token that says who and what."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import signed_tokens

if TYPE_CHECKING:
    from chalicelib.config import MarketplaceConfig
    from chalicelib.marketplace.domain.calling import Calling


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses at the API, which are pages without sign-in, and of the worker site."""

    config: MarketplaceConfig

    def stop(self, calling: Calling) -> str:
        return self._url("market/calls/stop", "stop", calling.worker_id, _digest(calling.address))

    def confirm(self, calling: Calling) -> str:
        parts = (calling.worker_id, str(calling.code_ms), _digest(calling.address))
        return self._url("market/calls/confirm", "confirm", *parts)

    def reply(self, worker_id: str, session_id: str) -> str:
        return self._url("market/sessions/reply", "reply", worker_id, session_id)

    def feed(self, calling: Calling) -> str:
        parts = (calling.worker_id, str(calling.feed))
        return self._url("market/calendar", "feed", *parts) + ".ics"

    def push_token(self, worker_id: str, subscription: str) -> str:
        return signed_tokens.sign(self.config.master_key, "news", worker_id, subscription)

    def site(self, page: str) -> str:
        """A page of the worker site; empty if its address is not configured."""
        origin = self.config.worker_origin
        return f"{origin}/work/#/{page}" if origin.startswith("http") else ""

    def read(self, purpose: str, token: str, count: int) -> tuple[str, ...] | None:
        return signed_tokens.read(self.config.master_key, purpose, token, count)

    @staticmethod
    def is_to(digest: str, calling: Calling) -> bool:
        """Whether a link was sent to the address that the worker has now."""
        return calling.address is not None and digest == _digest(calling.address)

    def _url(self, path: str, purpose: str, *parts: str) -> str:
        token = signed_tokens.sign(self.config.master_key, purpose, *parts)
        return f"{self.config.site_url}/{path}/{token}"


def _digest(address: str | None) -> str:
    return hashlib.sha256((address or "").encode()).hexdigest()[:16]
