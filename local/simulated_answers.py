"""What a simulated worker answers: to a payload, to a page with a form, to a QuestionForm.

They choose among options at random, write `A simulated answer` where text is wanted, and answer
`done` where there is nothing to choose or to fill in.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

TEXT = "A simulated answer"
NOTHING_TO_FILL_IN = {"answer": "done"}

Pairs = list[tuple[str, str]]

# What the usual patterns of a form ask for.
_TEXTS = (TEXT, "yes", "7", "12345", "2026-01-31", "simulated@example.org", "https://example.org/")
_PRESSED = frozenset({"submit", "image"})
_EMPTY = frozenset({"button", "reset", "file", "password"})


def to_payload(payload: str | None, rng: random.Random, seed: int) -> dict[str, str]:
    """One of the payload's `options`; the first ones are a little more popular."""
    try:
        asked = json.loads(payload or "")
        options = [_text_of(option, n) for n, option in enumerate(asked["options"], 1)]
    except (ValueError, TypeError, KeyError):
        return dict(NOTHING_TO_FILL_IN)
    if not options:
        return dict(NOTHING_TO_FILL_IN)
    # The same question divides the crowd the same way in every run with the same seed.
    taste = random.Random(f"{seed}/{asked.get('question')}")
    weights = [0.3 + taste.random() for _ in options]
    return {"answer": rng.choices(options, weights)[0]}


def _text_of(option: object, number: int) -> str:
    """As the poll's page names it: an option may be its text, or that with a picture."""
    if isinstance(option, dict):
        return str(option.get("text") or f"Option {number}")
    return str(option)


def to_page(html: str, rng: random.Random) -> Pairs:
    """The fields of a page's forms, filled in, in the order of the page."""
    page = _Fields()
    page.feed(html)
    page.close()
    return page.filled_in(rng) or [*NOTHING_TO_FILL_IN.items()]


def to_form(view: Mapping[str, Any], rng: random.Random) -> Pairs:
    """The fields of a QuestionForm, as `mturk.form_view` describes it."""
    filled: Pairs = []
    for part in view["parts"]:
        if part["kind"] != "question":
            continue
        asked = part["input"]
        if asked["kind"] == "text":
            filled.append((asked["field"], _text(asked, rng)))
            continue
        choices = [choice["value"] for choice in asked["choices"]]
        most = min(asked["max"], len(choices))
        chosen = rng.sample(choices, rng.randint(min(max(1, asked["min"]), most), most))
        filled += [(asked["field"], choice) for choice in choices if choice in chosen]
    return filled


def _text(asked: Mapping[str, Any], rng: random.Random) -> str:
    if bounds := asked["numeric"]:
        return str(_number(bounds["min"], bounds["max"], rng))
    least, most = asked["length"]["min"] or 0, asked["length"]["max"]
    fitted = [(text * (least // len(text) + 1) if len(text) < least else text) for text in _TEXTS]
    fitted = [text[:most] if most else text for text in fitted]
    return next((text for text in fitted if _fits(asked["patterns"], text)), fitted[0])


def _fits(patterns: Sequence[Mapping[str, Any]], text: str) -> bool:
    try:
        return all(
            re.search(one["regex"], text, re.IGNORECASE if one["flags"] == "i" else 0)
            for one in patterns
        )
    except re.error:
        return False


def _number(least: Any, most: Any, rng: random.Random) -> int:
    low = 1 if least in {None, ""} else round(float(least))
    high = low + 9 if most in {None, ""} else round(float(most))
    return rng.randint(min(low, high), max(low, high))


class _Fields(HTMLParser):
    """A page's fields by name, with the values that each may take."""

    def __init__(self) -> None:
        super().__init__()
        # Name: kind and what may be chosen; `buttons` submit the form, and one of them is pressed.
        self._fields: dict[str, tuple[str, list[str]]] = {}
        self._buttons: Pairs = []
        self._numbers: dict[str, tuple[Any, Any]] = {}
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, kind = given.get("name", ""), given.get("type", "").lower()
        if tag == "option" and self._select and given.get("value"):
            self._fields[self._select][1].append(given["value"])
        if not name or name == "assignmentId":
            return
        if tag == "button" or (tag == "input" and kind in _PRESSED):
            if kind in {"", *_PRESSED}:
                self._buttons.append((name, given.get("value", "")))
        elif tag == "select":
            self._select = name
            self._fields.setdefault(name, ("one", []))
        elif tag == "textarea":
            self._fields.setdefault(name, ("text", []))
        elif tag == "input" and kind not in _EMPTY:
            self._input(name, kind, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""

    def filled_in(self, rng: random.Random) -> Pairs:
        filled: Pairs = []
        for name, (kind, values) in self._fields.items():
            if kind == "text":
                filled.append((name, TEXT))
            elif kind == "number":
                filled.append((name, str(_number(*self._numbers[name], rng))))
            elif kind == "kept":
                filled += [(name, value) for value in values]
            elif kind == "some":
                chosen = rng.sample(values, rng.randint(1, len(values)))
                filled += [(name, value) for value in values if value in chosen]
            elif values:
                filled.append((name, rng.choice(values)))
        return filled + ([rng.choice(self._buttons)] if self._buttons else [])

    def _input(self, name: str, kind: str, given: Mapping[str, str]) -> None:
        if kind in {"number", "range"}:
            self._fields[name] = ("number", [])
            self._numbers[name] = (given.get("min"), given.get("max"))
        elif kind in {"radio", "checkbox", "hidden"}:
            how = {"radio": "one", "checkbox": "some", "hidden": "kept"}[kind]
            value = given.get("value", "on" if kind != "hidden" else "")
            self._fields.setdefault(name, (how, []))[1].append(value)
        else:
            self._fields.setdefault(name, ("text", []))
