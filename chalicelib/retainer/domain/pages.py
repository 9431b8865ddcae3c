"""What a requester says of the waiting page: title, instructions, colour, what to do meanwhile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from chalicelib.kit.strict_json import NotJson, parse_json
from chalicelib.retainer.domain.errors import BadInput

if TYPE_CHECKING:
    from chalicelib.retainer.domain.readers import Reader

PASTIMES = ("none", "game", "reading")
SOUNDS = ("bell", "marimba", "knock")

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """Empty: the HIT's own title and description, our colour. `task` is the address of a page
    that opens in a frame as the task; empty, the payload is shown with a field for an answer."""

    title: str = ""
    instructions: str = ""
    accent: str = ""
    pastime: str = "none"
    reading: str = ""
    sound: str = "bell"
    task: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Page:
        """Read back what `to_dict` gave, of this version or an earlier one."""
        names = {f.name for f in fields(cls)}
        return cls(**{k: v for k, v in stored.items() if k in names})


def page_reader(readers: Mapping[str, Reader]) -> Reader:
    """Make what reads a whole page, an object or its JSON, by a reader for each of its fields."""

    def read(name: str, value: Any) -> Page:
        given = _object(name, value)
        if unknown := sorted(set(given) - readers.keys()):
            raise BadInput(f"Unknown field {unknown[0][:40]!r} in {name}.", "unknown_field", name)
        values = {
            field: readers[field](f"{name}.{field}", one)
            for field, one in given.items()
            if one is not None
        }
        # Whoever sends a text wants it read.
        if values.get("reading"):
            values.setdefault("pastime", "reading")
        page = Page(**values)
        if page.pastime == "reading" and not page.reading.strip():
            raise BadInput(f"{name}.reading is missing, but {name}.pastime is reading.",
                           "missing_field", f"{name}.reading")  # fmt: skip
        return page

    return read


def accent(name: str, value: Any) -> str:
    """Read a colour; the page makes it light or dark enough for what it is laid on."""
    if value == "" or (isinstance(value, str) and _COLOUR.fullmatch(value)):
        return str(value).lower()
    raise BadInput(f"{name} must be a colour such as #0b5fb0.", "out_of_range", name)


def _object(name: str, value: Any) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except NotJson:
            value = None
    if not isinstance(value, dict):
        raise BadInput(f"{name} must be a JSON object.", "wrong_type", name)
    return value
