"""The ledger as one worker sees it: what they were paid."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.marketplace.domain.earned import Paid
from chalicelib.marketplace.domain.ports import Position
from chalicelib.marketplace.store.ledger_tables import LedgerRow

# A row's key as one word: the account, in capitals, then the kind in lower case, then the rest.
_KEY = re.compile(r"([A-Z0-9]+)(reward|bonus)([A-Za-z0-9]+)", re.ASCII)


class DynamoWorkerPay:
    """Implements `WorkerPayStore`."""

    def paid(
        self, worker_id: str, since_ms: int, before: Position | None, limit: int
    ) -> list[tuple[Position, Paid]]:
        """One query of the index by worker, which no position can lead out of."""
        rows = LedgerRow.by_worker.query(
            worker_id,
            LedgerRow.at_ms >= since_ms,
            scan_index_forward=False,
            limit=limit,
            last_evaluated_key=_start(worker_id, before) if before else None,
        )
        return [(_position(row), _to_paid(row)) for row in rows]


def _position(row: LedgerRow) -> Position:
    _, kind, rest = row.entry.split("#")
    return int(row.at_ms), f"{row.account_id}{kind}{rest}"


def _start(worker_id: str, before: Position) -> dict[str, Any] | None:
    found = _KEY.fullmatch(before[1])
    if found is None:  # somebody made it up: from the beginning
        return None
    return {
        "worker_id": {"S": worker_id},
        "at_ms": {"N": str(before[0])},
        "account_id": {"S": found[1]},
        "entry": {"S": f"{before[0]:013d}#{found[2]}#{found[3]}"},
    }


def _to_paid(row: LedgerRow) -> Paid:
    return Paid(
        kind=row.kind,
        cents=int(row.amount_cents),
        at_ms=int(row.at_ms),
        account_id=row.account_id,
        hit_id=row.hit_id or "",
        assignment_id=row.assignment_id or "",
        reason=row.reason,
    )
