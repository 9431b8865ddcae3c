"""CSV for spreadsheets: quoted as RFC 4180 has it, and nothing in it is taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from chalice.app import Response

_FORMULA = re.compile(r"[=+\-@\t\r\n]|\s+[=+\-@]")
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
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    if with_heads:
        lines.writerow([cell(h) for h in heads])
    for row in rows:
        lines.writerow([cell(value) for value in row])
    return text.getvalue()


def as_csv(text: str, name: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        body=text,
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "no-store",
            **(headers or {}),
        },
    )
