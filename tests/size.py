"""How much of what is long for length's sake is run: TEST_SIZE=full in `make soak`, else small."""

from __future__ import annotations

import os

FULL = os.environ.get("TEST_SIZE", "small") == "full"


def sized(small: int, full: int) -> int:
    return full if FULL else small
