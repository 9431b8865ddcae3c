"""What the requester asked to be carried out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.retainer.domain.errands import Errand, ErrandKind, ErrandState
from chalicelib.retainer.store.pay_tables import Errands
from chalicelib.retainer.store.ttl import ttl_after

OPEN = "1"


class DynamoErrands:
    def ask(self, errand: Errand) -> Errand:
        """Record an errand, once; return the one that is there."""
        row = Errands(
            errand.id, kind=errand.kind.value, market=errand.market, workers=list(errand.workers),
            subject=errand.subject or None, text=errand.text or None, asked=errand.asked_ms,
            state=errand.state.value, open=OPEN, ttl=ttl_after(errand.asked_ms),
        )  # fmt: skip
        _, there = writes.try_put(row, Errands.id.does_not_exist())
        return errand if there is None else _errand(there)

    def find(self, errand_id: str) -> Errand | None:
        row = writes.find_item(Errands, errand_id, consistent=True)
        return None if row is None else _errand(row)

    def ended(self, errand: Errand, state: ErrandState, why: str, missed: list[str]) -> None:
        """Record how it went. Condition: it was not done yet."""
        actions: list[Any] = [Errands.state.set(state.value), Errands.open.remove()]
        if why:
            actions.append(Errands.why.set(why[:500]))
        if missed:
            actions.append(Errands.missed.set(missed))
        writes.try_update(Errands(errand.id), actions, Errands.open.exists())

    def forget(self, errand_id: str, worker: str) -> None:
        """Take a worker out of an errand that was carried out; with the last one it is deleted.

        Condition: its list of workers is as it was read, else it is read again.
        """
        for _ in range(3):
            found = self.find(errand_id)
            if found is None or worker not in {*found.workers, *found.missed}:
                return
            others = [w for w in found.workers if w != worker]
            if not others:
                writes.delete(Errands(errand_id))
                return
            missed = [w for w in found.missed if w != worker]
            done, _ = writes.try_update(
                Errands(errand_id),
                [Errands.workers.set(others), Errands.missed.set(missed)],
                Errands.workers == list(found.workers),
            )
            if done:
                return
        raise StoreUnavailable("an errand is changing too quickly")

    def open(self) -> Iterator[Errand]:
        """Give what is to be done, the oldest first; read again, since the index may be behind."""
        for key in Errands.open_index.query(OPEN):
            found = self.find(key.id)
            if found is not None and found.state is ErrandState.ASKED:
                yield found


def _errand(row: Errands) -> Errand:
    return Errand(
        id=row.id,
        kind=ErrandKind(row.kind),
        market=row.market,
        workers=tuple(row.workers or ()),
        asked_ms=int(row.asked),
        subject=row.subject or "",
        text=row.text or "",
        state=ErrandState(row.state),
        why=row.why or "",
        missed=tuple(row.missed or ()),
    )
