"""The steps of a run, each by itself: one that fails keeps none of the others from being done."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

log = logging.getLogger("retainer.steps")


def attempt(step: str, do: Callable[[], T], otherwise: T, **about: object) -> T:
    """Do one step of a run and return what it returns, or `otherwise` if it failed.

    The failure is logged as an error, with `about`: so it is counted (`Metric.ERRORS`) and the
    alarm *errors-logged* sounds. The next run tries again.
    """
    try:
        return do()
    except Exception:
        log.exception("step failed", extra={"step": step, **about})
        return otherwise
