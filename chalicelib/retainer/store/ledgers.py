"""Ledgers: the only place where a slot is given, taken back and acknowledged.

Every verb is one conditional `UpdateItem` of the ledger: 1 write unit for each KB of it (2 up to
20 claims, 9 up to 100), and 1 more where the board's index changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pynamodb.expressions.condition import Condition, size

from chalicelib.kit.dynamo import writes
from chalicelib.retainer.domain.pacing import PoolRow
from chalicelib.retainer.domain.ports import BOARD_ROWS, Board, Written
from chalicelib.retainer.domain.reports import NOTHING_TOLD, Report
from chalicelib.retainer.domain.reservations import (
    FOR_SIGNED_MS,
    BoardRow,
    Claim,
    EndedBy,
    Ledger,
    Lost,
)
from chalicelib.retainer.domain.sharing import Sharing
from chalicelib.retainer.store.ledger_rows import (
    board_row_of,
    entry_of,
    ledger_of,
    pool_of,
    shared_of,
)
from chalicelib.retainer.store.ledger_writes import (
    free_rank,
    free_row,
    full,
    full_row,
    needs_answers,
    off_the_board,
    open_stage,
    run_stage,
    running,
    taken_back,
    takes_more,
    unchanged,
)
from chalicelib.retainer.store.pool_rows import PoolRows
from chalicelib.retainer.store.tables import Ledgers, Undone
from chalicelib.retainer.store.ttl import ttl_after


class DynamoLedgers(PoolRows):
    def create(self, ledger: Ledger) -> None:
        """Write a new ledger, with the empty map of claims; does nothing if it is there."""
        row = Ledgers(
            ledger.id, proto=ledger.proto, slots=ledger.slots, distinct=ledger.distinct,
            spare=ledger.spare or None, start=ledger.start_ms, ack_within=ledger.ack_within_ms,
            need=ledger.need, policy=None if ledger.need is None else ledger.policy.value,
            probability=None if ledger.need is None else ledger.probability,
            answer_within=ledger.answer_within_ms, timeout=ledger.timeout_ms, lease=ledger.lease_ms,
            acked=0, claims={}, left={},
            undone=ledger.proto, stage=open_stage(ledger),
            pool=None if ledger.sharing is None else shared_of(ledger.proto, ledger.sharing),
            ttl=ttl_after(ledger.start_ms),
        )  # fmt: skip
        writes.try_put(row, Ledgers.id.does_not_exist())

    def get(self, reservation: str, *, consistent: bool = True) -> Ledger | None:
        row = writes.find_item(Ledgers, reservation, consistent=consistent)
        return None if row is None else ledger_of(row)

    def get_many(self, reservations: Sequence[str]) -> dict[str, Ledger]:
        return {row.id: ledger_of(row) for row in Ledgers.batch_get(list(reservations))}

    def enter(self, ledger_id: str, claim: Claim, slots: int) -> Written:
        """Give a slot. Condition: running and in time, not held by this key, fewer than `slots`
        claims, and not enough answers yet."""
        done, row = writes.try_update(
            Ledgers(ledger_id),
            [Ledgers.claims[claim.key].set(entry_of(claim))],
            takes_more(claim.at_ms)
            & Ledgers.claims[claim.key].does_not_exist()
            & (size(Ledgers.claims) < slots)
            & needs_answers(),
        )
        return _written(done, row)

    def swap(self, ledger: Ledger, old: Claim, new: Claim, why: Lost | None) -> Written:
        """Give a claim's slot to another, since its worker has lost it or, without a `why`, nobody
        signed for them. Condition: it is as it was read."""
        fewer = ledger.without(old)
        after = replace(fewer, claims={**fewer.claims, new.key: new})
        actions: list[Any] = [Ledgers.claims[new.key].set(entry_of(new))]
        actions += taken_back(ledger, old, why, new.at_ms)
        condition = takes_more(new.at_ms) & unchanged(old)
        if old.ack_ms is None:
            condition &= needs_answers()
        if new.key != old.key:
            actions.append(Ledgers.claims[old.key].remove())
            condition &= Ledgers.claims[new.key].does_not_exist()
        if ledger.is_full:
            actions += full_row(after, after.earliest_deadline_ms() or new.at_ms)
            # Or a slot that has fallen free meanwhile would be hidden from the board.
            condition &= size(Ledgers.claims) >= ledger.slots
        elif ledger.has_enough:
            actions += free_row(after)
        done, row = writes.try_update(Ledgers(ledger.id), actions, condition)
        return _written(done, row)

    def vouch(self, ledger: Ledger, claim: Claim) -> Ledger:
        """Keep a claim from being taken over: its market has the work. Condition: this seat holds
        it. Return the ledger as it is then."""
        path = Ledgers.claims[claim.key]
        is_its = path["s"] == claim.seat_id
        _, row = writes.try_update(Ledgers(ledger.id), [path["u"].remove()], is_its)
        return ledger if row is None else ledger_of(row)

    def hand_in(self, ledger: Ledger, claim: Claim, at_ms: int) -> Ledger:
        """Note that the market has a claim's work: it ends, and its slot stays taken. Condition:
        this seat holds it, once. Return the ledger as it is then."""
        path = Ledgers.claims[claim.key]
        condition = (path["s"] == claim.seat_id) & path["e"].does_not_exist()
        _, row = writes.try_update(
            Ledgers(ledger.id), [path["e"].set(max(0, at_ms - claim.at_ms))], condition
        )
        return ledger if row is None else ledger_of(row)

    def leave(
        self, ledger: Ledger, claim: Claim, now_ms: int, why: Lost | None = None,
        since_ms: int | None = None,
    ) -> bool:  # fmt: skip
        """Free a slot. Condition: this seat holds it, as it was read. Puts a running reservation on
        the board; if it was full, as free since then: who let a call pass comes after others."""
        path = Ledgers.claims[claim.key]
        after = ledger.without(claim)
        actions: list[Any] = [path.remove(), *taken_back(ledger, claim, why, now_ms)]
        condition = (path["s"] == claim.seat_id) & path["e"].does_not_exist()
        if claim.ack_ms is not None:
            condition &= path["k"].exists()
        else:
            condition &= path["k"].does_not_exist()
        if ledger.is_running and not after.has_enough:
            actions += free_row(after, since_ms if ledger.is_full else None)
            condition &= running()
        done, _ = writes.try_update(Ledgers(ledger.id), actions, condition)
        return done

    def rename(self, ledger: Ledger, claim: Claim, worker: str) -> bool:
        """Give a claim another worker's name, a mark; in one write. Condition: it is as it was
        read."""
        key = ledger.key_for(worker, claim.seat_id)
        path = Ledgers.claims[claim.key]
        if key == claim.key:
            actions = [path["w"].set(worker)]
        else:
            actions = [Ledgers.claims[key].set(path), path.remove()]
        condition = (path["s"] == claim.seat_id) & (path["t"] == claim.at_ms)
        done, _ = writes.try_update(Ledgers(ledger.id), actions, condition)
        return done

    def rename_gone(self, ledger: Ledger, seat_id: str, worker: str) -> None:
        """Give a lost claim another worker's name, a mark. Condition: it is there."""
        path = Ledgers.left[seat_id]
        writes.try_update(Ledgers(ledger.id), [path["w"].set(worker)], path.exists())

    def mark_full(self, ledger: Ledger) -> None:
        """Tell polls until when they would try in vain; off the board if nothing is to come.

        A hint: condition is only that no slot is free now, or that enough have answered.
        """
        until = ledger.earliest_deadline_ms()
        condition = full(ledger)
        if ledger.is_settled and not ledger.has_enough:
            condition &= Ledgers.acked >= ledger.slots
        if until is None and ledger.is_settled and not ledger.unsigned_claims:
            actions: Sequence[Any] = off_the_board()
        elif ledger.is_settled and ledger.unsigned_claims:
            # Deadlines are the sizing run's, then: signed workers look each time.
            actions = full_row(ledger, FOR_SIGNED_MS)
            condition &= Ledgers.board.exists()
        elif until is None or until == ledger.full_until_ms:
            return
        else:
            actions = full_row(ledger, until)
            condition &= Ledgers.board.exists()
        writes.try_update(Ledgers(ledger.id), actions, condition)

    def show(
        self, ledger: Ledger, claim: Claim, now_ms: int, ack: bool, told: Report = NOTHING_TOLD
    ) -> Written:
        """Record that the page has got the task, or with `ack` that a person answered; and when
        that was by the page's reckoning.

        Condition: this seat still holds the claim, that was not recorded before, and where the
        first answers are enough, there are not so many yet.
        """
        path = Ledgers.claims[claim.key]
        actions: list[Any] = []
        condition = path["s"] == claim.seat_id
        if claim.shown_ms is None:
            actions.append(path["h"].set(now_ms))
            if told.shown_ms is not None and told.shown_ms < now_ms:
                actions.append(path["i"].set(now_ms - told.shown_ms))
            condition &= path["h"].does_not_exist()
        if ack:
            actions += [path["k"].set(now_ms), Ledgers.acked.add(1)]
            if told.ack_ms is not None and told.ack_ms < now_ms:
                actions.append(path["j"].set(now_ms - told.ack_ms))
            condition &= path["k"].does_not_exist() & needs_answers()
        if claim.seen_ms is None and told.seen_ms is not None:
            actions.append(path["n"].set(told.seen_ms - claim.at_ms))
        if told.muted and not claim.muted:
            actions.append(path["m"].set(1))
        done, row = writes.try_update(Ledgers(ledger.id), actions, condition)
        return _written(done, row)

    def invoke(
        self, ledger: Ledger, now_ms: int, slots: int | None = None, timeout_ms: int | None = None
    ) -> Written:
        """Put a reservation on the board of the pool that it was read with; `bring` puts it on
        another. Condition: made, not invoked, not done. One write.

        `slots`, if given, is how many are called, `timeout_ms` after how long it ends.
        """
        more = [] if slots is None else [Ledgers.slots.set(slots)]
        timeout_ms = timeout_ms or ledger.timeout_ms
        if timeout_ms is not None:
            more += [Ledgers.timeout.set(timeout_ms), Ledgers.ends.set(now_ms + timeout_ms)]
        done, row = writes.try_update(
            Ledgers(ledger.id),
            [
                *more,
                Ledgers.invoked.set(now_ms),
                Ledgers.board.set(ledger.pool_id),
                Ledgers.rank.set(free_rank(ledger.id, now_ms)),
                Ledgers.stage.set(f"run#{now_ms:013d}#{ledger.id}"),
            ],
            Ledgers.id.exists() & Ledgers.invoked.does_not_exist() & Ledgers.done.does_not_exist(),
        )
        return _written(done, row)

    def finish(self, ledger: Ledger, now_ms: int, by: EndedBy) -> bool:
        """End a reservation; no more workers are sent. Condition: not done; by its own time or
        lease, also that this is as it was read."""
        condition = Ledgers.id.exists() & Ledgers.done.does_not_exist()
        if by is EndedBy.TIMEOUT and ledger.ends_ms is not None:
            condition &= Ledgers.ends == ledger.ends_ms
        if by is EndedBy.LEASE and ledger.leased_ms is not None:
            condition &= Ledgers.leased == ledger.leased_ms
        elif by is EndedBy.LEASE:
            condition &= Ledgers.leased.does_not_exist()
        done, _ = writes.try_update(
            Ledgers(ledger.id),
            [
                Ledgers.done.set(now_ms),
                Ledgers.ended.set(by.value),
                Ledgers.cancelled.set(by is EndedBy.CANCELLED),
                *off_the_board(),
                Ledgers.undone.remove(), Ledgers.stage.remove(),
            ],
            condition,
        )  # fmt: skip
        return done

    def unfinish(self, ledger: Ledger, now_ms: int) -> bool:
        """Take a reservation up again, on the board if it was invoked, with its time and its lease
        anew. Condition: done."""
        actions: list[Any] = [
            Ledgers.done.remove(), Ledgers.cancelled.remove(), Ledgers.ended.remove(),
            Ledgers.undone.set(ledger.proto),
        ]  # fmt: skip
        if ledger.lease_ms is not None:
            actions.append(Ledgers.leased.set(now_ms))
        if ledger.invoked_ms is None:
            actions.append(Ledgers.stage.set(open_stage(ledger)))
        else:
            actions += [Ledgers.stage.set(run_stage(ledger)), *free_row(ledger)]
            if ledger.timeout_ms is not None:
                actions.append(Ledgers.ends.set(now_ms + ledger.timeout_ms))
        done, _ = writes.try_update(Ledgers(ledger.id), actions, Ledgers.done.exists())
        return done

    def take_off(self, ledger: Ledger) -> None:
        """Take a reservation off the board whose time is over; the sizing run ends it. Condition:
        its time is as it was read."""
        writes.try_update(Ledgers(ledger.id), off_the_board(), Ledgers.ends == ledger.ends_ms)

    def renew(self, ledger: Ledger, now_ms: int) -> None:
        """Note that somebody has read the results. Condition: not done."""
        condition = Ledgers.id.exists() & Ledgers.done.does_not_exist()
        writes.try_update(Ledgers(ledger.id), [Ledgers.leased.set(now_ms)], condition)

    def hold(self, ledger: Ledger, until_ms: int) -> bool:
        """Have nobody called until then. Condition: nobody was yet."""
        condition = Ledgers.id.exists() & (size(Ledgers.claims) < 1)
        condition &= Ledgers.released.does_not_exist()
        done, _ = writes.try_update(Ledgers(ledger.id), [Ledgers.held.set(until_ms)], condition)
        return done

    def let_go(self, ledger: Ledger) -> None:
        writes.try_update(Ledgers(ledger.id), [Ledgers.held.remove()], Ledgers.id.exists())

    def bring(self, ledger: Ledger, sharing: Sharing | None) -> None:
        """Have a running reservation served by another pool, None being its ProtoHIT's own.

        Condition: it runs, and is on a board or off it, as it was read.
        """
        pool = ledger.proto if sharing is None else sharing.pool
        actions: list[Any] = [
            Ledgers.pool.remove()
            if sharing is None
            else Ledgers.pool.set(shared_of(ledger.proto, sharing))
        ]
        if ledger.board is None:
            there: Condition = Ledgers.board.does_not_exist()
        else:
            there = Ledgers.board.exists()
            actions.append(Ledgers.board.set(pool))
        writes.try_update(Ledgers(ledger.id), actions, running() & there)

    def board(self, proto: str, most: int = BOARD_ROWS) -> Board:
        """Read a pool's row and its running reservations, free ones first, oldest first; `most`
        rows in all.

        Half a unit for each 4 KB, eventually consistent.
        """
        pool: PoolRow | None = None
        rows: list[BoardRow] = []
        for row in Ledgers.board_index.query(proto, limit=most, page_size=most):
            if row.rank == "0":
                pool = pool_of(row)
            else:
                rows.append(board_row_of(row))
        return Board(pool, rows)

    def undone(self, proto: str, limit: int | None = None) -> Iterator[Ledger]:
        """Give what is not done, the soonest due first; `slots`, `start` and `invoked` only."""
        for row in Ledgers.undone_index.query(proto, limit=limit):
            yield ledger_of(row)

    def open_page(self, protos: Sequence[str], after: Ledger | None, limit: int) -> list[str]:
        """Give the ids of what is not done, `limit` at most, from behind `after` on: what runs, the
        youngest invoke first, then what waits for its time, the soonest due first; by ProtoHIT.

        One query of the index for each ProtoHIT and kind until there are enough.
        """
        ids: list[str] = []
        kinds = [(proto, "run#") for proto in protos] + [(proto, "open#") for proto in protos]
        stage = ""
        if after is not None:
            runs = after.invoked_ms is not None
            stage = run_stage(after) if runs else open_stage(after)
            here = (after.proto, "run#" if runs else "open#")
            kinds = kinds[kinds.index(here) :] if here in kinds else kinds
        for n, (proto, kind) in enumerate(kinds):
            runs = kind == "run#"
            low, high = kind, f"{kind}~"
            if after is not None and n == 0:
                low, high = (kind, stage) if runs else (stage, f"{kind}~")
            rows = Ledgers.undone_index.query(
                proto, Undone.stage.between(low, high), scan_index_forward=not runs,
                limit=limit - len(ids) + 1,
            )  # fmt: skip
            ids += [row.id for row in rows if after is None or row.id != after.id]
            if len(ids) >= limit:
                break
        return ids[:limit]


def _written(done: bool, row: Ledgers | None) -> Written:
    return Written(done, None if row is None else ledger_of(row))
