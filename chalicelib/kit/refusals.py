"""The root of everything that is refused on purpose, in both halves.

One class per outcome that a caller can act on. The class says how HTTP answers it;
`kit.http.answers` makes the answer, at one place for all routes.
"""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A request is not served, and a sentence says why."""

    status = 400
    """HTTP's."""
    code = "error"
    """For programs."""
    retry_after_s: int | None = None
    """Seconds after which the same request may be served."""

    def __init__(self, message: str, code: str | None = None, field: str | None = None) -> None:
        """`message` is a sentence for people; `field` names what in the request is at fault, where
        it is one thing."""
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code

    def more(self) -> dict[str, Any]:
        """Return what else the answer tells, beside code and message."""
        return {} if self.field is None else {"field": self.field}
