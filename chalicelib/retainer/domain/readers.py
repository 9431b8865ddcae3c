"""Readers of single fields: what they make of what was given, or `BadInput` naming the field."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib.mturk.frame import RESERVED_PARAMETERS
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.ids import is_hit_type_id

Reader = Callable[[str, Any], Any]

_AMOUNT = re.compile(r"-?[0-9]{1,9}(\.[0-9]{0,9})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def text(longest: int, shortest: int = 0) -> Reader:
    def read(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise BadInput(f"{name} must be text.", "wrong_type", name)
        if not shortest <= len(value) <= longest:
            raise BadInput(
                f"{name} must have {shortest} to {longest} characters, not {len(value)}.",
                "out_of_range",
                name,
            )
        if _CONTROL.search(value):
            raise BadInput(f"{name} must not have control characters.", "out_of_range", name)
        return value

    return read


def whole_number(name: str, value: Any, least: int, most: int) -> int:
    """Read a whole number, given as one or, in a form, as its digits; raises `BadInput`."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInput(f"{name} must be a whole number.", "wrong_type", name)
    if not least <= value <= most:
        raise BadInput(f"{name} must be {least} to {most}, not {value}.", "out_of_range", name)
    return value


def whole(least: int, most: int) -> Reader:
    def read(name: str, value: Any) -> int:
        return whole_number(name, value, least, most)

    return read


def none_or(least: int, most: int) -> Reader:
    """Read a whole number in bounds, or 0 for none."""

    def read(name: str, value: Any) -> int:
        found = whole_number(name, value, 0, most)
        if 0 < found < least:
            raise BadInput(f"{name} must be 0, or {least} to {most}.", "out_of_range", name)
        return found

    return read


def dollars(name: str, value: Any, most_dollars: int, unit: int = 100) -> int:
    """Read dollars as whole units, cents unless told otherwise; raises `BadInput`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadInput(f"{name} must be a number of dollars.", "wrong_type", name)
    if isinstance(value, str) and not _AMOUNT.fullmatch(value):
        raise BadInput(f"{name} must be a number of dollars.", "wrong_type", name)
    units = Decimal(str(value)) * unit
    if not units.is_finite() or not 0 <= units <= most_dollars * unit:
        raise BadInput(f"{name} must be 0 to {most_dollars} dollars.", "out_of_range", name)
    if units != units.to_integral_value():
        least = "a cent" if unit == 100 else "a millionth of a dollar"
        raise BadInput(f"{name} must not have fractions of {least}.", "out_of_range", name)
    return int(units)


def cents(most_dollars: int) -> Reader:
    def read(name: str, value: Any) -> int:
        return dollars(name, value, most_dollars)

    return read


def micro(most_dollars: int) -> Reader:
    def read(name: str, value: Any) -> int:
        return dollars(name, value, most_dollars, 1_000_000)

    return read


def flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "1", 1):
        return True
    if value in ("false", "0", 0):
        return False
    raise BadInput(f"{name} must be true or false.", "wrong_type", name)


def flag_or_auto(name: str, value: Any) -> bool | None:
    """Read a flag; `auto` says no more than leaving it out does."""
    return None if value == "auto" else flag(name, value)


def number(name: str, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadInput(f"{name} must be a number.", "wrong_type", name)
    if isinstance(value, str) and not _AMOUNT.fullmatch(value):
        raise BadInput(f"{name} must be a number.", "wrong_type", name)
    found = Decimal(str(value))
    if not found.is_finite():
        raise BadInput(f"{name} must be a number.", "wrong_type", name)
    return found


def share(name: str, value: Any) -> float:
    found = number(name, value)
    if not Decimal("0.5") <= found <= Decimal("0.999"):
        raise BadInput(
            f"{name} must be 0.5 to 0.999: no pool serves every call.", "out_of_range", name
        )
    return float(found)


def milliseconds(most_seconds: int) -> Reader:
    def read(name: str, value: Any) -> int:
        seconds = number(name, value)
        if not 0 <= seconds <= most_seconds:
            raise BadInput(f"{name} must be 0 to {most_seconds} seconds.", "out_of_range", name)
        return round(seconds * 1000)

    return read


def one_of(*choices: str) -> Reader:
    def read(name: str, value: Any) -> str:
        if value not in choices:
            raise BadInput(f"{name} must be {' or '.join(choices)}.", "out_of_range", name)
        return str(value)

    return read


def hit_type_id(name: str, value: Any) -> str:
    if not isinstance(value, str) or not is_hit_type_id(value):
        raise BadInput(
            f"{name} must be 1 to 100 letters, digits, spaces or _ . : - and begin with a letter "
            "or digit.",
            "malformed_id",
            name,
        )
    return value


def pool_name(name: str, value: Any) -> str:
    return "" if value == "" else str(hit_type_id(name, value))


def address(name: str, value: Any) -> str:
    given: str = text(2000, 1)(name, value)
    try:
        parts = urlsplit(given)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or any(c.isspace() or not c.isprintable() for c in given):
        raise BadInput(f"{name} must be an http or https address.", "bad_url", name)
    ours = [n for n, _ in parse_qsl(parts.query, True) if n in RESERVED_PARAMETERS]
    if ours:
        # Of two in an address a page may take the wrong one, and ours starts nothing then.
        raise BadInput(
            f"{name} names {ours[0]}, which the market adds itself; leave it out.", "bad_url", name
        )
    return given


def locale(name: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"([A-Z]{2})?", value):
        raise BadInput(f"{name} must be empty or a country's two letters.", "out_of_range", name)
    return value


def address_or_none(name: str, value: Any) -> str:
    return "" if value == "" else address(name, value)
