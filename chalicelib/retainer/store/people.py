"""Stays and what was asked about a worker, in the worker's partition; see `people_tables`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.retainer.domain import earning, turns
from chalicelib.retainer.domain.earning import Earner
from chalicelib.retainer.domain.people import Part, Stay, Told
from chalicelib.retainer.domain.standing import NEWCOMER, Standing
from chalicelib.retainer.domain.turns import Known, Turn
from chalicelib.retainer.store.people_tables import People

ABOUT = "about"
STAY = "stay#"
TOLD = "told#"
PART = "part#"
ROLL = "1"
ERASE = "erase"
TOLD_SHELF = "~told"
"""No ProtoHIT is named so."""
AFTER_DIGITS = ":"
"""Sorts after every digit and before every letter."""

STANDING_TRIES = 8
"""A worker has few seats, and so few calls that anything is counted of at once."""


class DynamoPeople:
    """Items are under 1 KB: a write is 1 unit, and 1 for each index that has it."""

    def arrived(self, stay: Stay) -> None:
        """Write a stay, once: 2 units with its index, and half a unit read; with a worker's first,
        2 more."""
        writes.try_put(_row(stay), People.item.does_not_exist())
        self._enrol(stay)

    def handed_in(self, stay: Stay) -> None:
        """Write what became of a stay; the stay too, if it is not there: its page never came.

        2 units with its index, and half a unit read.
        """
        self._enrol(stay)
        row = _row(stay)
        values = {
            name: getattr(row, name)
            for name in (
                "shelf", "at", "proto", "assignment", "epoch", "hit", "market", "began", "home",
                "work_of", "submitted", "waited", "answered",
            )
        }  # fmt: skip
        actions = [getattr(People, n).set(v) for n, v in values.items() if v is not None]
        writes.try_update(People(row.worker, row.item), actions, People.submitted.does_not_exist())

    def _enrol(self, stay: Stay) -> None:
        if writes.find_item(People, stay.worker, ABOUT) is None:
            about = People(stay.worker, ABOUT, roll=ROLL, at=stay.arrived_ms)
            writes.try_put(about, People.item.does_not_exist())

    def stays(
        self, worker: str, before: str | None, limit: int, *, consistent: bool = False
    ) -> tuple[list[Stay], str | None]:
        """Give a worker's stays, the newest first, and where to go on (a stay's name)."""
        rows = self._page(worker, STAY, before, limit, consistent)
        more = rows[limit - 1].item.removeprefix(STAY) if len(rows) > limit else None
        return [_stay(row) for row in rows[:limit]], more

    def of_proto(
        self, proto: str, first_ms: int, before: str, limit: int, hit: str | None = None
    ) -> tuple[list[Stay], str | None]:
        """Give stays of a ProtoHIT that began from `first_ms` on and sort before `before`, the
        newest first; with `hit`, those of `limit` that are of this HIT."""
        low, high = f"{STAY}{first_ms:013d}", STAY + before
        found = People.proto_index.query(
            proto, People.item.between(low, high), scan_index_forward=False, limit=limit + 2
        )
        keys = [(r.worker, r.item, r.hit) for r in found if r.item != high]
        page = [(w, i) for w, i, h in keys[:limit] if hit in {None, h}]
        rows = {(r.worker, r.item): r for r in People.batch_get(page)} if page else {}
        more = keys[limit - 1][1].removeprefix(STAY) if len(keys) > limit else None
        return [_stay(rows[key]) for key in page if key in rows], more

    def roll(self, prefix: str, after: str | None, limit: int) -> tuple[list[str], str | None]:
        """Give workers' ids that begin so, in order, and where to go on."""
        low = prefix if after is None else max(prefix, after)
        keys = People.roll_index.query(
            ROLL, People.worker.between(low or "\x01", prefix + "\uffff"), limit=limit + 2
        )
        found = [row.worker for row in keys if row.worker != after]
        return found[:limit], found[limit - 1] if len(found) > limit else None

    def is_known(self, worker: str) -> bool:
        return writes.find_item(People, worker, ABOUT, consistent=True) is not None

    def known(self, worker: str, verified: bool) -> Known:
        """Read, consistently, which calls a worker let pass and which seats of theirs wait to be
        called: 1 unit."""
        row = writes.find_item(People, worker, ABOUT, consistent=True)
        if row is None:
            return Known()
        return Known(
            _standing(row, verified),
            turns.of_text(row.turns),
            turns.of_text(row.unsigned_turns),
            is_on_record=True,
        )

    def set_turns(
        self, worker: str, verified: bool, old: Sequence[Turn], new: Sequence[Turn]
    ) -> bool:
        """Write whose turn it is. Condition: the worker is on record, and it is as read."""
        name: Any = People.turns if verified else People.unsigned_turns
        return _change_text(worker, name, turns.to_text(old), turns.to_text(new))

    def let_pass(
        self, worker: str, verified: bool, call_ms: int, now_ms: int, most: int
    ) -> tuple[Standing, bool]:
        """Count a call that was let pass, once; return the standing as it is then, and whether it
        was counted just now.

        Condition: the worker is on record, and nothing was counted meanwhile; else it looks again.
        """
        return self._stand(
            worker, verified,
            lambda old: None if old.knows(call_ms) else old.after_unanswered(call_ms, now_ms, most),
        )  # fmt: skip

    def answered(self, worker: str, verified: bool, at_ms: int) -> None:
        """Set the count back, for calls that began before: no write where there is none. Condition:
        as for `let_pass`."""

        def change(old: Standing) -> Standing | None:
            new = old.after_answered(at_ms)
            return new if new.unanswered != old.unanswered else None

        self._stand(worker, verified, change)

    def _stand(
        self, worker: str, verified: bool, change: Callable[[Standing], Standing | None]
    ) -> tuple[Standing, bool]:
        for _ in range(STANDING_TRIES):
            row = writes.find_item(People, worker, ABOUT, consistent=True)
            if row is None:
                return NEWCOMER, False
            old = _standing(row, verified)
            new = change(old)
            if new is None:
                return old, False
            unanswered, last_call, rests_since = _standing_names(verified)
            same = last_call.does_not_exist() if old.call_ms is None else last_call == old.call_ms
            same &= (
                unanswered == old.unanswered
                if getattr(row, unanswered.attr_name) is not None
                else unanswered.does_not_exist()
            )
            since = new.since_ms
            actions = [
                unanswered.set(new.unanswered),
                last_call.set(new.call_ms),
                rests_since.remove() if since is None else rests_since.set(since),
            ]
            if writes.try_update(People(worker, ABOUT), actions, People.item.exists() & same)[0]:
                return new, True
        raise StoreUnavailable("A worker's calls are counted too quickly; try again.")

    def earners(self, worker: str, verified: bool) -> list[Earner]:
        """Read, consistently, which seats of a worker earn by waiting: 1 unit."""
        row = writes.find_item(People, worker, ABOUT, consistent=True)
        name = _earners_name(verified)
        return [] if row is None else earning.of_text(getattr(row, name.attr_name))

    def set_earners(
        self, worker: str, verified: bool, old: Sequence[Earner], new: Sequence[Earner]
    ) -> bool:
        """Write which seats earn. Condition: the worker is on record, and they are as read."""
        name = _earners_name(verified)
        return _change_text(worker, name, earning.to_text(old), earning.to_text(new))

    def take_part(self, part: Part) -> None:
        """Record that somebody took part, once; the market has yet to be told."""
        row = People(
            part.mark, PART + part.proto, proto=part.proto, assignment=part.assignment,
            market=part.market, at=part.at_ms, who=part.worker, ungranted=part.proto,
        )  # fmt: skip
        writes.try_put(row, People.item.does_not_exist())

    def parts(self, mark: str, protos: Sequence[str]) -> list[Part]:
        """Read, consistently, which of these ProtoHITs somebody took part in: 1 unit each."""
        keys = [(mark, PART + proto) for proto in protos]
        return [_part(row) for row in People.batch_get(keys, consistent_read=True)]

    def ungranted(self, proto: str, limit: int) -> list[Part]:
        """Give some who took part and whom the market was not told of."""
        keys = [(r.worker, r.item) for r in People.ungranted_index.query(proto, limit=limit)]
        rows = list(People.batch_get(keys)) if keys else []
        return [_part(row) for row in rows if row.ungranted and row.who]

    def granted(self, part: Part) -> None:
        """Record that the market was told."""
        row = People(part.mark, PART + part.proto)
        writes.try_update(row, [People.ungranted.remove()], People.item.exists())

    def tell(self, told: Sequence[Told]) -> None:
        """Note what was asked about workers; one write each."""
        for one in told:
            row = People(one.worker, f"{TOLD}{one.at_ms:013d}#{one.id}", at=one.at_ms, about=one.id,
                         shelf=TOLD_SHELF)  # fmt: skip
            writes.try_put(row, People.item.does_not_exist())

    def told(self, worker: str, before: str | None, limit: int) -> tuple[list[Told], str | None]:
        """Give what was asked about a worker, the newest first, and where to go on."""
        rows = self._page(worker, TOLD, before, limit)
        more = rows[limit - 1].item.removeprefix(TOLD) if len(rows) > limit else None
        return [Told(r.worker, int(r.at or 0), r.about or "") for r in rows[:limit]], more

    def older(self, proto: str, before_ms: int) -> Iterator[Stay]:
        """Give the stays of a ProtoHIT that began before then, the oldest first."""
        for key in People.proto_index.query(proto, People.item < f"{STAY}{before_ms:013d}"):
            row = writes.find_item(People, key.worker, key.item, consistent=True)
            if row is not None:
                yield _stay(row)

    def told_before(self, before_ms: int) -> Iterator[Told]:
        """Give what was asked about anybody before then, the oldest first."""
        until = People.item < f"{TOLD}{before_ms:013d}"
        for key in People.proto_index.query(TOLD_SHELF, until):
            at, _, name = key.item.removeprefix(TOLD).partition("#")
            yield Told(key.worker, int(at), name)

    def forget_stay(self, stay: Stay) -> None:
        writes.delete(People(stay.worker, STAY + stay.name))

    def forget_told(self, told: Told) -> None:
        writes.delete(People(told.worker, f"{TOLD}{told.at_ms:013d}#{told.id}"))

    def forget_who(self, mark: str, proto: str) -> None:
        """Forget whose part it is; that somebody of this mark took part stays."""
        writes.try_update(
            People(mark, PART + proto),
            [People.who.remove(), People.assignment.set("-"), People.ungranted.remove()],
            People.item.exists(),
        )

    def forget_about(self, worker: str) -> None:
        writes.delete(People(worker, ABOUT))

    def ask_erasure(self, worker: str, now_ms: int) -> None:
        """Record that a worker's data is to be deleted, once."""
        row = People(worker, ERASE, roll=ERASE, at=now_ms)
        writes.try_put(row, People.item.does_not_exist())

    def erasure_asked(self, worker: str) -> int | None:
        row = writes.find_item(People, worker, ERASE, consistent=True)
        return None if row is None else int(row.at or 0)

    def to_erase(self) -> list[str]:
        return [row.worker for row in People.roll_index.query(ERASE)]

    def erased(self, worker: str) -> None:
        writes.delete(People(worker, ERASE))

    def _page(
        self, worker: str, kind: str, before: str | None, limit: int, consistent: bool = False
    ) -> list[Any]:
        high = kind + (AFTER_DIGITS if before is None else before)
        found: Iterator[Any] = People.query(
            worker, People.item.between(kind, high), scan_index_forward=False, limit=limit + 2,
            consistent_read=consistent,
        )  # fmt: skip
        return [row for row in found if row.item != high]


