"""Leases, reports of sizing runs, latencies of late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields

from pynamodb.exceptions import PynamoDBException

from chalicelib.dynamo import StoreUnavailable
from chalicelib.retainer.domain.ports import SizingReport
from chalicelib.retainer.store import writes
from chalicelib.retainer.store.tables import Notes

LATENCIES_KEPT = 200


class DynamoNotes:
    def take_lease(self, name: str, holder: str, now_ms: int, for_ms: int) -> bool:
        """Take a lease. Condition: nobody has it, or whoever had it is over time."""
        done, _ = writes.update(
            Notes(name),
            [Notes.holder.set(holder), Notes.until.set(now_ms + for_ms), Notes.again.remove()],
            Notes.until.does_not_exist() | (Notes.until <= now_ms) | (Notes.holder == holder),
        )
        return done

    def keep_lease(self, name: str, holder: str, now_ms: int, for_ms: int) -> bool:
        """Hold a lease for longer; what was asked of the holder meanwhile stays asked."""
        done, _ = writes.update(
            Notes(name), [Notes.until.set(now_ms + for_ms)], Notes.holder == holder
        )
        return done

    def ask_again(self, name: str, now_ms: int) -> bool:
        """Ask the holder for another run. Condition: there is one, and it is in time."""
        done, _ = writes.update(Notes(name), [Notes.again.set(True)], Notes.until > now_ms)
        return done

    def drop_lease(self, name: str, holder: str) -> bool:
        """Give a lease back; False if somebody asked for another run meanwhile, or holds it."""
        done, _ = writes.update(
            Notes(name),
            [Notes.holder.remove(), Notes.until.remove()],
            (Notes.holder == holder) & Notes.again.does_not_exist(),
        )
        return done

    def hint_due(self, name: str, now_ms: int, every_ms: int) -> bool:
        """Say yes once in `every_ms`, to one caller."""
        return self.take_lease(name, f"at {now_ms}", now_ms, every_ms)

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
