"""QuestionFormAnswers: what a worker submitted, as the service hands it to the requester."""

from __future__ import annotations

from chalicelib.mturk import documents
from chalicelib.mturk.documents import DocumentError, Node
from chalicelib.mturk.frame import RESERVED_FIELDS

VERSION = "2005-10-01"
# An answer document may hold far more than a question: it is what people typed.
MAX_BYTES = 1_000_000


def build(fields: list[tuple[str, str]]) -> str:
    """Write a submitted form as a document, one FreeText answer per field.

    Reserved names are left out. Of a name given several times the last value counts, as on the
    service, in the place of the first.
    """
    kept = {name: value for name, value in fields if name and name not in RESERVED_FIELDS}
    answers = "".join(
        f"<Answer><QuestionIdentifier>{documents.escape(name)}</QuestionIdentifier>"
        f"<FreeText>{documents.escape(value)}</FreeText></Answer>"
        for name, value in kept.items()
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
