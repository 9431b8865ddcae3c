"""Finds the route of a path as API Gateway does: segment by segment, literals before parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Match:
    route: str
    params: dict[str, str]


class Routes:
    def __init__(self, routes: Iterable[str]) -> None:
        # A parameter sorts after every literal, at the leftmost place where two routes differ.
        self._routes = sorted(
            ((route, _split(route)) for route in routes),
            key=lambda entry: [(_is_param(part), part) for part in entry[1]],
        )

    def find(self, path: str) -> Match | None:
        """The route of an undecoded path; a `%2F` in a segment does not split it."""
        if len(path) > 1 and path.endswith("/"):
            path = path[:-1]
        segments = _split(path)
        for route, parts in self._routes:
            if len(parts) == len(segments) and all(map(_fits, parts, segments)):
                pairs = zip(parts, segments, strict=True)
                return Match(route, {p[1:-1]: unquote(s) for p, s in pairs if _is_param(p)})
        return None


def _split(path: str) -> list[str]:
    return path.split("/")[1:]


def _is_param(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")


def _fits(part: str, segment: str) -> bool:
    return bool(segment) if _is_param(part) else part == unquote(segment)
