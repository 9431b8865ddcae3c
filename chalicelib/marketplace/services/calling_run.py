"""The scheduled run of calling: plans who is called, then sends what is due."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from chalicelib.kit.steps import attempt

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.services.call_sender import CallSender
    from chalicelib.marketplace.services.rounds import Rounds

# Together less than the function may take; the rest is for what is under way then.
_PLAN_MS = 15_000
_SEND_MS = 20_000

_log = logging.getLogger("retainer.marketplace.calls")


class CallingRun:
    def __init__(self, rounds: Rounds, sender: CallSender, clock: Clock) -> None:
        self._rounds = rounds
        self._sender = sender
        self._clock = clock

    def run(self) -> dict[str, int]:
        """May be repeated and run beside itself; returns the counts."""
        done = {
            "called": attempt("plan", lambda: self._rounds.run(self._until(_PLAN_MS)), 0),
            "sent": attempt("send", lambda: self._sender.run(self._until(_SEND_MS)), 0),
        }
        _log.info("calls", extra=dict(done))
        return done

    def _until(self, ms: int) -> int:
        return self._clock.now_ms() + ms
