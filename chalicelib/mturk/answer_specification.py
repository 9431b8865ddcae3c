"""How a question of a QuestionForm is answered: free text, or a choice among selections."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from chalicelib.mturk import question_content, schema
from chalicelib.mturk.documents import DocumentError, Node
from chalicelib.mturk.question_content import Binary, FormattedContent, Text
from chalicelib.mturk.schema import INT_MAX, Children

DEFAULT_ERROR_TEXT = "Invalid input supplied."


class Style(Enum):
    """How the requester would like the selections to look."""

    RADIOBUTTON = "radiobutton"
    CHECKBOX = "checkbox"
    LIST = "list"
    DROPDOWN = "dropdown"
    COMBOBOX = "combobox"
    MULTICHOOSER = "multichooser"


@dataclass(frozen=True, slots=True)
class NumericRange:
    """The answer is a number within these bounds, both included."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class LengthRange:
    """The answer has so many characters, white space included."""

    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """A JavaScript regular expression that the answer has to contain a match of."""

    regex: str
    error_text: str = DEFAULT_ERROR_TEXT
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class FreeTextAnswer:
    numeric: NumericRange | None = None
    length: LengthRange = LengthRange()
    formats: tuple[AnswerFormat, ...] = ()
    default_text: str = ""
    lines: int = 1


@dataclass(frozen=True, slots=True)
class Selection:
    identifier: str
    content: Text | FormattedContent | Binary


@dataclass(frozen=True, slots=True)
class SelectionAnswer:
    """A choice; `other` is the field for an answer that is not on the list."""

    selections: tuple[Selection, ...]
    least: int = 1
    most: int = 1
    style: Style | None = None
    other: FreeTextAnswer | None = None


AnswerSpecification = FreeTextAnswer | SelectionAnswer


def parse(node: Node) -> AnswerSpecification:
    """Read an AnswerSpecification; raises `DocumentError`.

    File upload is refused under every schema, as the service did from 2017-12-12 on.
    """
    children = Children(node)
    child = children.one("FreeTextAnswer", "SelectionAnswer", "FileUploadAnswer")
    children.end()
    if child.name == "FileUploadAnswer":
        raise DocumentError("FileUploadAnswer is not supported since 2017-12-12", child.line)
    return _free_text(child) if child.name == "FreeTextAnswer" else _selection_answer(child)


def _free_text(node: Node) -> FreeTextAnswer:
    children = Children(node)
    constraints = children.maybe("Constraints")
    default = children.maybe("DefaultText")
    lines = children.maybe("NumberOfLinesSuggestion")
    children.end()
    numeric, length, formats = (
        (None, LengthRange(), ()) if constraints is None else _constraints(constraints)
    )
    return FreeTextAnswer(
        numeric,
        length,
        formats,
        "" if default is None else schema.text(default),
        1 if lines is None else schema.integer(lines, 1),
    )


def _constraints(
    node: Node,
) -> tuple[NumericRange | None, LengthRange, tuple[AnswerFormat, ...]]:
    children = Children(node)
    numeric = children.maybe("IsNumeric")
    length = children.maybe("Length")
    formats = children.many("AnswerFormatRegex", 0)
    children.end()
    return (
        None if numeric is None else _numeric(numeric),
        LengthRange() if length is None else _length(length),
        tuple(_format(one) for one in formats),
    )


def _numeric(node: Node) -> NumericRange:
    _check_empty(node, "minValue", "maxValue")
    least = schema.integer_attribute(node, "minValue")
    most = schema.integer_attribute(node, "maxValue")
    if least is not None and most is not None and least > most:
        raise DocumentError(f"minValue {least} is more than maxValue {most}", node.line)
    return NumericRange(least, most)


def _length(node: Node) -> LengthRange:
    _check_empty(node, "minLength", "maxLength")
    least = schema.integer_attribute(node, "minLength", 0) or 0
    most = schema.integer_attribute(node, "maxLength", 1)
    if most is not None and least > most:
        raise DocumentError(f"minLength {least} is more than maxLength {most}", node.line)
    return LengthRange(least, most)


def _format(node: Node) -> AnswerFormat:
    _check_empty(node, "regex", "errorText", "flags")
    if "regex" not in node.attributes:
        raise DocumentError("AnswerFormatRegex needs the attribute regex", node.line)
    flags = node.attributes.get("flags", "")
    if flags not in {"", "i"}:
        raise DocumentError(f"flags may be i only, not {flags[:40]!r}", node.line)
    error_text = node.attributes.get("errorText", "").strip() or DEFAULT_ERROR_TEXT
    return AnswerFormat(node.attributes["regex"], error_text, flags == "i")


def _check_empty(node: Node, *attributes: str) -> None:
    schema.check_attributes(node, *attributes)
    if node.only_text().strip():
        raise DocumentError(f"{node.name} may not hold text of its own", node.line)


def _selection_answer(node: Node) -> SelectionAnswer:
    children = Children(node)
    least_node = children.maybe("MinSelectionCount")
    most_node = children.maybe("MaxSelectionCount")
    # The schema's name, and the one that the documentation's table has.
    style = children.maybe("StyleSuggestion") or children.maybe("StyleSuggestions")
    selections_node = children.one("Selections")
    children.end()
    selections, other = _selections(selections_node)
    count = len(selections)
    least = 1 if least_node is None else schema.integer(least_node, 0, count)
    most = 1 if most_node is None else schema.integer(most_node, 1, INT_MAX)
    # Documented as at most the number of selections, but the schema takes more: that means all.
    most = min(most, count)
    if least > most:
        line = node.line if least_node is None else least_node.line
        raise DocumentError(f"MinSelectionCount {least} is more than the maximum {most}", line)
    return SelectionAnswer(
        selections,
        least,
        most,
        None if style is None else Style(schema.one_of(style, *(s.value for s in Style))),
        other,
    )


def _selections(node: Node) -> tuple[tuple[Selection, ...], FreeTextAnswer | None]:
    children = Children(node)
    nodes = children.many("Selection")
    other = children.maybe("OtherSelection")
    children.end()
    found: dict[str, Selection] = {}
    for one in nodes:
        selection = _selection(one)
        if selection.identifier in found:
            raise DocumentError(f"SelectionIdentifier {selection.identifier!r} is twice", one.line)
        found[selection.identifier] = selection
    return tuple(found.values()), None if other is None else _free_text(other)


def _selection(node: Node) -> Selection:
    children = Children(node)
    identifier = schema.identifier(children.one("SelectionIdentifier"))
    content = children.one("Text", "FormattedContent", "Binary")
    children.end()
    return Selection(identifier, question_content.parse_choice(content))
