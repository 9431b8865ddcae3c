"""Identifiers: what they look like, and where their randomness comes from."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Of HITs, HIT types, assignments and their like; a digit stands before the rest.
LENGTH = 30
# Workers' ids are shorter, and begin with the same letter, as the protocol has it.
_MARK = "AERASED"
_HALF = len(ALPHABET) // 2
_SWAP = str.maketrans(ALPHABET, ALPHABET[_HALF:] + ALPHABET[:_HALF])


def random_id() -> str:
    """A HIT's or assignment's id: 3 and 29 characters, 149 random bits; never given out twice."""
    return "3" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))


def derived_id(*parts: str) -> str:
    """An id of the same look that depends on nothing but these values."""
    return "3" + _digits(_digest(b"id", parts), LENGTH - 1)


def group_id_of(hit_type_id: str) -> str:
    """A HIT type's group, and the other way round: the two differ, and either names both."""
    return hit_type_id[:1] + hit_type_id[1:].translate(_SWAP)


def derived_worker_id(master_key: str, name: str) -> str:
    """A worker's id: A and 13 characters, the same for a name every time."""
    return "A" + _digits(_digest(master_key.encode(), ("worker", name)), 13)


def newcomers_worker_id(master_key: str, nonce: str) -> str:
    """The id of a worker who signed up by themselves; names of theirs are nobody's."""
    return "A" + _digits(_digest(master_key.encode(), ("newcomer", nonce)), 13)


def random_mark() -> str:
    """What stands for a worker whose data was deleted. It follows from nothing of theirs."""
    return _MARK + "".join(secrets.choice(ALPHABET) for _ in range(13))


def is_mark(worker_id: str) -> bool:
    return len(worker_id) == len(_MARK) + 13 and worker_id.startswith(_MARK)


def derived_account_id(master_key: str, name: str, generation: int) -> str:
    """A requester's id, which looks like a worker's."""
    return "A" + _digits(_digest(master_key.encode(), ("account", name, str(generation))), 13)


def derived_access_key(master_key: str, account_id: str, generation: int) -> str:
    """An access key's id: RK and 18 characters."""
    parts = ("access", account_id, str(generation))
    return "RK" + _digits(_digest(master_key.encode(), parts), 18)


def _digest(key: bytes, parts: Iterable[str]) -> int:
    # Lengths keep ("ab", "c") and ("a", "bc") apart.
    message = b"".join(
        len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in parts)
    )
    return int.from_bytes(hmac.new(key, message, hashlib.sha256).digest(), "big")


def _digits(number: int, count: int) -> str:
    out = ""
    for _ in range(count):
        number, rest = divmod(number, len(ALPHABET))
        out += ALPHABET[rest]
    return out
