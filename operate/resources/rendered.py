"""Reads the template's resources with the real names and addresses in place of its references."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_REFERENCE = re.compile(r"\$\{([^}]+)\}")


def rendered(value: Any, names: Mapping[str, str]) -> Any:
    """Resolve `Ref`, `Fn::GetAtt` and `Fn::Sub`: `names` has `Thing` and `Thing.Attribute`.

    Raises `KeyError` for what is not among them.
    """
    if isinstance(value, list):
        return [rendered(one, names) for one in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"Ref"}:
        return names[value["Ref"]]
    if set(value) == {"Fn::GetAtt"}:
        return names[".".join(value["Fn::GetAtt"])]
    if set(value) == {"Fn::Sub"}:
        return _REFERENCE.sub(lambda found: _meant(found[1], names), value["Fn::Sub"])
    return {name: rendered(one, names) for name, one in value.items()}


def _meant(name: str, names: Mapping[str, str]) -> str:
    # ${!thing} stands for the text ${thing}.
    return f"${{{name[1:]}}}" if name.startswith("!") else names[name]


def counted(items: list[Any]) -> dict[str, Any]:
    """A list as CloudFront's API has them."""
    return {"Quantity": len(items), "Items": items}
