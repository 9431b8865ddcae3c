"""What can go wrong about announced sessions and calls.

RequestRefused
  SessionMissing, SessionOver
WorkerRefused
  SessionClosed, SessionChanged, AskedTooOften, LinkDead
"""

from __future__ import annotations

from chalicelib.marketplace.domain.errors import RequestRefused, WorkerRefused

_CODE = "RetainerMarketplace."


class SessionMissing(RequestRefused):
    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"Session {session_id[:64]} does not exist.", f"{_CODE}SessionDoesNotExist"
        )


class SessionOver(RequestRefused):
    """It was cancelled or has begun, so it cannot be changed any more."""

    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"Session {session_id} was cancelled or has begun; it cannot be changed any more.",
            f"{_CODE}InvalidSessionState",
        )


class SessionClosed(WorkerRefused):
    """It was cancelled or has begun: no replies any more."""

    status = 409
    code = "session_closed"


class SessionChanged(WorkerRefused):
    """It was moved since the worker looked at it."""

    status = 409
    code = "session_changed"


class AskedTooOften(WorkerRefused):
    status = 429
    code = "too_often"


class LinkDead(WorkerRefused):
    """A link's token is not ours, is too old, or was replaced."""

    status = 404
    code = "link_dead"
