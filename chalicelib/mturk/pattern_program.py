"""Runs compiled patterns over a text in time that is bounded beforehand.

A program is a list of instructions, each with where to go on. A pair of instruction and place is
looked at once only: if it led nowhere it never will. So no pattern takes longer than the product of
its own length and the text's, and none longer than the effort that is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto


class Op(Enum):
    UNIT = auto()  # one unit that `accepts` takes
    FORK = auto()  # go on at `target` or `other`
    GOTO = auto()
    START = auto()
    END = auto()
    BOUNDARY = auto()  # between word and not; `negated`: anywhere else
    AHEAD = auto()  # what follows matches `program`; `negated`: does not
    MATCH = auto()


@dataclass(slots=True)
class Instruction:
    op: Op
    target: int = -1
    other: int = -1
    accepts: Callable[[int], bool] | None = None
    program: Program | None = None
    negated: bool = False


Program = list[Instruction]


class Exhausted(Exception):
    """The effort is used up; nothing is known."""


class Effort:
    """How many steps a whole submission's patterns may take together."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self, steps: int = 1) -> None:
        if steps > self._left:
            self._left = 0
            raise Exhausted
        self._left -= steps


def matches(program: Program, text: str, effort: Effort) -> bool:
    """Whether a match begins anywhere in the text; raises `Exhausted`.

    The text is read as UTF-16 units, as a browser's expression without the flag u reads it.
    """
    # Copying a long text takes its time too, if less than searching it.
    effort.spend(1 + len(text) // 16)
    units = memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H").tolist()
    failed: set[int] = set()
    return any(_run(program, units, start, failed, effort) for start in range(len(units) + 1))


def _run(program: Program, units: list[int], start: int, seen: set[int], effort: Effort) -> bool:
    size = len(units) + 1
    left = [start]  # a pair is kept as one number: instruction * size + place
    while left:
        pair = left.pop()
        if pair in seen:
            continue
        seen.add(pair)
        effort.spend()
        at, place = divmod(pair, size)
        step = program[at]
        if step.op is Op.MATCH:
            return True
        if step.op is Op.FORK:
            left.append(step.other * size + place)
            left.append(step.target * size + place)
        elif step.op is Op.UNIT:
            assert step.accepts is not None
            if place < len(units) and step.accepts(units[place]):
                left.append(step.target * size + place + 1)
        elif _holds(step, units, place, effort):
            left.append(step.target * size + place)
    return False


def _holds(step: Instruction, units: list[int], place: int, effort: Effort) -> bool:
    if step.op is Op.START:
        return place == 0
    if step.op is Op.END:
        return place == len(units)
    if step.op is Op.BOUNDARY:
        before = place > 0 and is_word(units[place - 1])
        after = place < len(units) and is_word(units[place])
        return (before != after) != step.negated
    if step.op is Op.AHEAD:
        assert step.program is not None
        # Its own memory: a way that was seen here may have been the one that matched.
        return _run(step.program, units, place, set(), effort) != step.negated
    return True


def is_word(unit: int) -> bool:
    return unit < 128 and (chr(unit).isalnum() or unit == 95)
