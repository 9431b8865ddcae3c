"""Leases in tables that were brought back: the runs that held them work on other tables."""

from __future__ import annotations

from chalicelib.retainer.store.notes import RECOVERED
from operate.backup.tables import Tables


def end_all(tables: Tables) -> None:
    """End the leases that were held at the moment that the tables are of; a write for each.

    A run that finds one held leaves word with its holder and does nothing, until the lease is over
    by itself. What was asked of a holder stays, for the run that takes the lease next.
    """
    for row in tables.items("notes"):
        if {"holder", "until"} <= set(row) and row["name"] != {"S": RECOVERED}:
            tables.client.update_item(
                TableName=tables.full_name("notes"),
                Key={"name": row["name"]},
                UpdateExpression="REMOVE #holder, #until",
                ConditionExpression="attribute_exists(#name)",
                ExpressionAttributeNames={
                    "#holder": "holder",
                    "#until": "until",
                    "#name": "name",
                },
            )
