"""The protocol's operations and shapes, and the check of requests and answers against them.

The shapes are those of botocore's own service model: of the installed botocore or, where that has
none any more, of a copy that `take_copy` made with an older one. The service has closed, and AWS
removes the models of closed services. botocore checks required members, types and `min`; here
`max`, `pattern`, enumerations and unknown members count too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import botocore.loaders
import botocore.session

from chalicelib.kit import sdk

DATA_PATH = Path(__file__).parent / "data"
"""Where a copy lies, in the layout of a botocore data folder; not in the repository."""

_SERVICE_FILE = DATA_PATH / "mturk" / "2017-01-17" / "service-2.json"

_Shape = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """One way in which a value does not fit its shape; `kind` is missing, unknown or invalid."""

    kind: str
    path: str
    message: str


def load(copy: Path, search_path: str | None = None) -> Mapping[str, Any]:
    """Read the copy if there is one, else botocore's model (looked for in `search_path` too)."""
    if copy.exists():
        return cast(Mapping[str, Any], json.loads(copy.read_text()))
    loader = botocore.loaders.create_loader(search_path)
    found = loader.load_service_model("mturk", "service-2", "2017-01-17")
    return cast(Mapping[str, Any], found)


def session() -> botocore.session.Session:
    """Return a botocore session that knows the protocol, also where botocore has it no more."""
    return sdk.session(DATA_PATH)


def take_copy(data_path: Path) -> Path:
    """Write the installed botocore's model, without its prose, into a botocore data folder.

    For building a package whose runtime's botocore may lack it; `AWS_DATA_PATH` can point there.
    Where botocore has none any more, what an earlier copy wrote stays.
    """
    target = data_path / "mturk" / "2017-01-17" / "service-2.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    found = load(target if target.exists() else _SERVICE_FILE)
    target.write_text(json.dumps(_without_prose(found)))
    # Without these a client has no `get_paginator`.
    pages = target.with_name("paginators-1.json")
    if not pages.exists():
        pages.write_text(json.dumps(_paginators()))
    return target


def _paginators() -> Any:
    ours = _SERVICE_FILE.with_name("paginators-1.json")
    if ours.exists():
        return json.loads(ours.read_text())
    loader = botocore.loaders.create_loader()
    return loader.load_service_model("mturk", "paginators-1", "2017-01-17")


def _without_prose(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _without_prose(item)
            for key, item in value.items()
            if not (key == "documentation" and isinstance(item, str))
        }
    return [_without_prose(item) for item in value] if isinstance(value, list) else value


@cache
def _service() -> Mapping[str, Any]:
    return load(_SERVICE_FILE)


def operation_names() -> frozenset[str]:
    """The 39 operations."""
    return frozenset(_service()["operations"])


def target_prefix() -> str:
    """What `X-Amz-Target` begins with, before the dot."""
    return str(_service()["metadata"]["targetPrefix"])


def signing_name() -> str:
    """The service's name in a signature's scope."""
    return str(_service()["metadata"]["endpointPrefix"])


def request_problems(operation: str, parameters: Any) -> list[Problem]:
    """What is wrong with a request as it came off the wire; empty if nothing is."""
    return list(_check(_shape_of(operation, "input"), parameters, ""))


def answer_problems(operation: str, answer: Any) -> list[Problem]:
    """What is wrong with an answer about to go on the wire; empty if nothing is."""
    return list(_check(_shape_of(operation, "output"), answer, ""))


def _shape_of(operation: str, direction: str) -> _Shape:
    return _named(_service()["operations"][operation][direction]["shape"])


def _named(name: str) -> _Shape:
    return cast(_Shape, _service()["shapes"][name])


def _check(shape: _Shape, value: Any, path: str) -> Iterator[Problem]:
    kind = shape["type"]
    if kind == "structure":
        yield from _check_structure(shape, value, path)
    elif kind == "list":
        yield from _check_list(shape, value, path)
    elif kind == "string":
        yield from _check_string(shape, value, path)
    elif kind in {"integer", "long"}:
        yield from _check_integer(shape, value, path, 31 if kind == "integer" else 63)
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield _invalid(path, value)
    elif kind == "timestamp":
        yield from _check_timestamp(value, path)
    else:
        raise ValueError(f"the model has a kind of shape that is not known here: {kind}")


def _check_structure(shape: _Shape, value: Any, path: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield _invalid(path, value)
        return
    members = shape.get("members", {})
    for name in shape.get("required", ()):
        # A JSON null is an absent member.
        if value.get(name) is None:
            where = _join(path, name)
            yield Problem(
                "missing",
                where,
                "Your request is missing required parameters. "
                f"Required parameters include {where}.",
            )
    for name, item in value.items():
        where = _join(path, name)
        if name not in members:
            shown = where if where.isascii() and where.isprintable() else "(unprintable)"
            yield Problem("unknown", where, f"The parameter {shown[:64]} is not known.")
        elif item is not None:
            yield from _check(_named(members[name]["shape"]), item, where)


def _check_list(shape: _Shape, value: Any, path: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield _invalid(path, value)
        return
    if not shape.get("min", 0) <= len(value) <= shape.get("max", len(value)):
        yield Problem("invalid", path, f"The parameter {path} may not have {len(value)} members.")
    for at, item in enumerate(value):
        yield from _check(_named(shape["member"]["shape"]), item, f"{path}[{at}]")


def _check_string(shape: _Shape, value: Any, path: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield _invalid(path, value)
        return
    low, high = shape.get("min", 0), shape.get("max")
    if len(value) < low:
        message = f"Your request parameter {path} has a minimum length of {low}."
        yield Problem("invalid", path, message)
    elif high is not None and len(value) > high:
        message = f"Your request parameter {path} has a maximum length of {high}."
        yield Problem("invalid", path, message)
    elif ("enum" in shape and value not in shape["enum"]) or (
        "pattern" in shape and not _pattern(shape["pattern"]).fullmatch(value)
    ):
        yield _invalid(path, value)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    # fullmatch instead of the anchors: Python's $ would let a trailing newline through.
    return re.compile(text.removeprefix("^").removesuffix("$"), re.ASCII)


def _check_integer(shape: _Shape, value: Any, path: str, bits: int) -> Iterator[Problem]:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        yield _invalid(path, value)
        return
    low, high = shape.get("min", -(2**bits)), shape.get("max", 2**bits - 1)
    if not low <= value <= high:
        yield _invalid(path, value)


def _check_timestamp(value: Any, path: str) -> Iterator[Problem]:
    # Seconds since the epoch on the wire; up to the year 9999, that datetime can show.
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not -62_135_596_800 <= value <= 253_402_300_799
    ):
        yield _invalid(path, value)


def _invalid(path: str, value: Any) -> Problem:
    shown = value if isinstance(value, str) else json.dumps(value, default=str)
    shown = "".join(c if c.isprintable() else "?" for c in shown)
    shown = shown if len(shown) <= 100 else shown[:100] + "…"
    where = path or "request"
    return Problem("invalid", where, f'The value "{shown}" is not valid for the parameter {where}.')


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
