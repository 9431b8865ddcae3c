"""What a request brings: query, form or JSON, read strictly and named in every complaint."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chalice.app import Request

from chalicelib.kit import charsets, nearest
from chalicelib.kit.strict_json import NotJson, RepeatedName, parse_json
from chalicelib.retainer.domain.errors import BadInput, TooLarge
from chalicelib.retainer.domain.readers import whole_number
from chalicelib.retainer.domain.reservations import foreign_id_of

if TYPE_CHECKING:
    from chalicelib.retainer.domain.ports import ApiKey
    from chalicelib.retainer.domain.reservations import ForeignId

LARGEST_BODY = 64 * 1024
FIELDS_MOST = 200

ANY_ROUTE_TAKES = ("apiKey", "_", "callback")

EXACT_MOST = 2**53 - 1
"""JavaScript rounds larger numbers, so that a page would give another id back."""

# A page that is closing sends its last words as text/plain, since anything else needs a preflight.
CONTENT_TYPES = ["application/x-www-form-urlencoded", "application/json", "text/plain"]


class Params:
    """Named values of one request; those of a form are text, those of JSON keep their type."""

    def __init__(
        self, values: Mapping[str, Any], typed: bool = False, in_address: Container[str] = ()
    ) -> None:
        """`typed`: the body was JSON, so that its text is text however much it looks a number.
        `in_address` are the names that stood in the query. `caller` is the key that the request
        came with, once it is checked; `wants_json`: it names JSON as what it accepts."""
        self._values = values
        self.in_address = in_address
        self._typed = typed
        self.caller: ApiKey | None = None
        self.wants_json = False

    @classmethod
    def of(cls, request: Request) -> Params:
        """Read query and body together; raises `BadInput` for a field given twice."""
        pairs: list[tuple[str, Any]] = []
        query = request.query_params
        if query is not None:
            pairs += [(name, value) for name in query for value in query.getlist(name)]
        if any(charsets.LOST in text for pair in pairs for text in pair):
            raise BadInput("The address is not in UTF-8.", "bad_address")
        in_address = frozenset(name for name, _ in pairs)
        body, typed = _body(request)
        pairs += body
        values: dict[str, Any] = {}
        for name, value in pairs:
            if name in values:
                raise BadInput(f"The field {name[:40]!r} is given twice.", "repeated_field")
            values[name] = value
        found = cls(values, typed, in_address)
        found.wants_json = "json" in (request.headers.get("accept") or "").lower()
        return found

    def has(self, name: str) -> bool:
        return self._values.get(name) not in (None, "")

    def raw(self, name: str) -> Any:
        return self._values.get(name)

    def all_but(self, *names: str) -> dict[str, Any]:
        return {k: v for k, v in self._values.items() if k not in names}

    def refuse_others(self, names: Sequence[str]) -> None:
        """Raise `BadInput` for the first parameter that is none of these, nor one of those that any
        route takes: the key, and what jQuery adds."""
        for name in self._values:
            if name not in names and name not in ANY_ROUTE_TAKES:
                hint = nearest.hint(name, names) or _list_of(names)
                raise BadInput(
                    f"This route takes no parameter {name[:40]!r}.{hint}",
                    "unknown_parameter",
                    name[:40],
                )

    def need(self, name: str) -> Any:
        if not self.has(name):
            raise BadInput(f"The field {name} is missing.", "missing_field", name)
        return self._values[name]

    def text(self, name: str, longest: int, default: str | None = None) -> str:
        """Read text; a missing field is refused unless there is a default."""
        if default is not None and not self.has(name):
            return default
        value = self.need(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise BadInput(f"{name} must be text.", "wrong_type", name)
        if len(value) > longest:
            raise BadInput(f"{name} may have at most {longest} characters.", "out_of_range", name)
        return value

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        if default is not None and not self.has(name):
            return default
        return whole_number(name, self.need(name), least, most)

    def number(self, name: str, default: float) -> float:
        if not self.has(name):
            return default
        value = self.need(name)
        try:
            if isinstance(value, bool):
                raise ValueError
            return float(value)
        except (TypeError, ValueError, OverflowError):
            raise BadInput(f"{name} must be a number.", "wrong_type", name) from None

    def flag(self, name: str, default: bool | None = None) -> bool:
        if default is not None and not self.has(name):
            return default
        value = self.need(name)
        if value is True or value in ("1", "true", "True", 1):
            return True
        if value is False or value in ("0", "false", "False", 0):
            return False
        raise BadInput(f"{name} must be true or false.", "wrong_type", name)

    def foreign_id(self, name: str) -> ForeignId:
        """Read an id of the application's: text or a number, given on to pages as it came."""
        value = self.need(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise BadInput(f"{name} must be a number or text.", "wrong_type", name)
        if isinstance(value, str):
            # Of a form everything is text, so only there a number is recognised by its looks.
            return value if self._typed else foreign_id_of(value)
        if abs(value) > EXACT_MOST:
            raise BadInput(
                f"{name} is too large for a number that browsers read exactly; send it as text.",
                "out_of_range",
                name,
            )
        return value

    def payload(self, name: str) -> str | None:
        """Read text to hand on to workers; JSON that is not text is handed on as JSON."""
        value = self.raw(name)
        if value is None:
            return None
        return value if isinstance(value, str) else json.dumps(value)


def _list_of(names: Sequence[str]) -> str:
    return f" It takes {', '.join(names)}." if names else ""


def _body(request: Request) -> tuple[list[tuple[str, Any]], bool]:
    """Return the body's fields, and whether it was JSON."""
    raw = _as_bytes(request.raw_body)
    if len(raw) > LARGEST_BODY:
        raise TooLarge(f"The body may have at most {LARGEST_BODY // 1024} KB.")
    if not raw.strip():
        return [], False
    said = request.headers.get("content-type") or ""
    kind = said.partition(";")[0].strip().lower()
    charset = charsets.named_in(said)
    try:
        if kind == "application/json" or (not kind and raw.lstrip().startswith(b"{")):
            text = charsets.decode(raw, charset)
            _refuse_lost(text)
            return _json(text), True
        _refuse_lost(raw.decode(errors="replace"))
        pairs = charsets.pairs_of(raw, FIELDS_MOST)
        return [
            (charsets.decode(name, charset), charsets.decode(value, charset))
            for name, value in pairs
        ], False
    except charsets.NotText as error:
        raise BadInput(f"{error} Content-Type may name another: charset=….", "bad_body") from None
    except ValueError:
        raise BadInput(f"A form has at most {FIELDS_MOST} fields.", "bad_body") from None


def _refuse_lost(text: str) -> None:
    """Refuse what was made text on the way here, by API Gateway for one, and was none."""
    if charsets.LOST in text:
        raise charsets.NotText("The body is not in UTF-8.")


def _json(text: str) -> list[tuple[str, Any]]:
    try:
        given = parse_json(text)
    except RepeatedName as twice:
        raise BadInput(f"The field {twice.name[:40]!r} is given twice.", "repeated_field") from None
    except NotJson:
        raise BadInput("The body is not valid JSON.", "bad_json") from None
    if not isinstance(given, dict):
        raise BadInput("The body must be a JSON object.", "bad_json")
    return list(given.items())


def parse_json_field(name: str, value: Any) -> dict[str, Any]:
    """Read a field that holds a JSON object, as text or as it is."""
    if isinstance(value, str):
        value = dict(_json_of(name, value))
    if not isinstance(value, dict):
        raise BadInput(f"{name} must be a JSON object.", "bad_json", name)
    return value


def _json_of(name: str, text: str) -> list[tuple[str, Any]]:
    try:
        return _json(text)
    except BadInput as error:
        raise BadInput(f"{name}: {error.message}", error.code) from None


def _as_bytes(body: str | bytes | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""
