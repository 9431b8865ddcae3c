"""Deleting a worker's data from all of the marketplace's tables, on their request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain import ids
from chalicelib.marketplace.domain.assignments import AssignmentStatus
from chalicelib.marketplace.domain.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.assignments import Assignment
    from chalicelib.marketplace.domain.ports import WorkerStore
    from chalicelib.marketplace.services.tick import Tick
    from chalicelib.marketplace.services.workforce import Workforce

_PASSES = 10


class ErasureStore(Protocol):
    def begin_erasure(self, worker_id: str, mark: str) -> str | None:
        """Shut the worker out under a mark, the one of an earlier try if there was one."""

    def open_work(self, worker_id: str) -> list[Assignment]: ...

    def clear_tables(self, worker_id: str, mark: str) -> int:
        """Delete or rename what all tables have of them, but for their own row."""

    def end_erasure(self, worker_id: str) -> None: ...

    def stays(self) -> dict[str, str]: ...


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows were deleted or renamed, and what stays: table to a sentence."""

    rows: int
    stays: dict[str, str]


class WorkerErasure:
    def __init__(
        self, store: ErasureStore, workers: WorkerStore, workforce: Workforce, tick: Tick
    ) -> None:
        self._store = store
        self._workers = workers
        self._workforce = workforce
        self._tick = tick

    def hindrances(self, worker_id: str) -> list[str]:
        """Say what has to be over first; raises `NotFound`. Settles what is due."""
        if self._workers.find_worker(worker_id) is None:
            raise NotFound(f"There is no worker {worker_id!r}.")
        self._tick.settle_all()
        work = self._store.open_work(worker_id)
        held = [one for one in work if one.status is AssignmentStatus.ACCEPTED]
        due = [one.auto_approval_ms or 0 for one in work if one not in held]
        found = []
        if held:
            until = _when(max(one.deadline_ms for one in held))
            found.append(f"They have accepted {_count(len(held))}, until {until} at the latest.")
        if due:
            found.append(
                f"{_count(len(due))} of theirs not decided on; the last is approved by itself at "
                f"{_when(max(due))}."
            )
        return found

    def erase(self, worker_id: str) -> Erased:
        """Delete all that is kept of a worker, but for what `Erased.stays` tells.

        It shuts them out first. What broke off is taken up by doing it again. Raises `NotFound`,
        and `BadRequest` while something is accepted or not decided on, with nothing changed.
        """
        self._check(worker_id)
        mark = self._store.begin_erasure(worker_id, ids.random_mark())
        if mark is None:
            raise NotFound(f"There is no worker {worker_id!r}.")
        self._workforce.close(worker_id)
        # Something may have been accepted in the moment before they were shut out.
        self._check(worker_id, "The account is closed. ")
        rows = 0
        for _ in range(_PASSES):
            found = self._store.clear_tables(worker_id, mark)
            rows += found
            if not found:
                self._store.end_erasure(worker_id)
                return Erased(rows, self._store.stays())
        raise StoreUnavailable("rows that come again and again")

    def _check(self, worker_id: str, done: str = "") -> None:
        found = self.hindrances(worker_id)
        if found:
            raise BadRequest(" ".join((f"{done}Not yet.", *found)))


def _count(number: int) -> str:
    return "one HIT" if number == 1 else f"{number} HITs"


def _when(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
