"""The versions of what the waiting page and the API say to each other.

A page that is open when a version is deployed goes on with its own scripts, so the API answers the
last two. Whoever opened an older one is told `outdated` and that the wait is over, which every page
understands: it loads itself anew and waits on, or is handed in, and the wait is paid.
"""

from __future__ import annotations

PAGE_VERSION = 3
"""Counted up when a page says or understands something new, here and in `retainer.js`.

1: says no version. 2: reports, and times by our clock. 3: understands `outdated`.
"""

OLDEST_PAGE = PAGE_VERSION - 1


def is_outdated(page: int | None) -> bool:
    """Whether a page is too old to be called. One that says no version is not ours: the original's,
    or one that keeps to docs/api.md by itself, and that is served as ever."""
    return page is not None and page < OLDEST_PAGE
