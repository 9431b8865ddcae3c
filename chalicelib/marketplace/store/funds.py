"""Parts of transactions that move a requester's money."""

from __future__ import annotations

from chalicelib.kit.dynamo.writes import Update
from chalicelib.marketplace.store.tables import RequesterRow


def hold(account_id: str, cents: int) -> Update:
    """From available to held; labelled "funds", it fails if there is too little."""
    actions = [RequesterRow.available_cents.add(-cents), RequesterRow.held_cents.add(cents)]
    return Update("funds", RequesterRow(account_id), actions, RequesterRow.available_cents >= cents)


def unhold(account_id: str, cents: int) -> Update:
    actions = [RequesterRow.available_cents.add(cents), RequesterRow.held_cents.add(-cents)]
    return Update("account", RequesterRow(account_id), actions, RequesterRow.account_id.exists())
