"""The regular expressions of AnswerFormatRegex, which are JavaScript's, compiled for our matcher.

The service had the browser check them, and so does our page; here they are checked once more, in
bounded time. What this compiler does not know (references back, looking behind, properties, what
JavaScript itself calls an error) is left to the browser.
"""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.mturk import pattern_units
from chalicelib.mturk.pattern_program import (
    Effort,
    Exhausted,
    Instruction,
    Op,
    Program,
    matches,
)
from chalicelib.mturk.pattern_units import Units, UnsupportedPattern

MAX_DEPTH = 40
MAX_REPEATS = 5_000
MAX_SIZE = 20_000

# A piece appends its instructions to a program; what follows it comes right after.
Piece = Callable[[Program], None]


def accepts(regex: str, ignore_case: bool, text: str, effort: Effort) -> bool:
    """Whether the text holds a match; true also where that cannot be told here."""
    try:
        return matches(_Compiler(regex, ignore_case, effort).program(), text, effort)
    except (UnsupportedPattern, Exhausted):
        return True


class _Compiler:
    def __init__(self, regex: str, ignore_case: bool, effort: Effort) -> None:
        self._source = pattern_units.Source(regex)
        self._ignore_case = ignore_case
        self._effort = effort
        self._size = 0
        effort.spend(len(regex))

    def program(self) -> Program:
        piece = self._alternatives(0)
        if self._source.peek() is not None:
            raise UnsupportedPattern("unmatched )")
        return self._finished(piece)

    def _finished(self, piece: Piece) -> Program:
        program: Program = []
        piece(program)
        program.append(Instruction(Op.MATCH))
        return program

    def _alternatives(self, depth: int) -> Piece:
        if depth > MAX_DEPTH:
            raise UnsupportedPattern("too deep")
        pieces = [self._sequence(depth)]
        while self._source.take("|"):
            pieces.append(self._sequence(depth))
        return self._either(pieces)

    def _sequence(self, depth: int) -> Piece:
        pieces: list[Piece] = []
        while (char := self._source.peek()) is not None and char not in "|)":
            pieces.append(self._term(depth))

        def emit(program: Program) -> None:
            for piece in pieces:
                piece(program)

        return emit

    def _term(self, depth: int) -> Piece:
        source = self._source
        if source.take("^"):
            return self._simple(Op.START)
        if source.take("$"):
            return self._simple(Op.END)
        if source.take("\\b"):
            return self._simple(Op.BOUNDARY)
        if source.take("\\B"):
            return self._simple(Op.BOUNDARY, negated=True)
        return self._repeated(self._atom(depth))

    def _atom(self, depth: int) -> Piece:
        source = self._source
        for start, negated in (("(?=", False), ("(?!", True)):
            if source.take(start):
                return self._ahead(self._closed(depth), negated)
        if source.take("(?:"):
            return self._closed(depth)
        if source.take("(?"):
            raise UnsupportedPattern("a group of an unknown kind")
        if source.take("("):
            return self._closed(depth)
        return self._unit(source.units())

    def _closed(self, depth: int) -> Piece:
        piece = self._alternatives(depth + 1)
        if not self._source.take(")"):
            raise UnsupportedPattern("unclosed (")
        return piece

    def _repeated(self, piece: Piece) -> Piece:
        bounds = self._source.quantifier()
        if bounds is None:
            return piece
        least, most = bounds
        if max(least, most or 0) > MAX_REPEATS:
            raise UnsupportedPattern("too many repeats")

        def emit(program: Program) -> None:
            for _ in range(least):
                self._count()
                piece(program)
            if most is None:
                self._emit_loop(program, piece)
            forks = []
            for _ in range(least, least if most is None else most):
                forks.append(self._append(program, Instruction(Op.FORK)))
                forks[-1].target = len(program)
                piece(program)
            for fork in forks:
                fork.other = len(program)

        return emit

    def _emit_loop(self, program: Program, piece: Piece) -> None:
        start = len(program)
        fork = self._append(program, Instruction(Op.FORK, start + 1))
        piece(program)
        self._append(program, Instruction(Op.GOTO, start))
        fork.other = len(program)

    def _either(self, pieces: list[Piece]) -> Piece:
        def emit(program: Program) -> None:
            leaves = []
            for piece in pieces[:-1]:
                fork = self._append(program, Instruction(Op.FORK, len(program) + 1))
                piece(program)
                leaves.append(self._append(program, Instruction(Op.GOTO)))
                fork.other = len(program)
            pieces[-1](program)
            for leave in leaves:
                leave.target = len(program)

        return emit

    def _ahead(self, piece: Piece, negated: bool) -> Piece:
        def emit(program: Program) -> None:
            inner = self._finished(piece)
            self._next(program, Instruction(Op.AHEAD, program=inner, negated=negated))

        return emit

    def _simple(self, op: Op, negated: bool = False) -> Piece:
        return lambda program: self._next(program, Instruction(op, negated=negated))

    def _unit(self, units: Units) -> Piece:
        found = units.ignoring_case() if self._ignore_case else units.__contains__
        return lambda program: self._next(program, Instruction(Op.UNIT, accepts=found))

    def _next(self, program: Program, instruction: Instruction) -> None:
        instruction.target = len(program) + 1
        self._append(program, instruction)

    def _append(self, program: Program, instruction: Instruction) -> Instruction:
        self._count()
        program.append(instruction)
        return instruction

    def _count(self) -> None:
        self._effort.spend()
        self._size += 1
        if self._size > MAX_SIZE:
            raise UnsupportedPattern("too long when its repeats are written out")
