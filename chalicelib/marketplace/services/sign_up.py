"""Accounts that workers make themselves, where whoever runs the marketplace lets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import bearer, ids
from chalicelib.marketplace.domain.errors import BadRequest, SignInClosed
from chalicelib.marketplace.domain.invitations import (
    REPEAT_MS,
    Kind,
    TooManySignUps,
)
from chalicelib.marketplace.domain.people import Worker
from chalicelib.marketplace.domain.ports import Refused
from chalicelib.marketplace.services.profiles import check_place
from chalicelib.marketplace.services.sessions import checked_name, master_key

if TYPE_CHECKING:
    from chalicelib.clock import Clock
    from chalicelib.config import MarketplaceConfig
    from chalicelib.marketplace.domain.invitations import (
        InvitationStore,
    )
    from chalicelib.marketplace.domain.ports import WorkerStore
    from chalicelib.marketplace.services.invitations import Invitations
    from chalicelib.marketplace.services.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a newcomer gets; `personal_url` is shown this once."""

    token: str
    worker: Worker
    personal_url: str


class SignUp:
    """Everything follows from the page's nonce, so that it may ask again when no answer came."""

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

    def join(self, name: str, country: str | None, adult: bool, nonce: str) -> Welcome:
        """Make an account, its personal link and a session."""
        if not self._config.open_sign_up:
            raise SignInClosed("Accounts are made by invitation here.")
        if not bearer.is_nonce(nonce):
            raise BadRequest("nonce is 22 to 64 random characters of base64url.")
        if country is not None:
            check_place(country, None)
        if self._config.sign_ups_per_day < 1:
            raise TooManySignUps(_FULL)
        key = master_key(self._config)
        secret = bearer.derived(key, "personal", nonce)
        token = bearer.derived(key, "sign-up", nonce)
        worker = Worker(
            ids.newcomers_worker_id(key, nonce),
            checked_name(name),
            country,
            adult=adult,
            personal_link=bearer.id_of(secret),
        )
        link = self._invitations.link(worker, secret, Kind.PERSONAL, None, worker.name)
        url = self._invitations.url_of(secret)
        session = self._sessions.prepared(worker, token)
        try:
            self._store.sign_up(worker, link, session, self._config.sign_ups_per_day)
        except Refused as refused:
            if refused.reason == "day":
                raise TooManySignUps(_FULL) from None
            return self._again(worker, token, url)
        return Welcome(token, worker, url)

    def _again(self, worker: Worker, token: str, url: str) -> Welcome:
        """The same answer, for as long as it may have been lost."""
        there = self._workers.find_worker(worker.worker_id)
        link = there and there.personal_link == worker.personal_link and worker.personal_link
        found = self._store.find(link) if link else None
        if there is None or found is None or self._clock.now_ms() - found.made_ms >= REPEAT_MS:
            raise BadRequest("This form was sent before. Reload the page to begin anew.")
        return Welcome(token, there, url)


_FULL = "Many people have joined today, and no more can until tomorrow. Please come back then."
