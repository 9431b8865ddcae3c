"""Reads a node's children and values as a schema describes them, each error with its line."""

from __future__ import annotations

import re

from chalicelib.mturk import addresses
from chalicelib.mturk.documents import DocumentError, Node

INT_MIN = -(2**31)
INT_MAX = 2**31 - 1
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
# A document may say where its schema lies, on any element.
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
MAX_IDENTIFIER = 1_024


class Children:
    """An element's children, taken one after the other in the order the schema gives."""

    def __init__(self, node: Node) -> None:
        check_attributes(node)
        if node.text.strip():
            raise DocumentError(f"{node.name} may not hold text of its own", node.line)
        for child in node.children:
            if child.namespace != node.namespace:
                raise DocumentError(
                    f"{child.name} must be in the namespace {node.namespace}, "
                    f"found {child.namespace or 'none'}",
                    child.line,
                )
        self._node = node
        self._left = list(reversed(node.children))

    def peek(self) -> str | None:
        """Return the next child's name, None after the last."""
        return self._left[-1].name if self._left else None

    def one(self, *names: str) -> Node:
        """Take the next child, which must have one of these names."""
        expected = " or ".join(names)
        if not self._left:
            raise DocumentError(
                f"{self._node.name} is incomplete, expected {expected}", self._node.line
            )
        child = self._left.pop()
        if child.name not in names:
            raise DocumentError(
                f"expected {expected} in {self._node.name}, found {child.name}", child.line
            )
        return child

    def maybe(self, name: str) -> Node | None:
        """Take the next child if it has this name."""
        return self._left.pop() if self.peek() == name else None

    def many(self, name: str, least: int = 1) -> list[Node]:
        """Take all that follow with this name."""
        taken = [self.one(name) for _ in range(least)]
        while (child := self.maybe(name)) is not None:
            taken.append(child)
        return taken

    def end(self) -> None:
        """Check that nothing is left."""
        if self._left:
            child = self._left[-1]
            raise DocumentError(f"{self._node.name} may not hold {child.name} here", child.line)


def check_attributes(node: Node, *allowed: str) -> None:
    for name in node.attributes:
        if name not in allowed and not name.startswith(_INSTANCE):
            raise DocumentError(f"{node.name} has no attribute {name}", node.line)


def text(node: Node) -> str:
    """Return an element's text, white space included."""
    check_attributes(node)
    return node.only_text()


def identifier(node: Node) -> str:
    """Return a name that a form can carry: white space around it is not part of it."""
    value = text(node).strip()
    if not value:
        raise DocumentError(f"{node.name} must not be empty", node.line)
    if len(value) > MAX_IDENTIFIER:
        raise DocumentError(f"{node.name} is longer than {MAX_IDENTIFIER} characters", node.line)
    if any(ord(c) < 32 for c in value):
        raise DocumentError(f"{node.name} must stand on one line", node.line)
    return value


def one_of(node: Node, *values: str) -> str:
    value = text(node).strip()
    if value not in values:
        raise DocumentError(
            f"{node.name} must be one of {', '.join(values)}, not {value[:40]!r}", node.line
        )
    return value


def boolean(node: Node) -> bool:
    value = text(node).strip()
    if value not in _BOOLEANS:
        raise DocumentError(f"{node.name} must be true or false, not {value[:40]!r}", node.line)
    return _BOOLEANS[value]


def integer(node: Node, least: int = INT_MIN, most: int = INT_MAX) -> int:
    return _integer(node.name, text(node), node.line, least, most)


def integer_attribute(
    node: Node, name: str, least: int = INT_MIN, most: int = INT_MAX
) -> int | None:
    """Return an attribute's number, None where it is absent."""
    value = node.attributes.get(name)
    return None if value is None else _integer(name, value, node.line, least, most)


def web_address(node: Node) -> str:
    value = text(node).strip()
    if not addresses.is_web(value):
        raise DocumentError(f"{node.name} must be an http or https address", node.line)
    return value


def _integer(name: str, value: str, line: int, least: int, most: int) -> int:
    value = value.strip()
    if not _INTEGER.fullmatch(value):
        raise DocumentError(f"{name} must be a whole number, not {value[:40]!r}", line)
    number = int(value)
    if not least <= number <= most:
        raise DocumentError(f"{name} must be {least} to {most}, not {number}", line)
    return number
