"""QuestionFormAnswers: what a worker submitted, as the service hands it to the requester."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.mturk import documents
from chalicelib.mturk.documents import DocumentError, Node
from chalicelib.mturk.frame import RESERVED_FIELDS

VERSION = "2005-10-01"
# An answer document may hold far more than a question: it is what people typed.
MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class FreeText:
    """What was written, perhaps nothing."""

    text: str


@dataclass(frozen=True, slots=True)
class Selections:
    """What was chosen, perhaps nothing, and what was written beside the choices."""

    identifiers: tuple[str, ...]
    other_text: str | None = None


def build(fields: list[tuple[str, str]]) -> str:
    """Write a submitted form as a document, one FreeText answer per field.

    Reserved names are left out. Of a name given several times, as by checkboxes, all values are
    kept, with a bar between them as the service's results had them, in the place of the first.
    """
    kept: dict[str, list[str]] = {}
    for name, value in fields:
        if name and name not in RESERVED_FIELDS:
            kept.setdefault(name, []).append(value)
    return build_answers({name: FreeText("|".join(values)) for name, values in kept.items()})


def build_answers(given: Mapping[str, FreeText | Selections]) -> str:
    """Write the answers to a form's questions as a document, by question and in their order."""
    answers = "".join(
        f"<Answer>{_text('QuestionIdentifier', name)}{_values(value)}</Answer>"
        for name, value in given.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<QuestionFormAnswers xmlns="{documents.SCHEMAS}/{VERSION}/QuestionFormAnswers.xsd">'
        f"{answers}</QuestionFormAnswers>"
    )


def parse(xml: str) -> dict[str, str | list[str]]:
    """Read a document: text for free text and files, a list for selections.

    A selection's other text is the list's last entry. Raises `DocumentError`.
    """
    root = documents.parse(xml, max_bytes=MAX_BYTES)
    documents.expect_root(root, "QuestionFormAnswers", VERSION)
    return dict(_answer(node) for node in root.children)


def _answer(node: Node) -> tuple[str, str | list[str]]:
    if node.name != "Answer" or not node.children:
        raise DocumentError(f"expected Answer, found {node.name}", node.line)
    identifier, *values = node.children
    if identifier.name != "QuestionIdentifier":
        raise DocumentError(f"expected QuestionIdentifier, found {identifier.name}", node.line)
    names = [value.name for value in values]
    name = identifier.only_text()
    if names == ["FreeText"]:
        return name, values[0].only_text()
    if names == ["UploadedFileSizeInBytes", "UploadedFileKey"]:
        return name, values[1].only_text()
    if set(names[:-1]) <= {"SelectionIdentifier"} and set(names[-1:]) <= {
        "SelectionIdentifier",
        "OtherSelectionText",
    }:
        return name, [value.only_text() for value in values]
    raise DocumentError(f"Answer to {name!r} holds {', '.join(names)}", node.line)


def _values(value: FreeText | Selections) -> str:
    if isinstance(value, FreeText):
        return _text("FreeText", value.text)
    chosen = "".join(_text("SelectionIdentifier", one) for one in value.identifiers)
    return chosen + (
        "" if value.other_text is None else _text("OtherSelectionText", value.other_text)
    )


def _text(element: str, text: str) -> str:
    return f"<{element}>{documents.escape(text)}</{element}>"
