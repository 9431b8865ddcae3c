"""CSV as an answer: a file that a browser keeps."""

from __future__ import annotations

from collections.abc import Mapping

from chalice.app import Response


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
