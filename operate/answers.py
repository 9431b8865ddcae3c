"""What a command answers: JSON for programs, lines and columns for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO

NOTHING = "nothing"
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
        return "\n".join(map(_cell, rows))
    heads = list(columns or rows[0])
    lines = [heads, *([_cell(row.get(head), head) for head in heads] for row in rows)]
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
            yield from (f"{indent}  {line}" for line in table(inner, ()).splitlines())
        else:
            yield f"{indent}{name}: {_cell(inner, name)}"


def _cell(value: Any, name: str = "") -> str:
    if value is None:
        return "-"
    if isinstance(value, int) and value in _MOMENTS and not name.lower().endswith("id"):
        return _moment(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_cell, value)) or "-"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else str(value)
    # A terminal must not obey what a worker has written.
    return "".join(c if c.isprintable() else " " for c in text)
