"""Ids that sort by time: opaque ones with 100 random bits, and reservations' numbers."""

from __future__ import annotations

import re
import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_LENGTH = 10
_RANDOM_LENGTH = 20
_PATH_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_HIT_TYPE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.:-]{0,99}\Z")
_OWN_ID = re.compile(rf"[1-9][0-9]{{14}}\Z|[{_ALPHABET}]{{30}}\Z")

# Programs written for the original read a reservation's id as a number, and spreadsheets keep
# fifteen digits of one. The first digit, never 0, has a number sort behind every older, opaque id.
_FIRST_NUMBER = 10**14
_DRAWN_BITS = 8
_LAST_MS = (10**15 - 1 - _FIRST_NUMBER) >> _DRAWN_BITS


def new_id(now_ms: int) -> str:
    """Make a 30-character id: 50 bits of time in milliseconds, then 100 random bits."""
    value = (now_ms << (5 * _RANDOM_LENGTH)) | secrets.randbits(5 * _RANDOM_LENGTH)
    return "".join(
        _ALPHABET[(value >> (5 * place)) & 31]
        for place in reversed(range(_TIME_LENGTH + _RANDOM_LENGTH))
    )


def first_id(at_ms: int) -> str:
    """Return what sorts before every id made at `at_ms` or later."""
    return "".join(_ALPHABET[(at_ms >> (5 * place)) & 31] for place in reversed(range(10)))


def new_number(now_ms: int) -> str:
    """Make a reservation's id: 15 digits, by milliseconds until the year 2081 and 8 random bits.

    Two of one millisecond may be the same: the store has to notice.
    """
    drawn = secrets.randbits(_DRAWN_BITS)
    return str(_FIRST_NUMBER + (min(now_ms, _LAST_MS) << _DRAWN_BITS) + drawn)


def first_number(at_ms: int) -> str:
    """Return what sorts before every number made at `at_ms` or later, and behind opaque ids."""
    return str(_FIRST_NUMBER + (min(at_ms, _LAST_MS) << _DRAWN_BITS))


def time_of(own_id: str) -> int:
    """Return when an id was made, in epoch milliseconds."""
    if _is_number(own_id):
        return (int(own_id) - _FIRST_NUMBER) >> _DRAWN_BITS
    value = 0
    for letter in own_id[:_TIME_LENGTH]:
        value = (value << 5) | _ALPHABET.index(letter)
    return value


def new_token() -> str:
    """Make a short token that marks one attempt (72 bits)."""
    return secrets.token_urlsafe(9)


def is_path_id(text: str) -> bool:
    """Whether a worker's, an assignment's or a HIT's id may stand in a path."""
    return _PATH_ID.match(text) is not None


def is_hit_type_id(text: str) -> bool:
    return _HIT_TYPE_ID.match(text) is not None


def is_own_id(text: str) -> bool:
    """Whether this can be the id of a reservation: a number, or opaque as they were before."""
    return _OWN_ID.match(text) is not None


def _is_number(own_id: str) -> bool:
    return own_id[0] != "0" and len(own_id) == len(str(_FIRST_NUMBER))
