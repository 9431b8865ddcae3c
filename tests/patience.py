"""How long tests wait for what must come: by condition, and until only a broken run still waits.

No test says a number of its own. `TEST_PATIENCE=20` has those that fail do so sooner.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = int(os.environ.get("TEST_PATIENCE", "240"))
"""The slowest test needs about twenty seconds; on a machine ten times slower it needs this."""

PATIENCE_MS = PATIENCE_S * 1000

LONG_S = 5 * PATIENCE_S
"""For whole programs that are run to their end."""

_LOOK_EVERY_S = 0.05
_T = TypeVar("_T")


def until(
    condition: Callable[[], _T | None],
    what: str | Callable[[], str],
    patience_s: float = PATIENCE_S,
) -> _T:
    """Look until there is something, and return it; fail once patience has run out."""
    give_up = time.monotonic() + patience_s
    while not (found := condition()):
        if time.monotonic() > give_up:
            missing = what if isinstance(what, str) else what()
            raise AssertionError(f"not within {patience_s} s: {missing}")
        time.sleep(_LOOK_EVERY_S)
    return found
