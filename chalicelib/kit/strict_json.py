"""Reads a stranger's JSON: one strictness for every door."""

from __future__ import annotations

import json
import math
from typing import Any


class NotJson(ValueError):
    """A text is no JSON that can be used here."""


class RepeatedName(NotJson):
    """An object has a name twice, so that readers would disagree about its value."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def parse_json(given: str | bytes) -> Any:
    """Return what a JSON text holds, in time linear in its size.

    Raises `NotJson` for what is no JSON (`NaN` and nesting too deep included), for numbers too
    large to hold, and for what is no text: half of a surrogate pair is neither UTF-8 nor storable.
    """
    try:
        found = json.loads(
            given, object_pairs_hook=_as_object, parse_constant=_refuse, parse_float=_finite
        )
        json.dumps(found, ensure_ascii=False).encode()
    except RepeatedName:
        raise
    except (ValueError, RecursionError) as error:
        raise NotJson(type(error).__name__) from None
    return found


def _as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise RepeatedName(name)
        found[name] = value
    return found


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(digits)
    return value
