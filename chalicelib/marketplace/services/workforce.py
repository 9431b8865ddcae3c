"""The workers, as whoever runs the marketplace sees them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain.announced import Answer
from chalicelib.marketplace.domain.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.calling_ports import AnnouncedStore, CallingStore
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.ports import WorkerStore


_ATTEMPTS = 5
# As far as a requester has announced sessions: more than are ever to come at one time.
_MOST_SESSIONS = 1000


class Workforce:
    def __init__(
        self, workers: WorkerStore, callings: CallingStore, sessions: AnnouncedStore, clock: Clock
    ) -> None:
        self._workers = workers
        self._callings = callings
        self._sessions = sessions
        self._clock = clock

    def list_all(self) -> list[Worker]:
        """Everybody, by name."""
        return sorted(self._workers.list_workers(), key=lambda w: (w.name.casefold(), w.worker_id))

    def show(self, worker_id: str) -> Worker:
        found = self._workers.find_worker(worker_id)
        if found is None:
            raise NotFound(f"There is no worker {worker_id!r}.")
        return found

    def names_of(self, worker_ids: Sequence[str]) -> dict[str, str]:
        """The names of up to a hundred workers, by id; strangers are left out."""
        return self._workers.names_of(worker_ids)

    def close(self, worker_id: str) -> None:
        """Shut a worker out: what they have submitted is reviewed and paid as ever.

        Where they can be reached is forgotten, and no requester counts on them any more. A command
        that broke off is repeated.
        """
        self._set(worker_id, True)
        self.make_unreachable(worker_id)
        now_ms = self._clock.now_ms()
        coming = [s.session_id for s in self._sessions.upcoming(now_ms, _MOST_SESSIONS)]
        for reply in self._sessions.replies_of(worker_id, coming).values():
            if reply.answer is not Answer.NO:
                self._sessions.reply(replace(reply, answer=Answer.NO, at_ms=now_ms))

    def make_unreachable(self, worker_id: str) -> None:
        """Forget the worker's mail address, browsers and calendar; they are called no more."""
        for _ in range(_ATTEMPTS):
            before = self._callings.find(worker_id)
            after = before and replace(
                before,
                choices=frozenset(),
                address=None,
                address_state=None,
                code_ms=0,
                subscriptions={},
                feed_on=False,
            )
            if after is None or after == before or self._callings.save(after):
                return
        raise StoreUnavailable("choices that change all the time")

    def reopen(self, worker_id: str) -> None:
        """Let a worker in again, by the sessions and links that they had. How they want to be
        called they say again."""
        self._set(worker_id, False)

    def _set(self, worker_id: str, closed: bool) -> None:
        if not self._workers.set_closed(worker_id, closed):
            deleted = "" if closed else " Or their data is being deleted."
            raise NotFound(f"There is no worker {worker_id!r}.{deleted}")
