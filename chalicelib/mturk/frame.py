"""A worker's frame: its address, with the assignment's parameters, and what it may do."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

PREVIEW_ASSIGNMENT_ID = "ASSIGNMENT_ID_NOT_AVAILABLE"

# Never allow-same-origin. A link to a survey elsewhere has to work as on any other page, hence
# popups that leave the sandbox.
SANDBOX = "allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-scripts"
CONTENT_SECURITY_POLICY = f"sandbox {SANDBOX}"

# The service's own names; a form field called so is never an answer.
RESERVED_FIELDS = frozenset({"assignmentId", "hitId", "turkSubmitTo", "workerId"})


def preview_url(url: str, hit_id: str) -> str:
    """The page as shown before acceptance: no worker, nowhere to submit to."""
    return with_parameters(url, {"assignmentId": PREVIEW_ASSIGNMENT_ID, "hitId": hit_id})


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Append query parameters; an existing query and a fragment are kept as they are."""
    parts = urlsplit(url)
    added = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    query = f"{parts.query}&{added}" if parts.query else added
    return urlunsplit(parts._replace(query=query))
