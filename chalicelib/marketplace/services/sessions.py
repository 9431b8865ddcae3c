"""Workers' sessions on the site: opened, looked up by their token, ended."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata

from chalicelib.clock import Clock
from chalicelib.config import ConfigError, MarketplaceConfig
from chalicelib.marketplace.domain import ids
from chalicelib.marketplace.domain.errors import BadRequest, NotSignedIn, SignInClosed
from chalicelib.marketplace.domain.people import Worker
from chalicelib.marketplace.domain.ports import WorkerStore

SESSION_MS = 7 * 86_400_000
MAX_NAME = 40
# Nobody asks for a country where a name is enough, and HITs are often for one country only.
OPEN_COUNTRY = "US"


class Sessions:
    """Tokens are random and kept as hashes: who reads the table cannot sign in."""

    def __init__(self, workers: WorkerStore, config: MarketplaceConfig, clock: Clock) -> None:
        self._workers = workers
        self._config = config
        self._clock = clock

    def sign_in(self, name: str) -> tuple[str, Worker]:
        """Open a session by name alone, where that is allowed; a name is one worker."""
        if not self._config.open_sign_in:
            raise SignInClosed("Signing in by name is switched off here.")
        if not self._config.master_key:
            raise ConfigError("MARKETPLACE_MASTER_KEY is empty; the marketplace needs it")
        shown = " ".join(unicodedata.normalize("NFC", name).split())
        if not 1 <= len(shown) <= MAX_NAME or not shown.isprintable():
            raise BadRequest(f"A name is 1 to {MAX_NAME} printable characters.")
        worker_id = ids.derived_worker_id(self._config.master_key, shown.casefold())
        found = self._workers.find_worker(worker_id)
        if found is None:
            found = Worker(worker_id, shown, OPEN_COUNTRY)
            self._workers.save_worker(found)
        token = secrets.token_urlsafe(32)
        self._workers.save_session(_hash(token), worker_id, self._clock.now_ms() + SESSION_MS)
        return token, found

    def end(self, token: str) -> None:
        self._workers.end_session(_hash(token))

    def worker_of(self, token: str) -> Worker:
        """Return who is signed in; raises `NotSignedIn`."""
        worker_id = token and self._workers.find_session(_hash(token), self._clock.now_ms())
        worker = self._workers.find_worker(worker_id) if worker_id else None
        if worker is None:
            raise NotSignedIn("Please sign in.")
        return worker


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
