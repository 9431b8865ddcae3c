"""What can go wrong, one class per outcome that a caller can act on.

RetainerError
├── BadInput        the request cannot be understood or is out of range
├── NotAllowed      the caller may not do this
├── NotFound        no such thing
├── Conflict        somebody else was first, or the state forbids it
├── SlowDown        too often; try again after `retry_after_s`
└── Unavailable     the store or the market did not answer; try again after `retry_after_s`
"""

from __future__ import annotations


class RetainerError(Exception):
    """Root; `code` is for programs, the message a sentence for people, `field` names what in the
    request is at fault, where it is one thing."""

    code = "error"

    def __init__(self, message: str, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code


class BadInput(RetainerError):
    code = "bad_request"


class NotAllowed(RetainerError):
    code = "not_allowed"


class NotFound(RetainerError):
    code = "not_found"


class Conflict(RetainerError):
    code = "conflict"


class CallOver(Conflict):
    """A call that a page answers, or shows, has ended; `why`: `late`, the time to answer was over;
    `ended`, the reservation was; empty: it is not known any more."""

    code = "released"

    def __init__(self, message: str, why: str = "") -> None:
        super().__init__(message)
        self.why = why


class SlowDown(RetainerError):
    code = "slow_down"

    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(RetainerError):
    code = "unavailable"
    retry_after_s = 5
