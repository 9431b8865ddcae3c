"""Loading of what stays for as long as the process does."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile.

    Hardly anything that imports make becomes any, and looking at it again and again takes a tenth
    of their processor time.
    """
    looks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looks:
            gc.enable()


@contextmanager
def for_good() -> Iterator[None]:
    """Look for no garbage meanwhile, nor ever among what is there at the end.

    What was garbage before is kept, too: for a process's beginning only.
    """
    with uncollected():
        try:
            yield
        finally:
            gc.freeze()
