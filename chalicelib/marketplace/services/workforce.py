"""The workers, as whoever runs the marketplace sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.marketplace.domain.errors import NotFound

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.ports import WorkerStore


class Workforce:
    def __init__(self, workers: WorkerStore) -> None:
        self._workers = workers

    def list_all(self) -> list[Worker]:
        """Everybody, by name."""
        return sorted(self._workers.list_workers(), key=lambda w: (w.name.casefold(), w.worker_id))

    def show(self, worker_id: str) -> Worker:
        found = self._workers.find_worker(worker_id)
        if found is None:
            raise NotFound(f"There is no worker {worker_id!r}.")
        return found

    def close(self, worker_id: str) -> None:
        """Shut a worker out: what they have submitted is reviewed and paid as ever."""
        self._set(worker_id, True)

    def reopen(self, worker_id: str) -> None:
        """Let a worker in again; the sessions they had are in force again."""
        self._set(worker_id, False)

    def _set(self, worker_id: str, closed: bool) -> None:
        if not self._workers.set_closed(worker_id, closed):
            raise NotFound(f"There is no worker {worker_id!r}.")
