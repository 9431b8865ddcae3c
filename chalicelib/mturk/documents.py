"""Reads the service's XML documents into plain nodes that know their line.

Entities, document types and external references are refused before they can do harm, and so is
whatever is longer or deeper than any honest document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

MAX_BYTES = 65_535
MAX_DEPTH = 50
SCHEMAS = "http://mechanicalturk.amazonaws.com/AWSMechanicalTurkDataSchemas"

# What XML 1.0 cannot hold, not even as a character reference.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class DocumentError(ValueError):
    """A document does not follow its schema; `line` says where, 0 if nowhere in particular."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.message = message
        self.line = line


@dataclass(slots=True)
class Node:
    """One element: its local name, namespace, text and children; `parts` has both as they stand."""

    name: str
    namespace: str
    line: int
    attributes: dict[str, str]
    text: str = ""
    children: list[Node] = field(default_factory=list)
    parts: list[str | Node] = field(default_factory=list)

    def only_text(self) -> str:
        """Return the text of an element that may have no children."""
        if self.children:
            child = self.children[0]
            raise DocumentError(f"{self.name} holds text only, found {child.name}", child.line)
        return self.text


def parse(text: str, *, max_bytes: int = MAX_BYTES, comments: bool = True) -> Node:
    """Read a document; raises `DocumentError` for anything that is not well-formed and harmless.

    Comments and processing instructions are passed over, or refused without `comments`.
    """
    check_size(text, max_bytes)
    builder = _Builder() if comments else _StrictBuilder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    builder.parser = parser
    try:
        parser.feed(text)
        parser.close()
    except ParseError as error:
        raise DocumentError(str(error), error.position[0]) from None
    except DefusedXmlException:
        line: int = parser.parser.CurrentLineNumber
        raise DocumentError("document types and entities are not allowed", line) from None
    assert builder.root is not None  # expat refuses a document without a root
    return builder.root


def check_size(text: str, max_bytes: int = MAX_BYTES) -> None:
    """Raise `DocumentError` for a document that is too long, in bytes of UTF-8."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise DocumentError("the document holds characters that XML cannot hold") from None
    if size > max_bytes:
        raise DocumentError(f"the document has {size} bytes, at most {max_bytes} are allowed")


def sequence(node: Node, *names: str) -> list[Node]:
    """Return the children of a node that must be exactly these, in this order."""
    for at, name in enumerate(names):
        if at >= len(node.children):
            raise DocumentError(f"{node.name} is incomplete, expected {name}", node.line)
        found = node.children[at]
        if found.name != name or found.namespace != node.namespace:
            raise DocumentError(f"expected {name} in {node.name}, found {found.name}", found.line)
    if len(node.children) > len(names):
        extra = node.children[len(names)]
        raise DocumentError(f"{node.name} may not hold another {extra.name}", extra.line)
    if node.text.strip():
        raise DocumentError(f"{node.name} may not hold text of its own", node.line)
    return node.children


def expect_root(node: Node, name: str, *versions: str) -> None:
    """Check the root element's name and namespace (`versions`: the schema's dates)."""
    namespaces = [f"{SCHEMAS}/{version}/{name}.xsd" for version in versions]
    if node.name != name or node.namespace not in namespaces:
        raise DocumentError(
            f"expected {name} in the namespace {namespaces[0]}, "
            f"found {node.name} in {node.namespace or 'none'}",
            node.line,
        )


def speakable(text: str) -> str:
    """Put U+FFFD in place of what XML cannot hold."""
    return _UNSPEAKABLE.sub("\ufffd", text)


def escape(text: str) -> str:
    """Make text safe inside an element; what XML cannot hold becomes U+FFFD."""
    text = speakable(text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A bare carriage return would be read back as a line feed.
    return text.replace("\r", "&#13;")


class _Builder:
    """What expat calls back; keeps each element's line, which ElementTree would lose."""

    def __init__(self) -> None:
        self.parser: Any = None
        self.root: Node | None = None
        self._open: list[Node] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        line: int = self.parser.parser.CurrentLineNumber
        namespace, _, name = tag.rpartition("}")
        node = Node(name, namespace.removeprefix("{"), line, dict(attributes))
        if len(self._open) >= MAX_DEPTH:
            raise DocumentError(f"elements are nested deeper than {MAX_DEPTH}", line)
        if self._open:
            self._open[-1].children.append(node)
            self._open[-1].parts.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, tag: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        self._open[-1].text += text
        self._open[-1].parts.append(text)

    def close(self) -> None:
        pass


class _StrictBuilder(_Builder):
    """Refuses what is neither element nor text."""

    def comment(self, text: str) -> None:
        line: int = self.parser.parser.CurrentLineNumber
        raise DocumentError("comments are not allowed here", line)

    def pi(self, target: str, text: str | None = None) -> None:
        line: int = self.parser.parser.CurrentLineNumber
        raise DocumentError("processing instructions are not allowed here", line)
