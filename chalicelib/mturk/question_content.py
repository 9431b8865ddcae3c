"""What a QuestionForm shows: titles, texts, lists, formatted blocks, media."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.mturk import formatted_content, schema
from chalicelib.mturk.documents import DocumentError, Node
from chalicelib.mturk.formatted_content import Tree
from chalicelib.mturk.schema import Children

_MEDIA = ("image", "audio", "video")


@dataclass(frozen=True, slots=True)
class Title:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text; what looks like markup in it is text too."""

    text: str


@dataclass(frozen=True, slots=True)
class BulletList:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormattedContent:
    tree: Tree


@dataclass(frozen=True, slots=True)
class Binary:
    """An image, a sound or a film, with the words to show where it cannot be."""

    media: str
    subtype: str | None
    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class EmbeddedBinary:
    """As `Binary`, of any type, with the size of its box as the requester wrote it."""

    media: str
    subtype: str | None
    url: str
    alt: str
    width: str
    height: str
    parameters: tuple[tuple[str, str], ...] = ()


Content = Title | Text | BulletList | FormattedContent | Binary | EmbeddedBinary


def parse(node: Node) -> tuple[Content, ...]:
    """Read an Overview or a QuestionContent; raises `DocumentError`."""
    children = Children(node)
    found: list[Content] = []
    while not found or children.peek() is not None:
        child = children.one(*_READERS, "Application")
        if child.name == "Application":
            raise DocumentError("Application is not supported since 2017-12-12", child.line)
        found.append(_READERS[child.name](child))
    return tuple(found)


def parse_choice(node: Node) -> Text | FormattedContent | Binary:
    """Read what stands for a selection."""
    if node.name == "Text":
        return _text(node)
    return _formatted(node) if node.name == "FormattedContent" else _binary(node)


def _title(node: Node) -> Title:
    return Title(schema.text(node))


def _text(node: Node) -> Text:
    return Text(schema.text(node))


def _list(node: Node) -> BulletList:
    children = Children(node)
    items = tuple(schema.text(item) for item in children.many("ListItem"))
    children.end()
    return BulletList(items)


def _formatted(node: Node) -> FormattedContent:
    return FormattedContent(formatted_content.parse(schema.text(node), node.line))


def _binary(node: Node) -> Binary:
    children = Children(node)
    media, subtype = _mime_type(children.one("MimeType"), _MEDIA)
    url = schema.web_address(children.one("DataURL"))
    alt = schema.text(children.one("AltText"))
    children.end()
    return Binary(media, subtype, url, alt)


def _embedded_binary(node: Node) -> EmbeddedBinary:
    children = Children(node)
    media, subtype = _mime_type(children.one("EmbeddedMimeType"), ())
    url = schema.web_address(children.one("DataURL"))
    alt = schema.text(children.one("AltText"))
    width = schema.text(children.one("Width")).strip()
    height = schema.text(children.one("Height")).strip()
    parameters = tuple(_parameter(one) for one in children.many("ApplicationParameter", 0))
    children.end()
    return EmbeddedBinary(media, subtype, url, alt, width, height, parameters)


def _mime_type(node: Node, allowed: tuple[str, ...]) -> tuple[str, str | None]:
    children = Children(node)
    type_node = children.one("Type")
    media = schema.one_of(type_node, *allowed) if allowed else schema.identifier(type_node)
    # The schema asks for an embedded object's subtype, the documentation calls it optional.
    subtype = children.maybe("SubType")
    children.end()
    return media, None if subtype is None else schema.text(subtype).strip()


def _parameter(node: Node) -> tuple[str, str]:
    children = Children(node)
    name = schema.text(children.one("Name"))
    value = schema.text(children.one("Value"))
    children.end()
    return name, value


_READERS: dict[str, Callable[[Node], Content]] = {
    "Title": _title,
    "Text": _text,
    "List": _list,
    "FormattedContent": _formatted,
    "Binary": _binary,
    "EmbeddedBinary": _embedded_binary,
}
