"""Formatted content: the service's XHTML subset, turned into a tree that is safe to show.

Nothing reaches the tree but what `xhtml_subset` lists; anything else is refused with its line, so
that a requester sees it when the HIT is created and not a worker when it is shown.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.entities import name2codepoint
from typing import Any

from chalicelib.mturk import addresses, documents, xhtml_subset
from chalicelib.mturk.documents import DocumentError, Node

NAMESPACE = "http://www.w3.org/1999/xhtml"
# A page of a stranger's choice gets no hold of ours, and no reward for being linked.
LINK_ATTRIBUTES = (("target", "_blank"), ("rel", "noopener noreferrer nofollow"))
# The parser's own count, which begins at this block.
_POSITION = re.compile(r": line \d+, column \d+$")
_LINKS = frozenset({"a", "area"})

_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
# A CDATA section that never ends is the parser's to refuse; searching its end twice is not needed.
_ENTITY = re.compile(r"<!\[CDATA\[(?:.*?\]\]>|.*)|&([A-Za-z][A-Za-z0-9]{1,7});", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the safe tree; its children are elements and texts."""

    name: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Element | str, ...] = ()


Tree = tuple[Element | str, ...]


def parse(content: str, line: int = 1) -> Tree:
    """Read a block's text and markup; `line` is where it begins in the document around it.

    Raises `DocumentError` with the line that is wrong, counted in that document.
    """
    # As the service does: a root of the XHTML namespace around what the block holds.
    wrapped = (
        f'<FormattedContent xmlns="{NAMESPACE}">{_without_entities(content)}</FormattedContent>'
    )
    try:
        root = documents.parse(wrapped, max_bytes=2 * documents.MAX_BYTES, comments=False)
        return _children(root, xhtml_subset.FLOW, in_link=False)
    except DocumentError as error:
        at = line + error.line - 1 if error.line else line
        message = _POSITION.sub("", error.message)
        raise DocumentError(f"formatted content: {message}", at) from None


def to_json(tree: Iterable[Element | str]) -> list[Any]:
    """Return the tree as lists: a text, or `[name, {attribute: value}, [children]]`."""
    return [
        part
        if isinstance(part, str)
        else [part.name, dict(part.attributes), to_json(part.children)]
        for part in tree
    ]


def to_html(tree: Iterable[Element | str]) -> str:
    """Write the tree as markup that is HTML and XHTML alike."""
    return "".join(html.escape(p) if isinstance(p, str) else _to_html(p) for p in tree)


def to_text(tree: Iterable[Element | str]) -> str:
    """Return the words alone, with what stands in for images."""
    return "".join(
        part
        if isinstance(part, str)
        else dict(part.attributes).get("alt", "") + to_text(part.children)
        for part in tree
    )


def _to_html(element: Element) -> str:
    attributes = "".join(f' {name}="{html.escape(value)}"' for name, value in element.attributes)
    if element.name in xhtml_subset.VOID:
        return f"<{element.name}{attributes} />"
    return f"<{element.name}{attributes}>{to_html(element.children)}</{element.name}>"


def _without_entities(content: str) -> str:
    """Write XHTML's own entities as numbers: there is no document type to declare them."""

    def numbered(match: re.Match[str]) -> str:
        name = match[1]
        if name is None or name in _XML_ENTITIES or name not in name2codepoint:
            return match[0]
        return f"&#{name2codepoint[name]};"

    return _ENTITY.sub(numbered, content)


def _children(node: Node, allowed: frozenset[str], in_link: bool) -> Tree:
    found: list[Element | str] = []
    for part in node.parts:
        if isinstance(part, Node):
            found.append(_element(part, node.name, allowed, in_link))
        elif node.name not in xhtml_subset.TEXTLESS:
            # The parser may hand over one text in pieces.
            if found and isinstance(found[-1], str):
                found[-1] += part
            else:
                found.append(part)
        elif part.strip():
            raise DocumentError(f"{node.name} may not hold text of its own", node.line)
    return tuple(found)


def _element(node: Node, parent: str, allowed: frozenset[str], in_link: bool) -> Element:
    name = node.name
    if node.namespace != NAMESPACE or name not in xhtml_subset.CHILDREN:
        raise DocumentError(f"the element {name} is not supported", node.line)
    if name not in allowed or (name == "a" and in_link):
        raise DocumentError(f"{name} may not stand in {parent}", node.line)
    attributes = _attributes(node)
    children = _children(node, xhtml_subset.CHILDREN[name], in_link or name == "a")
    return Element(name, attributes, children)


def _attributes(node: Node) -> tuple[tuple[str, str], ...]:
    for name in xhtml_subset.REQUIRED.get(node.name, ()):
        if name not in node.attributes:
            raise DocumentError(f"{node.name} needs the attribute {name}", node.line)
    known = xhtml_subset.attributes_of(node.name)
    kept: dict[str, str] = {}
    for name, value in node.attributes.items():
        if name not in known:
            raise DocumentError(f"{node.name} may not have the attribute {name}", node.line)
        check = known[name]
        if check is None:
            continue
        if isinstance(check, str):
            value = _address(node, name, value, mail=check == xhtml_subset.LINK)
        elif not check(value):
            raise DocumentError(f"{name} of {node.name} may not be {value[:40]!r}", node.line)
        kept[name] = value
    if node.name in _LINKS and "href" in kept:
        kept.update(LINK_ATTRIBUTES)
    return tuple(sorted(kept.items()))


def _address(node: Node, name: str, value: str, *, mail: bool) -> str:
    value = value.strip()
    if not addresses.is_web(value) and not (mail and addresses.is_mail(value)):
        schemes = "an http, https or mailto" if mail else "an http or https"
        raise DocumentError(f"{name} of {node.name} must be {schemes} address", node.line)
    return value
