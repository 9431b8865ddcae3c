"""Where the documents of qualification tests are not read: tests cannot be set, all else works."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.marketplace.domain.errors import NotSupported


class NoTests:
    """Implements `TestFormats` by refusing."""

    def check(self, test: str, answer_key: str | None) -> None:
        raise NotSupported("The parameter Test")

    def answers_of(self, test: str, fields: Sequence[tuple[str, str]]) -> str:
        raise NotSupported("A qualification test")

    def score(self, answer_key: str, answers: str) -> int:
        raise NotSupported("A qualification test")
