"""Qualification types of our own, found by their names, which are unique among an account's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from chalicelib.retainer.domain.market import MarketError


class NamedTypes:
    """Each is made on first use and remembered for the life of the process."""

    def __init__(
        self,
        call: Callable[..., dict[str, Any]],
        pages: Callable[..., Iterator[dict[str, Any]]],
    ) -> None:
        self._call = call
        self._pages = pages
        self._known: dict[str, str] = {}

    def id_of(self, name: str, means: str) -> str:
        """Return a type's id; make it, if it is not there. `means` is shown to workers."""
        if name not in self._known:
            self._known[name] = self._made(name, means)
        return self._known[name]

    def _made(self, name: str, means: str) -> str:
        try:
            made = self._call(
                "create_qualification_type",
                Name=name,
                Description=means,
                QualificationTypeStatus="Active",
            )
            return str(made["QualificationType"]["QualificationTypeId"])
        except MarketError:
            # It is there already, or something is wrong: then it is not found either.
            found = self._pages(
                "list_qualification_types",
                "QualificationTypes",
                MustBeRequestable=False,
                MustBeOwnedByCaller=True,
                Query=name,
            )
            there = next((k["QualificationTypeId"] for k in found if k["Name"] == name), None)
            if there is None:
                raise
            return str(there)
