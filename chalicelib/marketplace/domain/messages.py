"""What a worker is told, by a requester or by the marketplace in a requester's name."""

from __future__ import annotations

import secrets
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """`qualification_type_id` is the type that it is about, if it is about one."""

    message_id: str
    worker_id: str
    account_id: str
    requester: str
    subject: str
    text: str
    at_ms: int
    read: bool = False
    qualification_type_id: str | None = None


def message(
    worker_id: str,
    account_id: str,
    requester: str,
    subject: str,
    text: str,
    now_ms: int,
    qualification_type_id: str | None = None,
) -> Message:
    """A new message; its id sorts by time."""
    return Message(
        message_id=f"{now_ms:013d}-{secrets.token_hex(8)}",
        worker_id=worker_id,
        account_id=account_id,
        requester=requester,
        subject=subject,
        text=text,
        at_ms=now_ms,
        qualification_type_id=qualification_type_id,
    )
