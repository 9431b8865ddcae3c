"""Accounts that workers make themselves, where whoever runs the marketplace lets them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import bearer, ids, proof_of_work
from chalicelib.marketplace.domain.errors import BadRequest, SignInClosed
from chalicelib.marketplace.domain.invitations import (
    REPEAT_MS,
    Kind,
    TooManySignUps,
    WorkNeeded,
)
from chalicelib.marketplace.domain.people import Worker
from chalicelib.marketplace.domain.ports import Refused
from chalicelib.marketplace.domain.proof_of_work import LEAST_BITS
from chalicelib.marketplace.domain.rates import EVERYBODY, Rate
from chalicelib.marketplace.services.profiles import check_place
from chalicelib.marketplace.services.sessions import checked_name, master_key

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.kit.config import MarketplaceConfig
    from chalicelib.marketplace.domain.invitations import (
        InvitationStore,
    )
    from chalicelib.marketplace.services.invitations import Invitations
    from chalicelib.marketplace.services.sessions import Sessions
    from chalicelib.marketplace.stores import Stores

_STEPS = 5


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
        stores: Stores,
        store: InvitationStore,
        invitations: Invitations,
        sessions: Sessions,
        config: MarketplaceConfig,
        clock: Clock,
    ) -> None:
        self._rates = stores.rates
        self._store = store
        self._workers = stores.workers
        self._invitations = invitations
        self._sessions = sessions
        self._config = config
        self._clock = clock

    def _work_bits(self) -> int:
        """How much work an account costs now: more, the more were made today. One read."""
        today = proof_of_work.days(self._clock.now_ms())[0]
        part = self._store.newcomers(today) * _STEPS // max(1, self._config.sign_ups_per_day)
        return LEAST_BITS + min(part, _STEPS - 1)

    def join(
        self,
        name: str,
        country: str | None,
        adult: bool,
        nonce: str,
        work: str = "",
        source: str = "",
    ) -> Welcome:
        """Make an account, its personal link and a session.

        `work`: a number that took the page a while to find. `source`: the address that asks, of
        which nothing but a hash that changes each day is kept, for a day.
        """
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
        if self._workers.find_worker(worker.worker_id) is not None:
            return self._again(worker, token, url)
        self._check_costs(nonce, work, source)
        session = self._sessions.prepared(worker, token)
        try:
            self._store.sign_up(worker, link, session, self._config.sign_ups_per_day)
        except Refused as refused:
            if refused.reason == "day":
                raise TooManySignUps(_FULL) from None
            return self._again(worker, token, url)
        return Welcome(token, worker, url)

    def _check_costs(self, nonce: str, work: str, source: str) -> None:
        """What costs a person a second, and a script more than it is worth to it."""
        now_ms, bits = self._clock.now_ms(), self._work_bits()
        # One less than was asked for: others may have joined since.
        if not proof_of_work.is_done(nonce, work, max(LEAST_BITS, bits - 1), now_ms):
            raise WorkNeeded(bits)
        day, _ = proof_of_work.days(now_ms)
        key = master_key(self._config)
        who = bearer.hashed(bearer.derived(key, "source", day, network_of(source)))
        here = Rate("sign-up", self._config.sign_ups_per_address, 86_400)
        if not self._rates.spend(here, who, now_ms):
            raise TooManySignUps(_FULL_HERE)
        # Not all of a day's at once, or who asks in the evening finds none.
        hour = Rate("sign-ups", max(10, -(-self._config.sign_ups_per_day // 4)), 3600)
        if not self._rates.spend(hour, EVERYBODY, now_ms):
            # Somebody sent away for an hour must find their network's share as it was.
            self._rates.give_back(here, who, now_ms)
            raise TooManySignUps(_FULL_HOUR)

    def _again(self, worker: Worker, token: str, url: str) -> Welcome:
        """The same answer, for as long as it may have been lost."""
        there = self._workers.find_worker(worker.worker_id)
        link = there and there.personal_link == worker.personal_link and worker.personal_link
        found = self._store.find(link) if link else None
        if there is None or found is None or self._clock.now_ms() - found.made_ms >= REPEAT_MS:
            raise BadRequest("This form was sent before. Reload the page to begin anew.")
        return Welcome(token, there, url)


def network_of(source: str) -> str:
    """What one person has of addresses: one of IPv4, of IPv6 the 2^64 of their connection."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return ""
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


_FULL_HERE = (
    "Several people have joined from your network today. Please come back tomorrow, or ask for an "
    "invitation."
)
_FULL_HOUR = "Many people are joining right now. Please come back in an hour."
_FULL = "Many people have joined today, and no more can until tomorrow. Please come back then."
