"""Requesters' accounts: access keys made, listed and revoked, secrets derived, balances."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalicelib.kit.config import ConfigError
from chalicelib.marketplace.domain import ids
from chalicelib.marketplace.domain.errors import BadRequest, KeyRefused, NotFound
from chalicelib.marketplace.domain.people import AccessKey, Credentials, Requester
from chalicelib.marketplace.domain.ports import Refused
from chalicelib.mturk.prices import format_dollars

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.people import Deposit
    from chalicelib.marketplace.domain.ports import RequesterStore
    from chalicelib.marketplace.services.lifecycle import Lifecycle

MAX_NAME = 100


class Accounts:
    """No secret lies in a table: each is a MAC over the id that it belongs to.

    Those of access keys are made under a key of their own, so that whoever serves workers, and
    has the master key for it, cannot sign as a requester.
    """

    def __init__(
        self,
        store: RequesterStore,
        lifecycle: Lifecycle,
        clock: Clock,
        master_key: str,
        keys_secret: str,
        initial_balance_cents: int,
    ) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._clock = clock
        self._given_master_key = master_key
        self._given_keys_secret = keys_secret
        self._initial_balance_cents = initial_balance_cents

    def create(self, name: str) -> Credentials:
        """Make a new account with a first access key; two of one name are two accounts."""
        account_id = "A" + _random(13)
        self._open(account_id, name)
        access_key = "RK" + _random(18)
        self._store.save_access_key(AccessKey(access_key, account_id, self._clock.now_ms()))
        return self._credentials(account_id, access_key)

    def ensure(self, name: str) -> Credentials:
        """Make the account of this name if it is not there; the same keys every time.

        A revoked key is followed by another one.
        """
        account_id = ids.derived_account_id(self._master_key, name, 0)
        self._open(account_id, name)
        generation = 0
        while True:
            access_key = ids.derived_access_key(self._master_key, account_id, generation)
            found = self._store.find_access_key(access_key)
            if found is None:
                self._store.save_access_key(AccessKey(access_key, account_id, self._clock.now_ms()))
                return self._credentials(account_id, access_key)
            if found.revoked_ms is None:
                return self._credentials(account_id, access_key)
            generation += 1

    def deposit(self, account_id: str, cents: int, token: str) -> tuple[Deposit, bool]:
        """Add to an account's balance once per token; False: it was there already."""
        try:
            return self._store.deposit(account_id, cents, token, self._clock.now_ms()), True
        except Refused as refused:
            if refused.reason == "account":
                raise NotFound(f"There is no account {account_id!r}.") from None
        found = next(d for d in self._store.deposits_of(account_id) if d.token == token)
        if found.cents != cents:
            raise BadRequest(
                f"The token {token!r} stands for a deposit of {format_dollars(found.cents)}."
            )
        return found, False

    def show(self, account_id: str) -> tuple[Requester, list[AccessKey], list[Deposit]]:
        """An account as of now, with its keys and what was paid in after its opening."""
        if self._store.find_requester(account_id) is None:
            raise NotFound(f"There is no account {account_id!r}.")
        keys, deposits = self._store.keys_of(account_id), self._store.deposits_of(account_id)
        return self.requester(account_id), keys, deposits

    def list(self) -> list[tuple[Requester, list[AccessKey]]]:
        """All accounts with their keys, without secrets."""
        requesters = sorted(self._store.list_requesters(), key=lambda r: r.name)
        return [(r, self._store.keys_of(r.account_id)) for r in requesters]

    def requesters(self) -> Sequence[Requester]:
        """All accounts by name, as they are on record: holds of ended HITs may still stand."""
        return sorted(self._store.list_requesters(), key=lambda r: (r.name, r.account_id))

    def keys_of(self, account_id: str) -> Sequence[AccessKey]:
        """An account's keys, without secrets."""
        return self._store.keys_of(account_id)

    def revoke(self, access_key: str) -> bool:
        """Make a key useless from now on; False if there is no such key."""
        return self._store.revoke(access_key, self._clock.now_ms())

    def account_of(self, access_key: str) -> str:
        """Return whose key it is; raises `KeyRefused` if nobody's or revoked."""
        found = self._store.find_access_key(access_key)
        if found is None or found.revoked_ms is not None:
            raise KeyRefused("the access key is not known")
        return found.account_id

    def secret_of(self, access_key: str) -> str:
        """The secret that belongs to an access key's id, known or not."""
        return _derived(self._given_keys_secret or self._master_key, "secret", access_key)

    def arrival_key_of(self, account_id: str) -> str:
        """The key under which arrivals for this requester are signed."""
        return _derived(self._master_key, "arrival", account_id)

    def requester(self, account_id: str) -> Requester:
        """Return the account as of now, holds of ended HITs released."""
        self._lifecycle.settle_holds(account_id)
        return self._found(account_id)

    def name_of(self, account_id: str) -> str:
        return self._found(account_id).name

    def _found(self, account_id: str) -> Requester:
        found = self._store.find_requester(account_id)
        if found is None:
            raise KeyRefused("the account is gone")
        return found

    def _open(self, account_id: str, name: str) -> None:
        if not name or len(name) > MAX_NAME or not name.isprintable():
            raise ValueError(f"a requester's name is 1 to {MAX_NAME} printable characters")
        if self._store.find_requester(account_id) is None:
            new = Requester(account_id, name, self._initial_balance_cents, 0)
            self._store.save_requester(new, self._clock.now_ms())

    def _credentials(self, account_id: str, access_key: str) -> Credentials:
        return Credentials(
            account_id=account_id,
            access_key=access_key,
            secret_key=self.secret_of(access_key),
            arrival_key=self.arrival_key_of(account_id),
        )

    @property
    def _master_key(self) -> str:
        if not self._given_master_key:
            raise ConfigError("MARKETPLACE_MASTER_KEY is empty; the marketplace needs it")
        return self._given_master_key


def _derived(key: str, purpose: str, of: str) -> str:
    digest = hmac.new(key.encode(), f"{purpose}:{of}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _random(count: int) -> str:
    return "".join(secrets.choice(ids.ALPHABET) for _ in range(count))
