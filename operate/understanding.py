"""How the command line is read: near misses are named, and a mistake shows its own usage."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

# Words for the same thing: a person who types one is told the other.
_SAME = (
    {"make", "create", "add", "new", "put", "announce"},
    {"show", "get", "describe", "look"},
    {"list", "ls", "all"},
    {"revoke", "delete", "remove", "finish", "archive"},
)


class Parser(argparse.ArgumentParser):
    """Takes a subject in the singular and in the plural; says what was probably meant."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.register("action", "parsers", _Commands)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        choices = [str(choice) for choice in action.choices or ()]
        if not choices or (isinstance(action, _Commands) and action.choice_of(value) is not None):
            return
        if value in (action.choices or ()):
            return
        near = _near(str(value), choices)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(choices)}"
        if isinstance(action, _Commands):
            raise argparse.ArgumentError(None, f"there is no command {value!r}: {hint}")
        raise argparse.ArgumentError(action, f"it cannot be {value!r}: {hint}")

    def error(self, message: str) -> NoReturn:
        """Where a command is not complete, its help says how it goes on."""
        wanted = [a.metavar or a.dest for a in self._actions if isinstance(a, _Commands)]
        if wanted and message == f"the following arguments are required: {wanted[0]}":
            self.exit(2, self.format_help())
        super().error(message)


class _Commands(argparse._SubParsersAction):  # type: ignore[type-arg]
    """A level's commands."""

    def choice_of(self, value: Any) -> str | None:
        """The command that a word stands for: itself, its singular or its plural."""
        return next((word for word in one_or_many(str(value)) if word in self.choices), None)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        assert values
        name = self.choice_of(values[0]) or values[0]
        inner: argparse.ArgumentParser = self.choices[name]
        if self.dest is not argparse.SUPPRESS:
            setattr(namespace, self.dest, name)
        found, left = inner.parse_known_args(list(values[1:]), None)
        if left:
            # The command's own usage, not that of the whole line.
            inner.error(f"{' '.join(left)} is not understood{_hint(inner, left[0])}")
        for key, value in vars(found).items():
            setattr(namespace, key, value)


def one_or_many(word: str) -> tuple[str, str, str]:
    """A word, its plural and its singular."""
    return word, f"{word}s", word.removesuffix("s")


def _hint(parser: argparse.ArgumentParser, word: str) -> str:
    """Return the option that an unknown one probably means."""
    option = word.partition("=")[0]
    plain = [action.dest for action in parser._actions if not action.option_strings]
    if option.lstrip("-") in plain:
        return f": give it without {option}"
    near = _near(option, [o for action in parser._actions for o in action.option_strings])
    return f": did you mean {near}?" if near else ""


def _near(word: str, choices: Iterable[str]) -> str | None:
    known = [*choices]
    for same in _SAME:
        if word in same and (other := [choice for choice in known if choice in same]):
            return other[0]
    close = difflib.get_close_matches(word, known, 1, 0.6)
    return close[0] if close else None
