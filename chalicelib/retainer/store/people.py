"""Stays and what was asked about a worker, in the worker's partition; see `people_tables`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pynamodb.exceptions import PynamoDBException

from chalicelib.dynamo import StoreUnavailable
from chalicelib.retainer.domain.people import Stay, Told
from chalicelib.retainer.store import writes
from chalicelib.retainer.store.people_tables import People

ABOUT = "about"
STAY = "stay#"
TOLD = "told#"
ROLL = "1"
AFTER_DIGITS = ":"
"""Sorts after every digit and before every letter."""


class DynamoPeople:
    """Items are under 1 KB: a write is 1 unit, and 1 for each index that has it."""

    def arrived(self, stay: Stay) -> None:
        """Write a stay, once: 2 units with its index, and half a unit read; with a worker's first,
        2 more."""
        writes.put_new(_row(stay), People.item.does_not_exist())
        if writes.get(People, stay.worker, ABOUT) is None:
            about = People(stay.worker, ABOUT, roll=ROLL, at=stay.arrived_ms)
            writes.put_new(about, People.item.does_not_exist())

    def handed_in(self, stay: Stay) -> None:
        """Write what became of a stay; the stay too, if it is not there: its page never came."""
        row = _row(stay)
        values = {
            name: getattr(row, name)
            for name in (
                "shelf", "at", "proto", "assignment", "epoch", "hit", "market", "began", "home",
                "work_of", "submitted", "waited", "answered",
            )
        }  # fmt: skip
        actions = [getattr(People, n).set(v) for n, v in values.items() if v is not None]
        writes.update(People(row.worker, row.item), actions, People.submitted.does_not_exist())

    def stays(self, worker: str, before: str | None, limit: int) -> tuple[list[Stay], str | None]:
        """Give a worker's stays, the newest first, and where to go on (a stay's name)."""
        rows = self._page(worker, STAY, before, limit)
        more = rows[limit - 1].item.removeprefix(STAY) if len(rows) > limit else None
        return [_stay(row) for row in rows[:limit]], more

    def of_proto(
        self, proto: str, first_ms: int, before: str, limit: int, hit: str | None = None
    ) -> tuple[list[Stay], str | None]:
        """Give stays of a ProtoHIT that began from `first_ms` on and sort before `before`, the
        newest first; with `hit`, those of `limit` that are of this HIT."""
        low, high = f"{STAY}{first_ms:013d}", STAY + before
        try:
            found = People.proto_index.query(
                proto, People.item.between(low, high), scan_index_forward=False, limit=limit + 2
            )
            keys = [(r.worker, r.item, r.hit) for r in found if r.item != high]
            page = [(w, i) for w, i, h in keys[:limit] if hit in {None, h}]
            rows = {(r.worker, r.item): r for r in People.batch_get(page)} if page else {}
        except PynamoDBException as error:
            raise StoreUnavailable(str(error)) from error
        more = keys[limit - 1][1].removeprefix(STAY) if len(keys) > limit else None
        return [_stay(rows[key]) for key in page if key in rows], more

    def roll(self, prefix: str, after: str | None, limit: int) -> tuple[list[str], str | None]:
        """Give workers' ids that begin so, in order, and where to go on."""
        low = prefix if after is None else max(prefix, after)
        try:
            keys = People.roll_index.query(
                ROLL, People.worker.between(low or "\x01", prefix + "\uffff"), limit=limit + 2
            )
            found = [row.worker for row in keys if row.worker != after]
        except PynamoDBException as error:
            raise StoreUnavailable(str(error)) from error
        return found[:limit], found[limit - 1] if len(found) > limit else None

    def is_known(self, worker: str) -> bool:
        return writes.get(People, worker, ABOUT, consistent=True) is not None

    def tell(self, told: Sequence[Told]) -> None:
        """Note what was asked about workers; one write each."""
        for one in told:
            row = People(one.worker, f"{TOLD}{one.at_ms:013d}#{one.id}", at=one.at_ms, about=one.id)
            writes.put_new(row, People.item.does_not_exist())

    def told(self, worker: str, before: str | None, limit: int) -> tuple[list[Told], str | None]:
        """Give what was asked about a worker, the newest first, and where to go on."""
        rows = self._page(worker, TOLD, before, limit)
        more = rows[limit - 1].item.removeprefix(TOLD) if len(rows) > limit else None
        return [Told(r.worker, int(r.at or 0), r.about or "") for r in rows[:limit]], more

    def _page(self, worker: str, kind: str, before: str | None, limit: int) -> list[Any]:
        high = kind + (AFTER_DIGITS if before is None else before)
        try:
            found: Iterator[Any] = People.query(
                worker, People.item.between(kind, high), scan_index_forward=False, limit=limit + 2
            )
            return [row for row in found if row.item != high]
        except PynamoDBException as error:
            raise StoreUnavailable(str(error)) from error


def _row(stay: Stay) -> People:
    return People(
        stay.worker, STAY + stay.name, shelf=stay.proto, at=stay.arrived_ms, proto=stay.proto,
        assignment=stay.assignment, epoch=stay.epoch, hit=stay.hit, market=stay.market,
        began=stay.began_ms, home=stay.home, work_of=stay.work_of, submitted=stay.submitted_ms,
        waited=stay.waited_ms, answered=stay.answered_ms,
    )  # fmt: skip


def _stay(row: Any) -> Stay:
    def number(value: Any) -> int | None:
        return None if value is None else int(value)

    return Stay(
        worker=row.worker,
        assignment=row.assignment,
        epoch=int(row.epoch),
        proto=row.proto,
        hit=row.hit,
        market=row.market,
        began_ms=int(row.began),
        arrived_ms=int(row.at),
        home=row.home,
        work_of=row.work_of,
        submitted_ms=number(row.submitted),
        waited_ms=number(row.waited),
        answered_ms=number(row.answered),
    )
