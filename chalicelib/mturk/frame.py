"""A worker's frame: its address, with the assignment's parameters, and what it may do."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

PREVIEW_ASSIGNMENT_ID = "ASSIGNMENT_ID_NOT_AVAILABLE"

# Never allow-same-origin. A link to a survey elsewhere has to work as on any other page, hence
# popups that leave the sandbox. No dialogues: one would hold up the whole tab, with the pages that
# wait in it, and say what it likes in the middle of the market's window.
SANDBOX = "allow-forms allow-popups allow-popups-to-escape-sandbox allow-scripts"
CONTENT_SECURITY_POLICY = f"sandbox {SANDBOX}"

# The service's own names; a form field called so is never an answer.
RESERVED_FIELDS = frozenset({"assignmentId", "hitId", "turkSubmitTo", "workerId"})

# What the market alone says in a frame's address.
RESERVED_PARAMETERS = RESERVED_FIELDS | {"arrival"}


def preview_url(url: str, hit_id: str) -> str:
    """The page as shown before acceptance: no worker, nowhere to submit to."""
    return with_parameters(url, {"assignmentId": PREVIEW_ASSIGNMENT_ID, "hitId": hit_id})


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Append query parameters; an existing query and a fragment are kept as they are, but for the
    reserved names: a page that took another's `hitId` for its own would wait in another's pool."""
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if not _is_reserved(pair)]
    added = [f"{name}={quote(value, safe='')}" for name, value in parameters.items()]
    query = "&".join([*kept, *added] if parts.query else added)
    return urlunsplit(parts._replace(query=query))


def _is_reserved(pair: str) -> bool:
    # Browsers decode names too, and drop what is no part of an address at all.
    return unquote_plus(pair.partition("=")[0]) in RESERVED_PARAMETERS
