"""A worker's standing: how many calls in a row they let pass, whatever they waited for, and the
rest that follows too many. An answered call sets the count back.

A call that nobody answers costs the program that asked the time to answer it, so that being there
must be worth more than saying so. One call may pass anybody by: a door bell, a slow network.
"""

from __future__ import annotations

from dataclasses import dataclass

REST_MS = 3_600_000
"""For how long somebody is not called who let too many calls pass."""

SAME_CALL_MS = 2_000
"""Calls of one worker that begin closer together are one call: none runs out sooner."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`call_ms` is when the latest call counted here began, `since_ms` since when they rest, or
    would if that was one too many."""

    unanswered: int = 0
    call_ms: int | None = None
    since_ms: int | None = None

    def knows(self, call_ms: int) -> bool:
        """Whether a call that began then is counted already, or older than what is."""
        return self.call_ms is not None and call_ms < self.call_ms + SAME_CALL_MS

    def after_unanswered(self, call_ms: int, now_ms: int, most: int) -> Standing:
        """Return the standing with one more call let pass. A rest that was begun, and told, ends
        when it was said to."""
        is_resting = self.rests_until_ms(now_ms, most) is not None
        return Standing(self.unanswered + 1, call_ms, self.since_ms if is_resting else now_ms)

    def after_answered(self, at_ms: int) -> Standing:
        """Return the standing of somebody who answered a call at that time: whatever they let pass
        that had begun before is made up for, and nothing that began later."""
        if (self.call_ms or 0) > at_ms:
            return self
        return Standing(0, max(at_ms - SAME_CALL_MS, self.call_ms or 0))

    def rests_until_ms(self, at_ms: int, most: int) -> int | None:
        """Return until when they are not called, if they rest at that time; `most` calls in a row
        that are let pass are too many, 0: any number may be."""
        if not most or self.unanswered < most or self.since_ms is None:
            return None
        until = self.since_ms + REST_MS
        return until if self.since_ms <= at_ms < until else None


NEWCOMER = Standing()
