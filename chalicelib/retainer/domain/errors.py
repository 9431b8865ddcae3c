"""What can go wrong, one class per outcome that a caller can act on.

RetainerError
├── BadInput        the request cannot be understood or is out of range
├── TooLarge        the body is too long
├── NotAllowed      the caller may not do this
│   └── NotAuthenticated   nobody knows who the caller is
├── NotFound        no such thing
├── Conflict        somebody else was first, or the state forbids it
├── SlowDown        too often; try again after `retry_after_s`
└── Unavailable     the store or the market did not answer; try again after `retry_after_s`
"""

from __future__ import annotations

from typing import Any

from chalicelib.kit.refusals import Refusal


class RetainerError(Refusal):
    """Root of what the service refuses."""


class BadInput(RetainerError):
    code = "bad_request"


class TooLarge(RetainerError):
    status = 413
    code = "too_large"


class NotAllowed(RetainerError):
    status = 403
    code = "not_allowed"


class NotAuthenticated(NotAllowed):
    """No key, or one that is not in force."""

    status = 401


class NotFound(RetainerError):
    status = 404
    code = "not_found"


class Conflict(RetainerError):
    status = 409
    code = "conflict"


class CallOver(Conflict):
    """A call that a page answers, or shows, has ended; `why`: `late`, the time to answer was over;
    `ended`, the reservation was; empty: it is not known any more."""

    code = "released"

    def __init__(self, message: str, why: str = "") -> None:
        super().__init__(message)
        self.why = why

    def more(self) -> dict[str, Any]:
        return {**super().more(), **({"why": self.why} if self.why else {})}


class SlowDown(RetainerError):
    status = 429
    code = "slow_down"

    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(RetainerError):
    status = 503
    code = "unavailable"
    retry_after_s = 5
