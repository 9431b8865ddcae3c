"""Finds the number that an account costs, as the worker site's page does."""

from __future__ import annotations

import hashlib
import itertools

from chalicelib.marketplace.domain import proof_of_work


def find_work(nonce: str, now_ms: int, bits: int = 14) -> str:
    begin = hashlib.sha256(f"{proof_of_work.days(now_ms)[0]}:{nonce}:".encode())
    for number in itertools.count():
        tried = begin.copy()
        tried.update(str(number).encode())
        if int.from_bytes(tried.digest()[:8], "big") >> (64 - bits) == 0:
            return str(number)
    raise AssertionError
