"""Ledgers: the only place where a slot is given, taken back and acknowledged.

Every verb is one conditional `UpdateItem` of the ledger: 1 write unit for each KB of it (2 up to
20 claims, 9 up to 100), and 1 more where the board's index changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pynamodb.expressions.condition import Condition, size

from chalicelib.retainer.domain.pacing import PoolRow
from chalicelib.retainer.domain.ports import BOARD_ROWS, Board, Written
from chalicelib.retainer.domain.reports import NOTHING_TOLD, Report
from chalicelib.retainer.domain.reservations import FOR_SIGNED_MS, BoardRow, Claim, Ledger
from chalicelib.retainer.domain.sharing import Sharing
from chalicelib.retainer.store import writes
from chalicelib.retainer.store.ledger_rows import (
    AUTO,
    board_row_of,
    entry_of,
    ledger_of,
    pool_of,
    shared_of,
    with_claims,
)
from chalicelib.retainer.store.tables import Ledgers, Undone


class DynamoLedgers:
    def create(self, ledger: Ledger) -> None:
        """Write a new ledger, with the empty map of claims; does nothing if it is there."""
        row = Ledgers(
            ledger.id, proto=ledger.proto, slots=ledger.slots, distinct=ledger.distinct,
            spare=ledger.spare or None, start=ledger.start_ms, ack_within=ledger.ack_within_ms,
            need=ledger.need, policy=None if ledger.need is None else ledger.policy.value,
            probability=None if ledger.need is None else ledger.probability,
            acked=0, claims={}, undone=ledger.proto, stage=_open_stage(ledger),
            pool=None if ledger.sharing is None else shared_of(ledger.proto, ledger.sharing),
            ttl=writes.ttl_after(ledger.start_ms),
        )  # fmt: skip
        writes.put_new(row, Ledgers.id.does_not_exist())

    def get(self, reservation: str, *, consistent: bool = True) -> Ledger | None:
        row = writes.get(Ledgers, reservation, consistent=consistent)
        return None if row is None else ledger_of(row)

    def get_many(self, reservations: Sequence[str]) -> dict[str, Ledger]:
        return {row.id: ledger_of(row) for row in Ledgers.batch_get(list(reservations))}

    def enter(self, ledger_id: str, claim: Claim, slots: int) -> Written:
        """Give a slot. Condition: running, not held by this key, fewer than `slots` claims, and not
        enough answers yet."""
        done, row = writes.update(
            Ledgers(ledger_id),
            [Ledgers.claims[claim.key].set(entry_of(claim))],
            _running()
            & Ledgers.claims[claim.key].does_not_exist()
            & (size(Ledgers.claims) < slots)
            & _needs_answers(),
        )
        return _written(done, row)

    def swap(self, ledger: Ledger, old: Claim, new: Claim) -> Written:
        """Give a claim's slot to another, an unanswered one's or one that nobody signed for.
        Condition: it is as it was read."""
        claims = {key: c for key, c in ledger.claims.items() if key != old.key} | {new.key: new}
        until = with_claims(ledger, claims).earliest_deadline_ms() or new.at_ms
        actions: list[Any] = [Ledgers.claims[new.key].set(entry_of(new)), Ledgers.released.add(1)]
        condition = _running() & _unchanged(old) & _needs_answers()
        if old.ack_ms is not None:
            actions.append(Ledgers.acked.add(-1))
        if new.key != old.key:
            actions.append(Ledgers.claims[old.key].remove())
            condition &= Ledgers.claims[new.key].does_not_exist()
        if ledger.is_full:
            actions += [
                Ledgers.full_until.set(until),
                Ledgers.rank.set(_full_rank(ledger.id, until)),
            ]
            # Or a slot that has fallen free meanwhile would be hidden from the board.
            condition &= size(Ledgers.claims) >= ledger.slots
        done, row = writes.update(Ledgers(ledger.id), actions, condition)
        return _written(done, row)

    def vouch(self, ledger: Ledger, claim: Claim) -> Ledger:
        """Keep a claim from being taken over: its market has the work. Condition: this seat holds
        it. Return the ledger as it is then."""
        path = Ledgers.claims[claim.key]
        _, row = writes.update(Ledgers(ledger.id), [path["u"].remove()], path["s"] == claim.seat_id)
        return ledger if row is None else ledger_of(row)

    def leave(self, ledger: Ledger, claim: Claim, now_ms: int | None = None) -> bool:
        """Free a slot. Condition: this seat holds it. Puts a running reservation on the board, if
        it was full as free since `now_ms`."""
        path = Ledgers.claims[claim.key]
        actions: list[Any] = [path.remove(), Ledgers.released.add(1)]
        if now_ms is not None and ledger.is_full:
            actions.append(Ledgers.full_until.set(now_ms))
        else:
            actions.append(Ledgers.full_until.remove())
        condition = path["s"] == claim.seat_id
        if claim.ack_ms is not None:
            actions.append(Ledgers.acked.add(-1))
            condition &= path["k"].exists()
        else:
            condition &= path["k"].does_not_exist()
        if ledger.is_running and ledger.invoked_ms is not None and not ledger.has_enough:
            actions += [
                Ledgers.board.set(ledger.pool_id),
                Ledgers.rank.set(_free_rank(ledger.id, ledger.invoked_ms)),
            ]
            condition &= _running()
        done, _ = writes.update(Ledgers(ledger.id), actions, condition)
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
        done, _ = writes.update(Ledgers(ledger.id), actions, condition)
        return done

    def mark_full(self, ledger: Ledger) -> None:
        """Tell polls until when they would try in vain; off the board if all is acknowledged.

        A hint: condition is only that no slot is free now, or that enough have answered.
        """
        if ledger.has_enough:
            writes.update(
                Ledgers(ledger.id),
                [Ledgers.board.remove(), Ledgers.rank.remove(), Ledgers.full_until.remove()],
                _running() & (Ledgers.acked >= Ledgers.need),
            )
            return
        full = _running() & (size(Ledgers.claims) >= ledger.slots)
        until = ledger.earliest_deadline_ms()
        if until is None and ledger.unsigned_claims:
            writes.update(
                Ledgers(ledger.id),
                [
                    Ledgers.full_until.set(FOR_SIGNED_MS),
                    Ledgers.rank.set(f"3#{ledger.id}"),
                ],
                full & Ledgers.board.exists() & (Ledgers.acked >= ledger.slots),
            )
            return
        if ledger.is_settled or until is None:
            writes.update(
                Ledgers(ledger.id),
                [Ledgers.board.remove(), Ledgers.rank.remove(), Ledgers.full_until.remove()],
                full & (Ledgers.acked >= ledger.slots),
            )
            return
        if until == ledger.full_until_ms:
            return
        writes.update(
            Ledgers(ledger.id),
            [Ledgers.full_until.set(until), Ledgers.rank.set(_full_rank(ledger.id, until))],
            full & Ledgers.board.exists(),
        )

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
            condition &= path["k"].does_not_exist() & _needs_answers()
        if claim.seen_ms is None and told.seen_ms is not None:
            actions.append(path["n"].set(told.seen_ms - claim.at_ms))
        done, row = writes.update(Ledgers(ledger.id), actions, condition)
        return _written(done, row)

    def invoke(self, ledger: Ledger, now_ms: int, slots: int | None = None) -> Written:
        """Put a reservation on the board of the pool that it was read with; `bring` puts it on
        another. Condition: made, not invoked, not done. One write.

        `slots`, if given, is how many are called.
        """
        more = [] if slots is None else [Ledgers.slots.set(slots)]
        done, row = writes.update(
            Ledgers(ledger.id),
            [
                *more,
                Ledgers.invoked.set(now_ms),
                Ledgers.board.set(ledger.pool_id),
                Ledgers.rank.set(_free_rank(ledger.id, now_ms)),
                Ledgers.stage.set(f"run#{now_ms:013d}#{ledger.id}"),
            ],
            Ledgers.id.exists() & Ledgers.invoked.does_not_exist() & Ledgers.done.does_not_exist(),
        )
        return _written(done, row)

    def finish(self, ledger: Ledger, now_ms: int, cancelled: bool) -> bool:
        """End a reservation; no more workers are sent. Condition: not done."""
        done, _ = writes.update(
            Ledgers(ledger.id),
            [
                Ledgers.done.set(now_ms),
                Ledgers.cancelled.set(cancelled),
                Ledgers.board.remove(), Ledgers.rank.remove(), Ledgers.full_until.remove(),
                Ledgers.undone.remove(), Ledgers.stage.remove(),
            ],
            Ledgers.id.exists() & Ledgers.done.does_not_exist(),
        )  # fmt: skip
        return done

    def unfinish(self, ledger: Ledger) -> bool:
        """Take a reservation up again, on the board if it was invoked. Condition: done."""
        actions: list[Any] = [Ledgers.done.remove(), Ledgers.cancelled.remove()]
        actions.append(Ledgers.undone.set(ledger.proto))
        if ledger.invoked_ms is None:
            actions.append(Ledgers.stage.set(_open_stage(ledger)))
        else:
            actions += [
                Ledgers.stage.set(_run_stage(ledger)),
                Ledgers.board.set(ledger.pool_id),
                Ledgers.rank.set(_free_rank(ledger.id, ledger.invoked_ms)),
            ]
        done, _ = writes.update(Ledgers(ledger.id), actions, Ledgers.done.exists())
        return done

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
        writes.update(Ledgers(ledger.id), actions, _running() & there)

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
            stage = _run_stage(after) if runs else _open_stage(after)
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

    def put_pool(self, row: PoolRow, counted: bool) -> None:
        """Rewrite a pool's row: 2 units. Its workers replace those on record if `counted`, else
        they are added to them."""
        pool = {
            "ready_for": row.ready_for,
            "ready_now": row.ready_now,
            "due": [list(pair) for pair in row.due],
            **({"auto": [list(pair) for pair in row.auto]} if row.auto else {}),
            "reward": row.reward_cents,
            **({"waits": list(row.waits)} if row.waits else {}),
            **({"scarce": [[c.to_text(), n] for c, n in row.scarce]} if row.scarce else {}),
        }
        actions: list[Any] = [
            Ledgers.proto.set(row.proto), Ledgers.board.set(row.proto),
            Ledgers.rank.set("0"), Ledgers.pool.set(pool),
        ]  # fmt: skip
        if counted:
            actions += [
                Ledgers.waiting.set(row.waiting), Ledgers.verified.set(row.verified_waiting),
            ]  # fmt: skip
        else:
            actions += [
                Ledgers.waiting.add(row.waiting), Ledgers.verified.add(row.verified_waiting),
            ]  # fmt: skip
        writes.update(Ledgers(_pool_id(row.proto)), actions, Ledgers.claims.does_not_exist())

    def add_arrival(self, proto: str, verified: bool, *, back: bool = False) -> None:
        """Count an arrival until the next sizing run counts the seats themselves; `back`, somebody
        who was taken off. Condition for a new one that nobody signed for: none is there who was."""
        actions: list[Any] = [Ledgers.waiting.add(1)]
        condition: Condition = Ledgers.id.exists()
        if verified:
            actions.append(Ledgers.verified.add(1))
        elif not back:
            condition &= Ledgers.verified.does_not_exist() | (Ledgers.verified <= 0)
        writes.update(Ledgers(_pool_id(proto)), actions, condition)

    def get_pool(self, proto: str) -> PoolRow | None:
        row = writes.get(Ledgers, _pool_id(proto), consistent=True)
        return None if row is None else pool_of(row)

    def pools(self, protos: Sequence[str]) -> dict[str, PoolRow]:
        """Read the rows of several pools at once: half a unit each, eventually consistent."""
        keys = [_pool_id(proto) for proto in protos]
        found = [pool_of(row) for row in Ledgers.batch_get(keys)] if keys else []
        return {row.proto: row for row in found}


def _running() -> Condition:
    running: Condition = Ledgers.invoked.exists() & Ledgers.done.does_not_exist()
    return running


def _needs_answers() -> Condition:
    needs: Condition = Ledgers.need.does_not_exist() | (Ledgers.acked < Ledgers.need)
    return needs


def _unchanged(claim: Claim) -> Condition:
    path = Ledgers.claims[claim.key]
    shown = path["h"].does_not_exist() if claim.shown_ms is None else path["h"].exists()
    same: Condition = (path["t"] == claim.at_ms) & (path["s"] == claim.seat_id)
    answered = path["k"].does_not_exist() if claim.ack_ms is None else path["k"].exists()
    unchanged: Condition = same & answered & shown
    return unchanged


def _pool_id(proto: str) -> str:
    return f"pool#{proto}"


def _open_stage(ledger: Ledger) -> str:
    # The index of what is not done knows only what stands in here.
    return f"open#{ledger.start_ms:013d}#{ledger.id}{AUTO if ledger.auto_invoke else ''}"


def _run_stage(ledger: Ledger) -> str:
    return f"run#{ledger.invoked_ms:013d}#{ledger.id}"


def _free_rank(reservation: str, invoked_ms: int) -> str:
    return f"1#{invoked_ms:013d}#{reservation}"


def _full_rank(reservation: str, until_ms: int) -> str:
    return f"2#{until_ms:013d}#{reservation}"


def _written(done: bool, row: Ledgers | None) -> Written:
    return Written(done, None if row is None else ledger_of(row))
