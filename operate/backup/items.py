"""Items in DynamoDB's wire form as lines of JSON, and what tells whether two sets are the same."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Item = Mapping[str, Mapping[str, Any]]


def to_line(item: Item) -> bytes:
    """Return an item as one line, the same for the same item."""
    plain = {name: _plain(value) for name, value in item.items()}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def from_line(line: bytes) -> dict[str, Any]:
    """Raises `ValueError` for a line that is no item."""
    found = json.loads(line)
    if not isinstance(found, dict) or not found:
        raise ValueError("not an item")
    return {name: _wire(value) for name, value in found.items()}


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, inner),) = value.items()
    if kind == "B":
        return {kind: base64.b64encode(inner).decode()}
    if kind == "BS":
        return {kind: sorted(base64.b64encode(one).decode() for one in inner)}
    if kind in {"SS", "NS"}:
        return {kind: sorted(inner)}
    if kind == "M":
        return {kind: {name: _plain(one) for name, one in inner.items()}}
    if kind == "L":
        return {kind: [_plain(one) for one in inner]}
    return {kind: inner}


def _wire(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, inner),) = value.items()
    if kind == "B":
        return {kind: base64.b64decode(inner, validate=True)}
    if kind == "BS":
        return {kind: [base64.b64decode(one, validate=True) for one in inner]}
    if kind == "M":
        return {kind: {name: _wire(one) for name, one in inner.items()}}
    if kind == "L":
        return {kind: [_wire(one) for one in inner]}
    return {kind: inner}


@dataclass
class Tally:
    """Counts lines. `digest` is the sum of their hashes, so that their order, which is DynamoDB's
    own in each table, does not matter."""

    items: int = 0
    _sum: int = field(default=0, repr=False)

    def add(self, line: bytes) -> None:
        self.items += 1
        self._sum += int.from_bytes(hashlib.sha256(line).digest(), "big")

    @property
    def digest(self) -> str:
        return f"{self._sum % 2**256:064x}"
