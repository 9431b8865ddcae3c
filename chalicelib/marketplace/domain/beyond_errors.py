"""Refusals of the protocol's operations for reasons that the service that they are of did not have.

RequestRefused
  AskedTooFast, WorkerGone
"""

from __future__ import annotations

from chalicelib.marketplace.domain.errors import RequestRefused

_CODE = "RetainerMarketplace."


class AskedTooFast(RequestRefused):
    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(
            f"{what} was asked for too often; it can be asked for again in {seconds} seconds.",
            f"{_CODE}RequestThrottled",
        )


class WorkerGone(RequestRefused):
    """Who did this work has had their data deleted, and cannot be paid any more."""

    def __init__(self, assignment_id: str) -> None:
        super().__init__(
            f"The worker of assignment {assignment_id} has left this marketplace for good; "
            "nothing can be paid to them any more.",
            f"{_CODE}InvalidWorkerState",
        )
