"""One call of a Lambda function, as logs and metrics see it: who calls what, and how it failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from chalicelib.kit import logs

log = logging.getLogger("retainer.invocation")

DOCTOR = "retainer.doctor"
"""The source of an event that asks for a health check (`chalicelib.health`). No event of AWS's own
bears it, and whoever calls an address cannot give it one."""

UNKNOWN = "(unknown)"
"""Where a handler was called without a context that names its function."""

running: ContextVar[str | None] = ContextVar("running", default=None)
"""The full name of the function whose handler is running; None outside of all handlers."""

account: ContextVar[str | None] = ContextVar("account", default=None)
"""Whose AWS account the running function is in; None outside of all handlers."""

_errors: ContextVar[list[logging.LogRecord] | None] = ContextVar("errors", default=None)
_time: ContextVar[_Time | None] = ContextVar("time", default=None)
_learned: ContextVar[dict[str, str] | None] = ContextVar("learned", default=None)


@dataclass(frozen=True, slots=True)
class _Time:
    """Of the function that runs here: what it may take in all, and what is left of that."""

    limit_ms: int
    left_ms: Callable[[], int]


def is_time_for(needed_ms: int) -> bool:
    """Whether what may take so long can still be begun here: outside of any function always, and
    in one whose whole limit is short as long as two thirds of it are left."""
    time = _time.get()
    return time is None or time.left_ms() >= min(needed_ms, time.limit_ms * 2 // 3)


def learned() -> dict[str, str]:
    """Return what this call of the function has noted so far, to note more in it; it is forgotten
    when the call ends, and outside of any function at once."""
    found = _learned.get()
    return {} if found is None else found


class Failed(Exception):
    """A function failed; why is in the log under the request's id.

    Raised in place of what was met, since the runtime writes what reaches it into the log as well,
    with a text that may hold anything, and a second time.
    """


class ErrorsCounted(logging.Filter):
    """Lets every line pass, and keeps in mind that one was an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        met = _errors.get()
        # Each handler of a logger filters the same record, one after the other.
        if met is not None and record.levelno >= logging.ERROR and record not in met[-1:]:
            met.append(record)
        return True


@contextmanager
def invocation(context: Any, request_id: str | None, told: Callable[[int], None]) -> Iterator[None]:
    """Have all lines bear the request's id and the function's name, and count those of errors:
    `told` is given their number at the end, if there were any.

    `request_id` is what the caller knows the call by; None: Lambda's. What is not caught is logged,
    once, and raised as `Failed`.
    """
    lambdas = getattr(context, "aws_request_id", None)
    known = request_id or lambdas
    function = getattr(context, "function_name", None)
    met: list[logging.LogRecord] = []
    token, ours, notes = _errors.set(met), _time.set(_time_of(context)), _learned.set({})
    runs = running.set(function or running.get() or UNKNOWN)
    whose = account.set(_account_of(context))
    about = logs.about(
        requestId=known,
        invocation=lambdas if lambdas != known else None,
        function=function,
    )
    try:
        with about:
            try:
                yield
            except Exception as error:
                log.exception("failed")
                raise Failed(f"{type(error).__name__}, logged under request id {known}") from None
    finally:
        running.reset(runs)
        account.reset(whose)
        _errors.reset(token)
        _time.reset(ours)
        _learned.reset(notes)
        if met:
            told(len(met))


def _account_of(context: Any) -> str | None:
    parts = str(getattr(context, "invoked_function_arn", "")).split(":")
    return parts[4] if len(parts) > 4 else None


def _time_of(context: Any) -> _Time | None:
    left = getattr(context, "get_remaining_time_in_millis", None)
    return None if left is None else _Time(left(), left)
