"""Leases, reports of sizing runs, latencies of late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import size

from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.mturk.prices import Fees
from chalicelib.retainer.domain.ids import new_token
from chalicelib.retainer.domain.measures import Call, Measures, Response
from chalicelib.retainer.domain.ports import SizingReport
from chalicelib.retainer.store.tables import Notes
from chalicelib.retainer.store.ttl import ttl_after

LATENCIES_KEPT, LATENCIES_MOST, LATENCIES_TRIES = 200, 250, 5

EVENTS_KEPT = 2_000
"""What may gather between two sizing runs; more is not counted."""


RECOVERED = "recovered"
"""The row that a recovery leaves (`operate.recover`) in tables as of an earlier moment."""


class DynamoNotes:
    def take_lease(self, name: str, holder: str, now_ms: int, for_ms: int) -> bool:
        """Take a lease. Condition: nobody has it, or whoever had it is over time."""
        done, _ = writes.try_update(
            Notes(name),
            [
                Notes.holder.set(holder), Notes.until.set(now_ms + for_ms), Notes.asked.remove(),
                Notes.ttl.set(ttl_after(now_ms, days=7)),
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
        done, _ = writes.try_update(Notes(name), actions, Notes.holder == holder)
        return done

    def ask_again(self, name: str, now_ms: int, what: str) -> bool:
        """Ask the holder for another run. Condition: there is one, and it is in time."""
        done, _ = writes.try_update(Notes(name), [Notes.asked.add({what})], Notes.until > now_ms)
        return done

    def drop_lease(self, name: str, holder: str) -> frozenset[str]:
        """Give a lease back and return nothing; or keep it, and return what was asked meanwhile."""
        done, row = writes.try_update(
            Notes(name),
            [Notes.holder.remove(), Notes.until.remove()],
            (Notes.holder == holder) & Notes.asked.does_not_exist(),
        )
        if done or row is None or row.holder != holder:
            return frozenset()
        return frozenset(row.asked or ())

    def free_lease(self, name: str, holder: str) -> None:
        """Give a lease back, whatever was asked meanwhile. Condition: it is still ours."""
        writes.try_update(
            Notes(name), [Notes.holder.remove(), Notes.until.remove()], Notes.holder == holder
        )

    def free_leases(self, names: Sequence[str], now_ms: int) -> list[str]:
        """Return those of the leases that nobody has, as of a moment ago: half a read unit each."""
        try:
            rows = list(Notes.batch_get(list(names))) if names else []
        except PynamoDBException as error:
            raise StoreUnavailable(str(error)) from error
        held = {row.name for row in rows if row.until is not None and row.until > now_ms}
        return [name for name in names if name not in held]

    def number_of(self, series: str, name: str) -> int:
        """Return a number that is this name's alone in a series, the same for ever.

        One read; the first time two writes more, and a crash between them wastes a number.
        """
        mine = f"number#{series}#{name}"
        row = writes.find_item(Notes, mine, consistent=True)
        if row is None or row.number is None:
            _, count = writes.try_update(
                Notes(f"numbers#{series}"), [Notes.number.add(1)], Notes.until.does_not_exist()
            )
            if count is None or count.number is None:
                raise StoreUnavailable("no number was drawn")
            drawn = Notes(mine, number=count.number)
            _, there = writes.try_put(drawn, Notes.name.does_not_exist())
            row = there or drawn
        return int(row.number)

    def forget_numbers(self, worker: str) -> None:
        """Forget a worker's number at each market; it is given to nobody else."""
        for market in ("sandbox", "production"):
            writes.delete(Notes(f"number#workers of {market}#{worker}"))

    def hint_due(self, name: str, now_ms: int, every_ms: int) -> bool:
        """Say yes once in `every_ms`, to one caller."""
        return self.take_lease(name, new_token(), now_ms, every_ms)

    def recovered_until(self) -> int:
        """Until when markets may know of payments that the tables do not, since these were taken
        back to an earlier moment; 0 if they never were. One read."""
        row = writes.find_item(Notes, RECOVERED, consistent=True)
        return 0 if row is None or row.until is None else int(row.until)

    def put_report(self, proto: str, report: SizingReport) -> None:
        writes.try_update(
            Notes(f"report#{proto}"),
            [Notes.report.set(asdict(report))],
            Notes.until.does_not_exist(),
        )

    def get_report(self, proto: str) -> SizingReport:
        return _report(writes.find_item(Notes, f"report#{proto}"))

    def reports(self, protos: Sequence[str]) -> dict[str, SizingReport]:
        """Read several reports at once: half a unit for each 4 KB of each."""
        keys = {f"report#{proto}": proto for proto in protos}
        rows = list(Notes.batch_get(list(keys))) if keys else []
        return {keys[row.name]: _report(row) for row in rows}

    def add_latencies(self, proto: str, called: Sequence[tuple[int, int]]) -> None:
        """Add (invoke to shown, shown to acknowledged) in milliseconds; at least the last 200 are
        kept.

        One write. Condition: there is room; where there is none, the oldest are taken off first,
        on condition that nobody else has done so.
        """
        note, more = Notes(f"latencies#{proto}"), [list(pair) for pair in called]
        has_room = Notes.latencies.does_not_exist() | (size(Notes.latencies) < LATENCIES_MOST)
        for _ in range(LATENCIES_TRIES):
            append = Notes.latencies.set((Notes.latencies | []).append(more))
            done, row = writes.try_update(note, [append], has_room)
            if done or row is None:
                return
            there = row.latencies
            writes.try_update(
                note, [Notes.latencies.set(there[-LATENCIES_KEPT:])], Notes.latencies == there
            )
        raise StoreUnavailable("latencies are changing too quickly")

    def put_fees(self, market: str, fees: Fees) -> None:
        writes.try_update(
            Notes(f"tariff#{market}"),
            [Notes.report.set(asdict(fees))],
            Notes.until.does_not_exist(),
        )

    def get_fees(self, market: str) -> Fees | None:
        """Return what the market said last; None if it has not been asked."""
        row = writes.find_item(Notes, f"tariff#{market}", consistent=True)
        if row is None or row.report is None:
            return None
        return Fees(**{f.name: int(row.report[f.name]) for f in fields(Fees)})

    def put_measures(self, proto: str, measures: Measures) -> None:
        """Keep what a pool has measured; written by sizing runs alone, which hold a lease."""
        Notes(f"measures#{proto}", measures=measures.to_dict()).save()

    def get_measures(self, proto: str) -> Measures:
        row = writes.find_item(Notes, f"measures#{proto}", consistent=True)
        return (
            Measures() if row is None or row.measures is None else Measures.from_dict(row.measures)
        )

    def add_event(self, proto: str, event: Call | Response) -> None:
        """Leave word for the next sizing run: one write."""
        entry = [event.at_ms, event.size] if isinstance(event, Call) else [
            event.at_ms, event.waited_ms, int(event.quick)
        ]  # fmt: skip
        writes.try_update(
            Notes(f"events#{proto}"),
            [Notes.events.set((Notes.events | []).append([entry]))],
            Notes.events.does_not_exist() | (size(Notes.events) < EVENTS_KEPT),
        )

    def events(self, proto: str) -> list[Call | Response]:
        row = writes.find_item(Notes, f"events#{proto}", consistent=True)
        found = [] if row is None or row.events is None else row.events
        return [
            Call(int(e[0]), int(e[1])) if len(e) == 2
            else Response(int(e[0]), int(e[1]), bool(e[2]))
            for e in found
        ]  # fmt: skip

    def forget_events(self, proto: str, known: int) -> None:
        """Clear what was read, so many. Condition: nothing has been added; then a later run does
        it, and passes over what was counted before."""
        if known:
            writes.try_update(
                Notes(f"events#{proto}"), [Notes.events.remove()], size(Notes.events) == known
            )

    def latencies(self, proto: str) -> list[tuple[int, int]]:
        row = writes.find_item(Notes, f"latencies#{proto}", consistent=True)
        if row is None or row.latencies is None:
            return []
        return [(int(shown), int(ack)) for shown, ack in row.latencies[-LATENCIES_KEPT:]]


def _report(row: Notes | None) -> SizingReport:
    if row is None or row.report is None:
        return SizingReport()
    names = {f.name for f in fields(SizingReport)}
    return SizingReport(**{k: v for k, v in row.report.items() if k in names})
