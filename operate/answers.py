"""What a command answers: JSON for programs, lines and columns for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

NOTHING = "nothing"
# Of a longer list in a table's cell the first is named and the rest are counted.
_MOST_IN_CELL = 2
# What a terminal shows of a line; a wider table within an answer is told row by row.
_WIDTH = 100
_DURATIONS = frozenset({"waited", "answeredWithin", "waitMax"})
"""Fields in milliseconds that are no moments."""
# Milliseconds from 2001 to 2286; no other figure of ours is as large.
_MOMENTS = range(10**12, 10**13)

Say = Callable[[str], None]
"""How a command that takes its time tells what it does, a line at a time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` is what `--json` prints; `columns` are those of a list's rows that people are shown.

    `text` is printed instead where it says more than the data; `failed` makes the exit code 1.
    """

    data: Any
    columns: Sequence[str] = ()
    text: str | None = None
    failed: bool = False


def write(answer: Answer, out: TextIO, as_json: bool) -> None:
    if as_json:
        print(json.dumps(answer.data, indent=1, ensure_ascii=False), file=out)
    elif answer.text is not None:
        print(answer.text, file=out)
    elif isinstance(answer.data, list):
        print(table(answer.data, answer.columns), file=out)
    else:
        print("\n".join(_lines(answer.data)), file=out)


def table(rows: Sequence[Any], columns: Sequence[str]) -> str:
    """Rows below their heads, each column as wide as its longest cell."""
    if not rows:
        return NOTHING
    if not isinstance(rows[0], Mapping):
        return "\n".join([*columns, *map(_cell, rows)])
    heads = list(columns or rows[0])
    lines = [heads, *([_short(row.get(head), head) for head in heads] for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(heads))]
    return "\n".join(_padded(line, widths) for line in lines)


def _moment(at_ms: int) -> str:
    """In the terminal's own time zone; `--json` has the milliseconds."""
    return f"{datetime.fromtimestamp(at_ms / 1000).astimezone():%Y-%m-%d %H:%M:%S}"


def _padded(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(f"{c:<{w}}" for c, w in zip(cells, widths, strict=True)).rstrip()


def _lines(value: Any, indent: str = "") -> Iterable[str]:
    if not isinstance(value, Mapping):
        yield indent + _cell(value)
        return
    for name, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            yield f"{indent}{name}:"
            yield from _lines(inner, indent + "  ")
        elif isinstance(inner, list) and inner and isinstance(inner[0], Mapping):
            yield f"{indent}{name}:"
            yield from (f"{indent}  {line}" for line in _rows(inner))
        else:
            yield f"{indent}{name}: {_cell(inner, name)}"


def _rows(rows: Sequence[Any]) -> Iterable[str]:
    """A table where it fits, else each row with a line for each of its fields."""
    lines = table(rows, ()).splitlines()
    if max(map(len, lines)) <= _WIDTH:
        yield from lines
        return
    for number, row in enumerate(rows):
        if number:
            yield ""
        yield from _lines(row)


def _short(value: Any, name: str) -> str:
    if isinstance(value, list) and len(value) > _MOST_IN_CELL:
        return f"{_cell(value[0])} and {len(value) - 1} more"
    return _cell(value, name)


def _cell(value: Any, name: str = "") -> str:
    if value is None:
        return "-"
    if isinstance(value, int) and name in _DURATIONS:
        return f"{value / 1000:.1f} s"
    if isinstance(value, int) and value in _MOMENTS and not name.lower().endswith("id"):
        return _moment(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_item, value)) or "-"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else str(value)
    # A terminal must not obey what a worker has written.
    return "".join(c if c.isprintable() else " " for c in text)


def _item(value: Any) -> str:
    """One of a list: of a record its values, and the names of what is true of it."""
    if not isinstance(value, Mapping):
        return _cell(value)
    told = ((name, inner) for name, inner in value.items() if inner not in (None, False))
    return " ".join(name if inner is True else _cell(inner, name) for name, inner in told) or "-"
