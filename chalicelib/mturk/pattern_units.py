"""Reads a JavaScript regular expression's characters, classes and counts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

_LINE_ENDS = ((10, 10), (13, 13), (0x2028, 0x2029))
_DIGITS = ((48, 57),)
_WORD = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACES = (
    (9, 13),
    (32, 32),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
)
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_COUNT = re.compile(r"\{([0-9]{1,9})(?:(,)([0-9]{0,9}))?\}")
_HEX = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})")

Ranges = tuple[tuple[int, int], ...]


class UnsupportedPattern(Exception):
    """Not a regular expression, or one that only a browser can check."""


@dataclass(frozen=True, slots=True)
class Units:
    """A set of UTF-16 units: these ranges, in order and apart, or all but these."""

    ranges: Ranges
    negated: bool = False

    def __contains__(self, unit: int) -> bool:
        at = bisect_right(self.ranges, (unit, 0x10000)) - 1
        return (at >= 0 and unit <= self.ranges[at][1]) != self.negated

    def ignoring_case(self) -> Callable[[int], bool]:
        """Return membership that takes a letter's other case for the letter."""
        listed = Units(self.ranges)

        def contains(unit: int) -> bool:
            return any(case in listed for case in _cases(unit)) != self.negated

        return contains


class Source:
    """A pattern and how far it has been read."""

    def __init__(self, pattern: str) -> None:
        units = memoryview(pattern.encode("utf-16-le", "surrogatepass")).cast("H").tolist()
        # One character per unit: a pattern without the flag u knows no others.
        self._text = "".join(map(chr, units))
        self._at = 0

    def peek(self) -> str | None:
        return self._text[self._at] if self._at < len(self._text) else None

    def take(self, text: str) -> bool:
        if not self._text.startswith(text, self._at):
            return False
        self._at += len(text)
        return True

    def quantifier(self) -> tuple[int, int | None] | None:
        """Read how often the atom before may stand; None: exactly once."""
        bounds: tuple[int, int | None]
        if self.take("*"):
            bounds = (0, None)
        elif self.take("+"):
            bounds = (1, None)
        elif self.take("?"):
            bounds = (0, 1)
        elif match := _COUNT.match(self._text, self._at):
            self._at = match.end()
            least = int(match[1])
            most = least if match[2] is None else int(match[3]) if match[3] else None
            if most is not None and most < least:
                raise UnsupportedPattern("counts out of order")
            bounds = (least, most)
        else:
            return None
        # Whether as few as possible are taken makes no difference to whether there is a match.
        self.take("?")
        return bounds

    def units(self) -> Units:
        """Read one atom that stands for a single unit."""
        if self.take("."):
            return Units(_LINE_ENDS, negated=True)
        if self.take("["):
            return self._class()
        if self.peek() in {"*", "+", "?"} or _COUNT.match(self._text, self._at):
            raise UnsupportedPattern("nothing to repeat")
        if self.take("\\"):
            return self._escape(in_class=False)
        return _single(ord(self._next()))

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise UnsupportedPattern("the pattern ends too early")
        self._at += 1
        return self._text[self._at - 1]

    def _class(self) -> Units:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        while not self.take("]"):
            low = self._class_atom()
            if not self.take("-"):
                ranges += low
                continue
            if self.peek() == "]":
                ranges += [*low, (45, 45)]
                continue
            high = self._class_atom()
            if not (_is_single(low) and _is_single(high)):
                ranges += [*low, (45, 45), *high]
            elif low[0][0] > high[0][0]:
                raise UnsupportedPattern("range out of order")
            else:
                ranges.append((low[0][0], high[0][0]))
        return Units(ordered(ranges), negated)

    def _class_atom(self) -> Ranges:
        if not self.take("\\"):
            return _single(ord(self._next())).ranges
        units = self._escape(in_class=True)
        return _complement(units.ranges) if units.negated else units.ranges

    def _escape(self, *, in_class: bool) -> Units:
        char = self._next()
        kinds = {"d": _DIGITS, "w": _WORD, "s": _SPACES}
        if char.lower() in kinds and char.isascii():
            return Units(kinds[char.lower()], negated=char.isupper())
        if char in _CONTROLS:
            return _single(_CONTROLS[char])
        if char == "b" and in_class:
            return _single(8)
        following = self.peek() or ""
        if char == "0" and following not in set("0123456789"):
            return _single(0)
        if char == "k" or char in "0123456789" or (char == "c" and not following.isalpha()):
            raise UnsupportedPattern("a reference back, or an old way to write a character")
        if char == "c":
            return _single(ord(self._next()) % 32)
        if match := _HEX.match(self._text, self._at - 1):
            self._at = match.end()
            return _single(int(match[1] or match[2], 16))
        return _single(ord(char))


def _single(unit: int) -> Units:
    return Units(((unit, unit),))


def _is_single(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def ordered(ranges: list[tuple[int, int]]) -> Ranges:
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def _complement(ranges: Ranges) -> Ranges:
    found = []
    start = 0
    for low, high in ranges:
        found.append((start, low - 1))
        start = high + 1
    found.append((start, 0xFFFF))
    return tuple((low, high) for low, high in found if low <= high)


def _cases(unit: int) -> set[int]:
    """Return the units that count as the same letter, by JavaScript's rule."""
    char = chr(unit)
    upper = char.upper()
    near = {char, upper, char.lower(), upper.lower()}
    folded = _canonical(unit)
    return {ord(c) for c in near if len(c) == 1 and _canonical(ord(c)) == folded}


def _canonical(unit: int) -> int:
    upper = chr(unit).upper()
    if len(upper) != 1 or ord(upper) > 0xFFFF or (unit >= 128 and ord(upper) < 128):
        return unit
    return ord(upper)
