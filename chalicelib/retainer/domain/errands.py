"""Errands: what the requester asked to be done at the market, recorded and then carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ErrandKind(StrEnum):
    BLOCK = "block"
    UNBLOCK = "unblock"
    MESSAGE = "message"


class ErrandState(StrEnum):
    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Errand:
    """`text` is a message's, or the reason of a block, which the worker is not told. `missed` are
    the workers whom a message did not reach."""

    id: str
    kind: ErrandKind
    market: str
    workers: Sequence[str]
    asked_ms: int
    subject: str = ""
    text: str = ""
    state: ErrandState = ErrandState.ASKED
    why: str = ""
    missed: Sequence[str] = ()
