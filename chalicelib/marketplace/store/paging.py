"""Where a query goes on."""

from __future__ import annotations

from typing import Any

from chalicelib.marketplace.domain.ports import Position


def start_key(
    after: Position | None, part: tuple[str, str], number: str, key: str
) -> dict[str, Any] | None:
    """The key behind which a query of an index goes on; None for its beginning.

    `part` is the index's partition, name and value; `number` and `key` name the attributes that a
    position holds.
    """
    if after is None:
        return None
    return {part[0]: {"S": part[1]}, number: {"N": str(after[0])}, key: {"S": after[1]}}
