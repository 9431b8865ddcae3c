"""Signing out everywhere, without locking oneself out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain import bearer
from chalicelib.marketplace.domain.errors import BadRequest, NotSignedIn
from chalicelib.marketplace.domain.invitations import REPEAT_MS, Kind
from chalicelib.marketplace.services.sessions import master_key

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.kit.config import MarketplaceConfig
    from chalicelib.marketplace.domain.invitations import InvitationStore
    from chalicelib.marketplace.domain.ports import WorkerStore
    from chalicelib.marketplace.services.invitations import Invitations
    from chalicelib.marketplace.services.sessions import Sessions


class SigningOut:
    """The new personal link follows from session and nonce, so that a page whose answer got lost
    may ask again, though its session has ended."""

    def __init__(
        self,
        store: InvitationStore,
        workers: WorkerStore,
        invitations: Invitations,
        sessions: Sessions,
        config: MarketplaceConfig,
        clock: Clock,
    ) -> None:
        self._store = store
        self._workers = workers
        self._invitations = invitations
        self._sessions = sessions
        self._config = config
        self._clock = clock

    def everywhere(self, token: str, nonce: str) -> str:
        """End all that lets the worker of this session in, and return a new personal link.

        One transaction: a worker who lost a device always keeps a way back. Raises
        `NotSignedIn`; the same nonce gives the same answer for ten minutes.
        """
        if not bearer.is_nonce(nonce):
            raise BadRequest("nonce is 22 to 64 random characters of base64url.")
        secret = bearer.derived(master_key(self._config), "out", token, nonce)
        url = self._invitations.url_of(secret)
        try:
            worker = self._sessions.worker_of(token)
        except NotSignedIn:
            if self._is_repeat(token, secret):
                return url
            raise
        following = replace(worker, generation=worker.generation + 1)
        link = self._invitations.link(following, secret, Kind.PERSONAL, None, worker.name)
        if not self._store.sign_out(link, worker.generation) and not self._is_repeat(token, secret):
            self._sessions.worker_of(token)  # another device was quicker, and has its own link
            raise StoreUnavailable("a generation that changes all the time")
        return url

    def _is_repeat(self, token: str, secret: str) -> bool:
        session = self._sessions.past_of(token)
        found = self._store.find(bearer.id_of(secret)) if session else None
        worker = self._workers.find_worker(session.worker_id) if session and found else None
        return (
            found is not None
            and worker is not None
            and not worker.closed
            and worker.personal_link == found.invitation_id
            and self._clock.now_ms() - found.made_ms < REPEAT_MS
        )
