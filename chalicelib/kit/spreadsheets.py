"""CSV for spreadsheets: quoted as RFC 4180 has it, read as UTF-8, and no formula in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

BOM = "\ufeff"
"""What a file begins with that Excel is to read as UTF-8."""

# Behind spaces too, seen or not; and by the wide and small signs, which some Excels take as well.
_FORMULA = re.compile(r"[\t\r\n]|[\s\u200b-\u200f\ufeff]*[=+\-@＝＋－＠﹢﹣﹦﹫]")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?\Z")


def cell(value: Any) -> str:
    """Return a cell's text: what a spreadsheet would take for a formula gets an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if _FORMULA.match(text) and not _NUMBER.match(text):
        return "'" + text
    return text


def table(heads: Iterable[str], rows: Iterable[Iterable[Any]], with_heads: bool = True) -> str:
    """Return a table as text; one `with_heads` begins a file."""
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\r\n")
    if with_heads:
        text.write(BOM)
        lines.writerow([cell(head) for head in heads])
    for row in rows:
        lines.writerow([cell(value) for value in row])
    return text.getvalue()
