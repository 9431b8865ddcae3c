"""Qualification types of our own, found by their names, which are unique among an account's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from chalicelib.mturk.qualifications import BY_GRANT_ONLY
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

    def id_of(self, name: str, means: str, once: str | None = None) -> str:
        """Return a type's id; make it, if it is not there. `means` is shown to workers, `once` what
        it was called before: then that one is it.

        Nobody can ask for it where the market knows types by grant only. Elsewhere a worker who
        asks holds nothing of worth by it (0), and no request waits to be accepted by mistake.
        """
        if name not in self._known:
            names = [n for n in (name, once) if n is not None]
            there = next((found for n in names if (found := self._find(n)) is not None), None)
            self._known[name] = there or self._made(name, means)
        return self._known[name]

    def _made(self, name: str, means: str) -> str:
        try:
            made = self._call(
                "create_qualification_type",
                Name=name,
                Description=means,
                Keywords=BY_GRANT_ONLY,
                QualificationTypeStatus="Active",
                AutoGranted=True,
                AutoGrantedValue=0,
            )
            return str(made["QualificationType"]["QualificationTypeId"])
        except MarketError:
            # Another process has just made it, or something is wrong: then it is not found either.
            there = self._find(name)
            if there is None:
                raise
            return there

    def _find(self, name: str) -> str | None:
        found = self._pages(
            "list_qualification_types",
            "QualificationTypes",
            MustBeRequestable=False,
            MustBeOwnedByCaller=True,
            Query=name,
        )
        return next((str(k["QualificationTypeId"]) for k in found if k["Name"] == name), None)
