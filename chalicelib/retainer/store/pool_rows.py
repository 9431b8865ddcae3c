"""Pool rows: what pacing needs of a pool, in one small item that comes first on its board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.kit.dynamo import writes
from chalicelib.retainer.domain.pacing import PoolRow
from chalicelib.retainer.store.ledger_rows import pool_of
from chalicelib.retainer.store.tables import Ledgers


class PoolRows:
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
        writes.try_update(Ledgers(_pool_id(row.proto)), actions, Ledgers.claims.does_not_exist())

    def add_arrival(self, proto: str, verified: bool, *, back: bool = False) -> None:
        """Count an arrival until the next sizing run counts the seats themselves; `back`, somebody
        who was taken off. Condition for a new one that nobody signed for: none is there who was."""
        actions: list[Any] = [Ledgers.waiting.add(1)]
        condition: Condition = Ledgers.id.exists()
        if verified:
            actions.append(Ledgers.verified.add(1))
        elif not back:
            condition &= Ledgers.verified.does_not_exist() | (Ledgers.verified <= 0)
        writes.try_update(Ledgers(_pool_id(proto)), actions, condition)

    def get_pool(self, proto: str) -> PoolRow | None:
        row = writes.find_item(Ledgers, _pool_id(proto), consistent=True)
        return None if row is None else pool_of(row)

    def pools(self, protos: Sequence[str]) -> dict[str, PoolRow]:
        """Read the rows of several pools at once: half a unit each, eventually consistent."""
        keys = [_pool_id(proto) for proto in protos]
        found = [pool_of(row) for row in Ledgers.batch_get(keys)] if keys else []
        return {row.proto: row for row in found}


def _pool_id(proto: str) -> str:
    return f"pool#{proto}"
