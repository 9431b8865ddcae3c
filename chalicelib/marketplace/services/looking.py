"""Pages of lists in which not everything fits what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from chalicelib.marketplace.domain.ports import Position

# In one call: more would keep a caller waiting, and be paid for at every try.
MOST_LOOKED_AT = 1_000
_AT_ONCE = 100

T = TypeVar("T")
R = TypeVar("R")


def look_through(
    read: Callable[[Position | None, int], list[tuple[Position, T]]],
    fitting: Callable[[T], R | None],
    after: Position | None,
    limit: int,
) -> tuple[list[tuple[Position, R]], Position | None]:
    """A page of what fits, and where to go on; None only where there is no more.

    One call looks at a bounded number, so a page may come short, or empty, with more to come.
    `read` gives what follows a place; what does not fit becomes None.
    """
    page: list[tuple[Position, R]] = []
    looked_at, at_once = 0, limit
    while looked_at < MOST_LOOKED_AT:
        found = read(after, at_once)
        if not found:
            return page, None
        for after, item in found:
            looked_at += 1
            wanted = fitting(item)
            if wanted is not None:
                page.append((after, wanted))
            if len(page) == limit:
                return page, after
        at_once = max(limit, _AT_ONCE)
    return page, after
