"""What a recovered service must know before it goes on: it posts nothing until somebody says so,
and its markets may know of payments that it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.kit.clock import Clock
from chalicelib.retainer.store.notes import RECOVERED
from operate import leases
from operate.backup.items import Item
from operate.backup.tables import Tables

_KEY = {"name": {"S": RECOVERED}}

LOOK_FIRST = timedelta(days=90)
"""How long payments are looked up at their market before they are sent: the 35 days that a table
can be taken back, and the longest that work may lie there before it is paid."""


def is_ready(tables: Tables) -> bool:
    return _note(tables) is not None


def make_ready(tables: Tables, clock: Clock, say: Callable[[str], None]) -> list[str]:
    """Stop all posting, and note until when markets may know more than the ledger; return the
    ProtoHITs that were running when the tables were first made ready.

    A write for each that runs, and one: in an order in which a crash leaves them stopped.
    """
    client = tables.client
    leases.end_all(tables)
    before = _note(tables)
    running = set() if before is None else set(before.get("asked", {"SS": []})["SS"])
    found = [
        row
        for row in tables.items("protohits")
        if not row.get("stopped", {}).get("BOOL") and "archived" not in row
    ]
    running |= {str(row["hit_type_id"]["S"]) for row in found}
    until_ms = clock.now_ms() + int(LOOK_FIRST.total_seconds() * 1000)
    item: dict[str, Any] = {
        **_KEY,
        "until": {"N": str(until_ms)},
        "holder": {"S": tables.config.table_prefix},
    }
    if running:
        item["asked"] = {"SS": sorted(running)}
    # First the note: once something is stopped, nothing else tells that it was running.
    client.put_item(TableName=tables.full_name("notes"), Item=item)
    for row in found:
        client.update_item(
            TableName=tables.full_name("protohits"),
            Key={"hit_type_id": row["hit_type_id"]},
            UpdateExpression="SET stopped = :yes",
            ConditionExpression="attribute_exists(hit_type_id)",
            ExpressionAttributeValues={":yes": {"BOOL": True}},
        )
    say(f"{tables.full_name('…')}: posting is stopped; running were {_named(running)}")
    return sorted(running)


def _note(tables: Tables) -> Item | None:
    """The row of these tables; one that was restored with them is of an earlier recovery."""
    found: Item | None = tables.client.get_item(
        TableName=tables.full_name("notes"), Key=_KEY, ConsistentRead=True
    ).get("Item")
    is_own = found is not None and found.get("holder") == {"S": tables.config.table_prefix}
    return found if is_own else None


def _named(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
