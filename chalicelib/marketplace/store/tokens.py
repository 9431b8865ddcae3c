"""Idempotency tokens: spent with the write they guard, in one transaction, for 24 hours."""

from __future__ import annotations

from typing import Any

from chalicelib.kit.dynamo.writes import Put
from chalicelib.marketplace.domain.ports import Token
from chalicelib.marketplace.store.tables import TokenRow

LIFETIME_MS = 24 * 3_600_000


def spend(token: Token, hit_id: str | None) -> Put:
    """A write labelled "token" that fails if it was spent within 24 hours."""
    row = TokenRow(
        f"{token.account_id}:{token.text}",
        created_ms=token.now_ms,
        hit_id=hit_id,
        ttl=(token.now_ms + 2 * LIFETIME_MS) // 1000,
    )
    expired = TokenRow.created_ms <= token.now_ms - LIFETIME_MS
    return Put("token", row, TokenRow.token.does_not_exist() | expired)


def hit_of(found: dict[str, Any] | None) -> str:
    """The HIT that a spent token made; empty if it made none."""
    return str((found or {}).get("hit_id", {}).get("S", ""))
