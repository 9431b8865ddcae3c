"""Leases, reports of sizing runs, latencies of late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from pynamodb.exceptions import PynamoDBException

from chalicelib.dynamo import StoreUnavailable
from chalicelib.retainer.domain.ids import new_token
from chalicelib.retainer.domain.ports import SizingReport
from chalicelib.retainer.store import writes
from chalicelib.retainer.store.tables import Notes

LATENCIES_KEPT = 200


class DynamoNotes:
    def take_lease(self, name: str, holder: str, now_ms: int, for_ms: int) -> bool:
        """Take a lease. Condition: nobody has it, or whoever had it is over time."""
        done, _ = writes.update(
            Notes(name),
            [
                Notes.holder.set(holder), Notes.until.set(now_ms + for_ms), Notes.asked.remove(),
                Notes.ttl.set(writes.ttl_after(now_ms, days=7)),
            ],
            Notes.until.does_not_exist() | (Notes.until <= now_ms) | (Notes.holder == holder),
        )  # fmt: skip
        return done

    def keep_lease(
        self, name: str, holder: str, now_ms: int, for_ms: int, heard: frozenset[str] = frozenset()
    ) -> bool:
        """Hold a lease for longer, having `heard` what was asked. Condition: it is still ours."""
        actions: list[Any] = [Notes.until.set(now_ms + for_ms)]
        if heard:
            actions.append(Notes.asked.delete(set(heard)))
        done, _ = writes.update(Notes(name), actions, Notes.holder == holder)
        return done

    def ask_again(self, name: str, now_ms: int, what: str) -> bool:
        """Ask the holder for another run. Condition: there is one, and it is in time."""
        done, _ = writes.update(Notes(name), [Notes.asked.add({what})], Notes.until > now_ms)
        return done

    def drop_lease(self, name: str, holder: str) -> frozenset[str]:
        """Give a lease back and return nothing; or keep it, and return what was asked meanwhile."""
        done, row = writes.update(
            Notes(name),
            [Notes.holder.remove(), Notes.until.remove()],
            (Notes.holder == holder) & Notes.asked.does_not_exist(),
        )
        if done or row is None or row.holder != holder:
            return frozenset()
        return frozenset(row.asked or ())

    def free_lease(self, name: str, holder: str) -> None:
        """Give a lease back, whatever was asked meanwhile. Condition: it is still ours."""
        writes.update(
            Notes(name), [Notes.holder.remove(), Notes.until.remove()], Notes.holder == holder
        )

    def number_of(self, series: str, name: str) -> int:
        """Return a number that is this name's alone in a series, the same for ever.

        One read; the first time two writes more, and a crash between them wastes a number.
        """
        mine = f"number#{series}#{name}"
        row = writes.get(Notes, mine, consistent=True)
        if row is None or row.number is None:
            _, count = writes.update(
                Notes(f"numbers#{series}"), [Notes.number.add(1)], Notes.until.does_not_exist()
            )
            if count is None or count.number is None:
                raise StoreUnavailable("no number was drawn")
            drawn = Notes(mine, number=count.number)
            _, there = writes.put_new(drawn, Notes.name.does_not_exist())
            row = there or drawn
        return int(row.number)

    def hint_due(self, name: str, now_ms: int, every_ms: int) -> bool:
        """Say yes once in `every_ms`, to one caller."""
        return self.take_lease(name, new_token(), now_ms, every_ms)

    def put_report(self, proto: str, report: SizingReport) -> None:
        writes.update(
            Notes(f"report#{proto}"),
            [Notes.report.set(asdict(report))],
            Notes.until.does_not_exist(),
        )

    def get_report(self, proto: str) -> SizingReport:
        row = writes.get(Notes, f"report#{proto}")
        if row is None or row.report is None:
            return SizingReport()
        names = {f.name for f in fields(SizingReport)}
        return SizingReport(**{k: v for k, v in row.report.items() if k in names})

    def add_latencies(self, proto: str, called: Sequence[tuple[int, int]]) -> None:
        """Add (invoke to shown, shown to acknowledged) in milliseconds; the last 200 are kept."""
        kept = [*self.latencies(proto), *called][-LATENCIES_KEPT:]
        try:
            Notes(f"latencies#{proto}", latencies=[list(pair) for pair in kept]).save()
        except PynamoDBException as error:
            raise StoreUnavailable(str(error)) from error

    def latencies(self, proto: str) -> list[tuple[int, int]]:
        row = writes.get(Notes, f"latencies#{proto}", consistent=True)
        if row is None or row.latencies is None:
            return []
        return [(int(shown), int(ack)) for shown, ack in row.latencies]