def _change_text(worker: str, name: Any, was: str | None, text: str | None) -> bool:
    if was == text:
        return True
    same = name.does_not_exist() if was is None else name == was
    action = name.remove() if text is None else name.set(text)
    done, _ = writes.try_update(People(worker, ABOUT), [action], People.item.exists() & same)
    return done


def _row(stay: Stay) -> People:
    return People(
        stay.worker, STAY + stay.name, shelf=stay.proto, at=stay.arrived_ms, proto=stay.proto,
        assignment=stay.assignment, epoch=stay.epoch, hit=stay.hit, market=stay.market,
        began=stay.began_ms, home=stay.home, work_of=stay.work_of, submitted=stay.submitted_ms,
        waited=stay.waited_ms, answered=stay.answered_ms,
    )  # fmt: skip


def _standing_names(verified: bool) -> tuple[Any, Any, Any]:
    if verified:
        return People.unanswered, People.last_call, People.rests_since
    return People.unsigned_unanswered, People.unsigned_last_call, People.unsigned_rests_since


def _standing(row: Any, verified: bool) -> Standing:
    unanswered, *times = (getattr(row, a.attr_name) for a in _standing_names(verified))
    call_ms, since_ms = (None if at is None else int(at) for at in times)
    return Standing(int(unanswered or 0), call_ms, since_ms)


def _earners_name(verified: bool) -> Any:
    return People.earners if verified else People.unsigned_earners


def _part(row: Any) -> Part:
    return Part(row.worker, row.proto, row.who or "", row.assignment, row.market or "", int(row.at))


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
