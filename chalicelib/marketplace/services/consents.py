"""Consent: the text that a requester's workers must agree to first, and their agreements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain import consents
from chalicelib.marketplace.domain.consents import Agreement, ConsentText
from chalicelib.marketplace.domain.errors import ConsentNeeded, MarketplaceError

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.consents import ConsentStore
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.ports import RequesterStore

_ATTEMPTS = 10
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """The text that is in force, and since when this worker has agreed to it."""

    text: ConsentText
    agreed_ms: int | None


class Consents:
    def __init__(self, store: ConsentStore, requesters: RequesterStore, clock: Clock) -> None:
        self._store = store
        self._requesters = requesters
        self._clock = clock

    def require(self, worker: Worker, account_id: str, given: int | None) -> None:
        """Let a worker accept who has agreed, or agrees with this to the version in force.

        One read where the requester has no text, two where the worker has agreed before, and one
        write the first time. Raises `ConsentNeeded`, which says what to agree to.
        """
        now = self._store.in_force(account_id)
        if now is None or not now.version:
            return
        if self._store.agreement(account_id, worker.worker_id, now.version) is not None:
            return
        if given != now.version:
            raise ConsentNeeded("Please read the consent text and agree to it first.", now.version)
        self._store.agree(
            Agreement(account_id, worker.worker_id, now.version, now.digest, self._clock.now_ms())
        )

    def shown(self, worker: Worker, account_id: str) -> Shown | None:
        """What a worker must agree to before they accept; None where there is nothing."""
        now = self._store.in_force(account_id)
        text = self._store.text(account_id, now.version) if now and now.version else None
        if text is None:
            return None
        agreed = self._store.agreement(account_id, worker.worker_id, text.version)
        return Shown(text, agreed.at_ms if agreed else None)

    def put_in_force(self, account_id: str, text: str) -> ConsentText:
        """Make a text the one to agree to; the one in force, given again, changes nothing."""
        self._check_account(account_id)
        if problem := consents.problem_with(text):
            raise MarketplaceError(problem)
        for _ in range(_ATTEMPTS):
            before = self._store.in_force(account_id)
            if before and before.version and before.digest == consents.digest_of(text):
                found = self._store.text(account_id, before.version)
                assert found is not None  # written together with what is in force
                return found
            latest = before.latest if before else 0
            new = ConsentText(account_id, latest + 1, text, self._clock.now_ms())
            if self._store.put_in_force(new, before):
                return new
        raise StoreUnavailable("the consent text changed time and again")

    def withdraw(self, account_id: str) -> bool:
        """Ask for no consent any more; what was agreed to stays on record."""
        self._check_account(account_id)
        for _ in range(_ATTEMPTS):
            before = self._store.in_force(account_id)
            if before is None or not before.version:
                return False
            if self._store.withdraw(account_id, before):
                return True
        raise StoreUnavailable("the consent text changed time and again")

    def history(self, account_id: str) -> tuple[list[ConsentText], int]:
        """All versions, the oldest first, and which one is in force; 0: none."""
        self._check_account(account_id)
        now = self._store.in_force(account_id)
        return self._store.texts(account_id), now.version if now else 0

    def agreements(self, account_id: str) -> Iterator[Agreement]:
        """Every agreement with a requester's texts, by worker and version."""
        self._check_account(account_id)
        after = ""
        while page := self._store.agreements(account_id, after, _PAGE):
            yield from (agreement for _, agreement in page)
            after = page[-1][0]

    def _check_account(self, account_id: str) -> None:
        if self._requesters.find_requester(account_id) is None:
            raise MarketplaceError(f"there is no account {account_id!r}")
