"""The trail: one log line, "acted", for each request to the API that changes or pays something: by
which key or worker, about what, and how it ended.

Who acted and what about is what was noted of the request (`logs.note`): the name of a key, never
the key; a worker's id, never a name. What pages say and ask all day (pings, polls) is left out:
what comes of that has lines of its own.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from chalicelib.kit.logs import mark_of, note

log = logging.getLogger("retainer.trail")

MOST = 100
"""What one request may be about; more are left out."""

_PAGES = ("/retainer/ping/", "/retainer/gettask/")
_SUBMIT = "/mturk/externalSubmit"
"""May be asked for by GET as well."""


def is_change(method: str, route: str) -> bool:
    """Whether a request by this method to this route is one that changes something."""
    return (method == "POST" and not route.startswith(_PAGES)) or route == _SUBMIT


def tell(method: str, route: str, answer: Mapping[str, Any]) -> None:
    """Write the line of a request that was answered so, if it is one that changes something."""
    if not is_change(method, route):
        return
    status = int(answer.get("statusCode", 200))
    why = _code(answer.get("body")) if status >= 400 else None
    log.info("acted", extra={"route": route, "status": status, "why": why})


def note_objects(name: str, given: object) -> None:
    """Have lines name what a request is about: one id under its name, several as a list."""
    ids = [one for one in str(given or "").replace(",", " ").split() if _is_id(one)]
    if len(ids) == 1:
        note(**{name: ids[0]})
    elif ids:
        # Anyone with an assignment's id may hand work in by it: lines have a mark of it.
        shown = [mark_of(one) for one in ids] if name == "assignment" else ids
        note(**{f"{name}s": " ".join(shown[:MOST])})


def _is_id(text: str) -> bool:
    return len(text) <= 100 and text.replace("_", "").replace("-", "").isalnum() and text.isascii()


def _code(body: object) -> str | None:
    """Return the code of an error's body, in the shape that all of ours have."""
    try:
        found = json.loads(str(body))["error"]["code"]
    except (ValueError, TypeError, KeyError):
        return None
    return found if isinstance(found, str) and _is_id(found) else None
