"""Seat keys: what a page sends back to name its seat, signed so that it names no other."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.errors import NotAllowed

if TYPE_CHECKING:
    from chalicelib.retainer.domain.seats import Seat

_MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class SeatName:
    proto: str
    assignment: str
    epoch: int
    worker: str
    load: int | None = None

    @property
    def seat_id(self) -> str:
        return f"{self.assignment}.{self.epoch}"


def issue(secret: str, seat: Seat) -> str:
    """Return the seat's key: URL-safe, 128-bit MAC."""
    parts = [seat.proto, seat.assignment, str(seat.epoch), seat.worker, str(seat.loads)]
    body = "\n".join(parts).encode()
    return f"{_b64(body)}.{_b64(_mac(secret, body))}"


def read(secret: str, key: str) -> SeatName:
    """Return what the key names; raises `NotAllowed` if it was not issued with this secret."""
    try:
        body_text, mac_text = key.split(".")
        body, mac = _unb64(body_text), _unb64(mac_text)
    except ValueError:
        raise NotAllowed("The seat key is malformed.", "bad_seat_key") from None
    if not hmac.compare_digest(mac, _mac(secret, body)):
        raise NotAllowed("The seat key was not issued here.", "bad_seat_key")
    proto, assignment, epoch, worker, *load = body.decode().split("\n")
    # Keys of earlier versions name no load.
    return SeatName(proto, assignment, int(epoch), worker, int(load[0]) if load else None)


def _mac(secret: str, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"seat\n" + body, hashlib.sha256)[:_MAC_BYTES]


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
