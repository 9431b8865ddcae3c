"""How long a HIT may keep its worker waiting, said by a word of its annotation.

The protocol has no field for it. `max-wait=300` in `RequesterAnnotation` is a convention of ours:
our marketplace shows it to workers, and for any other market it is a note like any other.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"(?:^|\s)max-wait=([0-9]{1,8})(?=\s|$)", re.ASCII)


def annotated(annotation: str, max_wait_s: int) -> str:
    """The annotation with the longest wait added to it."""
    return f"{annotation} max-wait={max_wait_s}".lstrip()


def max_wait_s(annotation: str | None) -> int | None:
    """The longest wait in seconds that an annotation names; None: it names none."""
    found = _WORD.search(annotation or "")
    return int(found[1]) if found else None
