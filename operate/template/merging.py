"""Puts a template together from its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """All resources of the parts; raises `ValueError` where two name the same one."""
    whole: dict[str, Any] = {}
    for part in parts:
        if twice := sorted(set(whole) & set(part)):
            raise ValueError(f"two parts of the template name a resource {twice[0]}")
        whole.update(part)
    return whole
