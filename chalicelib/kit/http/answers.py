"""Answers: text, JSON, and the one place where a refusal becomes an HTTP answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from chalicelib.kit.refusals import Refusal


def as_text(text: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        body=text, headers={"Content-Type": "text/plain; charset=utf-8", **(headers or {})}
    )


def as_json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        body=body,
        status_code=status,
        headers={
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            **(headers or {}),
        },
    )


def as_json_text(body: Any, headers: Mapping[str, str]) -> Response:
    """JSON for a program that parses it itself, and as no page: whatever reads it as one finds
    plain text."""
    safe = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return as_text(without_markup(body), {**safe, **headers})


def without_markup(body: Any) -> str:
    """JSON in which nothing begins a tag."""
    return json.dumps(body).replace("<", "\\u003c")


def refused(refusal: Refusal) -> Response:
    """Answer a refusal: its status, `{"error": {"code", "message", …}}`, and when to come back."""
    headers = {}
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(refusal.retry_after_s)
    body = error_body(refusal.code, str(refusal), **refusal.more())
    return as_json(body, refusal.status, headers)


def error_body(code: str, message: str, **more: Any) -> dict[str, Any]:
    """Return the form that every error has, the framework's own included."""
    return {"error": {"code": code, "message": message, **more}}
