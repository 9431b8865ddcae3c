"""Workers' sessions on the site: opened, looked up by their token, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.kit.config import ConfigError
from chalicelib.marketplace.domain import bearer, ids
from chalicelib.marketplace.domain.errors import BadRequest, NotSignedIn, SignInClosed
from chalicelib.marketplace.domain.invitations import DAY_MS, AccountClosed, CredentialVoid
from chalicelib.marketplace.domain.people import (
    SIMULATED,
    Session,
    Worker,
    is_simulated,
    shown_name,
)
from chalicelib.marketplace.services.admission import CLOSED, check_credential

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.kit.config import MarketplaceConfig
    from chalicelib.marketplace.domain.invitations import SessionStore
    from chalicelib.marketplace.domain.ports import WorkerStore

# A session ends this long after it was last used, and at the latest so long after its opening.
SESSION_MS = 7 * DAY_MS
LONGEST_MS = 90 * DAY_MS
# Nobody asks for a country where a name is enough, and HITs are often for one country only.
OPEN_COUNTRY = "US"
_ENDED = "Your session has ended. Please sign in again."


class Sessions:
    """Tokens have 256 bits and are kept as hashes: who reads the table cannot sign in."""

    def __init__(
        self,
        workers: WorkerStore,
        sessions: SessionStore,
        config: MarketplaceConfig,
        clock: Clock,
    ) -> None:
        self._workers = workers
        self._sessions = sessions
        self._config = config
        self._clock = clock

    def sign_in(self, name: str, *, simulated: bool = False) -> tuple[str, Worker]:
        """Open a session by name alone, where that is allowed; a name is one worker.

        `simulated`: for a worker of a simulated crowd, whose name nobody else may take.
        """
        if not self._config.open_sign_in:
            raise SignInClosed("Signing in by name is switched off here.")
        shown = shown_name(name) if simulated else checked_name(name)
        worker_id = ids.derived_worker_id(master_key(self._config), shown.casefold())
        found = self._workers.find_worker(worker_id)
        if found is None:
            found = Worker(worker_id, shown, OPEN_COUNTRY)
            self._workers.save_worker(found)
        token = bearer.fresh()
        self.open(found, token)
        return token, found

    def prepared(self, worker: Worker, token: str) -> Session:
        """A session under this token that begins now, not yet written."""
        check_credential(worker, worker.generation)
        now_ms = self._clock.now_ms()
        return Session(
            token_hash=bearer.hashed(token),
            worker_id=worker.worker_id,
            generation=worker.generation,
            opened_ms=now_ms,
            expires_ms=now_ms + SESSION_MS,
        )

    def open(self, worker: Worker, token: str) -> None:
        """Open a session under a token; raises `AccountClosed`."""
        self._sessions.begin_session(self.prepared(worker, token))

    def end(self, token: str) -> None:
        self._sessions.end(bearer.hashed(token))

    def end_all(self, worker: Worker) -> None:
        """End all that lets a worker in: sessions, links, tokens; no new link is made."""
        self._workers.next_generation(worker.worker_id)

    def past_of(self, token: str) -> Session | None:
        """The session of this token, in force or ended by signing out everywhere."""
        return self._sessions.find(bearer.hashed(token)) if bearer.is_secret(token) else None

    def worker_of(self, token: str) -> Worker:
        """Return who is signed in, and keep the session from ending; raises `NotSignedIn`."""
        session = self._sessions.find(bearer.hashed(token)) if bearer.is_secret(token) else None
        now_ms = self._clock.now_ms()
        if session is None or now_ms >= session.expires_ms:
            raise NotSignedIn(_ENDED if token else "Please sign in.")
        try:
            worker = check_credential(
                self._workers.find_worker(session.worker_id), session.generation
            )
        except AccountClosed:
            raise NotSignedIn(CLOSED) from None
        except CredentialVoid:
            raise NotSignedIn(_ENDED) from None
        until_ms = min(now_ms + SESSION_MS, session.opened_ms + LONGEST_MS)
        # Once a day is often enough, and seldom enough to be cheap.
        if until_ms - session.expires_ms >= DAY_MS:
            self._sessions.prolong(session.token_hash, until_ms)
        return worker


def checked_name(given: str) -> str:
    """A name that a person may have, as it is shown; raises `BadRequest`."""
    try:
        shown = shown_name(given)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    if is_simulated(shown):
        raise BadRequest(f"Only simulated workers' names end in {SIMULATED}. Take another name.")
    return shown


def master_key(config: MarketplaceConfig) -> str:
    if not config.master_key:
        raise ConfigError("MARKETPLACE_MASTER_KEY is empty; the marketplace needs it")
    return config.master_key
