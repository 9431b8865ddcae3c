"""ExternalQuestion: a HIT whose page lives on the requester's own site."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.mturk import addresses, documents
from chalicelib.mturk.documents import DocumentError, Node

VERSION = "2006-07-14"
MAX_FRAME_HEIGHT = 100_000


@dataclass(frozen=True, slots=True)
class ExternalQuestion:
    """The page's address and the frame's height in pixels (0: as high as the window)."""

    url: str
    frame_height: int


def build(url: str, frame_height: int) -> str:
    """Write the document for `Question`; raises `DocumentError` for what `parse` would refuse."""
    _check_url(url, 0)
    check_height(frame_height)
    return (
        f'<ExternalQuestion xmlns="{documents.SCHEMAS}/{VERSION}/ExternalQuestion.xsd">'
        f"<ExternalURL>{documents.escape(url)}</ExternalURL>"
        f"<FrameHeight>{frame_height}</FrameHeight></ExternalQuestion>"
    )


def parse(xml: str) -> ExternalQuestion:
    """Read the document; raises `DocumentError` with the line that is wrong.

    An http address is accepted, as the service did, for pages on one's own machine; a browser
    refuses to frame one inside an https page.
    """
    root = documents.parse(xml)
    documents.expect_root(root, "ExternalQuestion", VERSION)
    url_node, height_node = documents.sequence(root, "ExternalURL", "FrameHeight")
    url = url_node.only_text().strip()
    _check_url(url, url_node.line)
    return ExternalQuestion(url, parse_height(height_node))


def parse_height(node: Node) -> int:
    """Read a frame's height in pixels; raises `DocumentError`."""
    text = node.only_text().strip()
    digits = text.removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise DocumentError(f"FrameHeight must be a whole number, not {text[:40]!r}", node.line)
    check_height(int(digits), node.line)
    return int(digits)


def check_height(height: int, line: int = 0) -> None:
    """Raise `DocumentError` for a height that no frame can have."""
    if not 0 <= height <= MAX_FRAME_HEIGHT:
        raise DocumentError(f"FrameHeight must be 0 to {MAX_FRAME_HEIGHT}, not {height}", line)


def _check_url(url: str, line: int) -> None:
    if not addresses.is_web(url):
        raise DocumentError("ExternalURL must be an http or https address", line)
