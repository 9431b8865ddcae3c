"""Asks the API's own views, in this process: what they check and how they answer is theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import Response

from chalicelib.retainer.api.params import Params
from chalicelib.retainer.container import Retainer

View = Callable[[Retainer, Params], Response]

PAGE = 100
"""The most that lists give at once."""


def ask(view: View, room: Retainer, **values: Any) -> Any:
    """Return a view's answer; None among the values stands for what is not said.

    Raises the domain's errors, as the view does.
    """
    return view(room, _params(values)).body


def every(view: View, room: Retainer, most: int | None = None, **values: Any) -> list[Any]:
    """Return all that a list has, page by page, or the first `most`."""
    found: list[Any] = []
    cursor: str | None = None
    while most is None or len(found) < most:
        limit = PAGE if most is None else min(PAGE, most - len(found))
        answer = view(room, _params({**values, "cursor": cursor, "limit": limit}))
        found += answer.body
        following = answer.headers.get("x-next-cursor")
        if following is None:
            break
        cursor = str(following)
    return found


def _params(values: dict[str, Any]) -> Params:
    return Params({name: value for name, value in values.items() if value is not None}, typed=True)
