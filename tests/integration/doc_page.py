"""Runs the examples of a page of documentation in the page's order, and checks what they promise.

Python blocks share one namespace. An expression followed by `  # → text` must show just that; `…`
in it stands for anything. Comments of the page's source that begin with `run:` are run in the same
way: what happens between two examples and is nobody's business on the page.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"^<!-- (\w+): (.*?) *-->$", re.DOTALL | re.MULTILINE)
_ARROW = "  # → "


@dataclass(frozen=True, slots=True)
class Part:
    """A block, its language as its kind, or a comment, its first word as its kind."""

    kind: str
    text: str
    line: int


def parts(text: str) -> list[Part]:
    """All blocks and comments of a page, in order."""
    found = [*_FENCE.finditer(text), *_COMMENT.finditer(text)]
    found.sort(key=lambda match: match.start())
    return [Part(m[1], m[2], text.count("\n", 0, m.start()) + 1) for m in found]


def page(name: str) -> list[Part]:
    return parts((DOCS / name).read_text())


def run_python(part: Part, names: dict[str, Any], name: str) -> int:
    """Run a block statement by statement; returns how many promises it made and kept."""
    lines = part.text.splitlines()
    kept = 0
    for node in ast.parse(part.text).body:
        assert node.end_lineno is not None
        where = f"{name}, line {part.line + node.lineno}"
        promise = lines[node.end_lineno - 1].partition(_ARROW)[2].strip()
        if promise and isinstance(node, ast.Expr):
            value = eval(compile(ast.Expression(node.value), where, "eval"), names)
            assert fits(repr(value), promise), f"{where}: {value!r} is not {promise}"
            kept += 1
            continue
        assert not promise, f"{where}: only an expression can promise"
        exec(compile(ast.Module([node], []), where, "exec"), names)
    return kept


def fits(shown: str, promise: str) -> bool:
    """Whether a text is what was promised."""
    pattern = ".*".join(re.escape(piece) for piece in promise.split("…"))
    return re.fullmatch(pattern, shown, re.DOTALL) is not None


if __name__ == "__main__":
    # In a process of its own: the block comes on standard input.
    run_python(Part("python", sys.stdin.read(), int(sys.argv[2])), {}, sys.argv[1])
