"""Answers as they are kept: whole, up to what a table's item holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

ANSWERS_MOST = 300_000
"""Characters of answers, as JSON; a table's item holds 400 KB."""


def fitting(answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answers, or a word on where they are: too long ones must not keep a worker from
    being paid."""
    size = len(json.dumps(dict(answers)))
    if size <= ANSWERS_MOST:
        return answers
    return {"too_large": f"These answers have {size} characters; read them at the market."}
