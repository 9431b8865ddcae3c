"""HTMLQuestion: a HIT whose page the requester hands in as HTML.

The page is a stranger's program. It belongs in a frame of an opaque origin, so that it can reach
neither the site around it nor another requester's page: `frame.SANDBOX` is the frame's attribute,
`frame.CONTENT_SECURITY_POLICY` the header that says the same to whoever opens it without a frame.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chalicelib.mturk import documents, external_question
from chalicelib.mturk.documents import DocumentError

VERSION = "2011-11-11"

_HELPER_ADDRESSES = (
    "https://s3.amazonaws.com/mturk-public/externalHIT_v1.js",
    "http://s3.amazonaws.com/mturk-public/externalHIT_v1.js",
)
_SUBMIT_ADDRESSES = (
    "https://www.mturk.com/mturk/externalSubmit",
    "http://www.mturk.com/mturk/externalSubmit",
    "https://workersandbox.mturk.com/mturk/externalSubmit",
    "http://workersandbox.mturk.com/mturk/externalSubmit",
)

_CROWD_TAG = re.compile("<crowd-[a-z]", re.IGNORECASE)
_CROWD_SCRIPT = "crowd-html-elements.js"


@dataclass(frozen=True, slots=True)
class HTMLQuestion:
    """The page and the frame's height in pixels (0: as high as the window)."""

    html: str
    frame_height: int


def build(html: str, frame_height: int) -> str:
    """Write the document for `Question`; raises `DocumentError` for what `parse` would refuse.

    Line ends become line feeds, as a browser would read them.
    """
    _check_html(html, 0)
    external_question.check_height(frame_height)
    content = documents.speakable(html.replace("\r\n", "\n").replace("\r", "\n"))
    content = content.replace("]]>", "]]]]><![CDATA[>")
    xml = (
        f'<HTMLQuestion xmlns="{documents.SCHEMAS}/{VERSION}/HTMLQuestion.xsd">'
        f"<HTMLContent><![CDATA[{content}]]></HTMLContent>"
        f"<FrameHeight>{frame_height}</FrameHeight></HTMLQuestion>"
    )
    documents.check_size(xml)
    return xml


def parse(xml: str) -> HTMLQuestion:
    """Read the document; raises `DocumentError` with the line that is wrong."""
    root = documents.parse(xml)
    documents.expect_root(root, "HTMLQuestion", VERSION)
    html_node, height_node = documents.sequence(root, "HTMLContent", "FrameHeight")
    html = html_node.only_text()
    _check_html(html, html_node.line)
    return HTMLQuestion(html, external_question.parse_height(height_node))


def page(question: HTMLQuestion, *, submit_url: str, helper_url: str) -> str:
    """Return the HTML to serve: Amazon's addresses written into it lead to this marketplace.

    `submit_url` takes the form, `helper_url` is the script with `turkSetAssignmentID`. It completes
    what the page lacks to be submitted: the hidden assignmentId, where the form goes, a button. The
    assignment's parameters are in the page's query, as with an external page.
    """
    html = question.html
    for address in _HELPER_ADDRESSES:
        html = html.replace(address, helper_url)
    for address in _SUBMIT_ADDRESSES:
        html = html.replace(address, submit_url)
    # At the end, where every way of writing a page lets it stand; it acts once the page is there.
    return f'{html}\n<script src="{helper_url}" data-complete></script>'


def _check_html(html: str, line: int) -> None:
    if not html.strip():
        raise DocumentError("HTMLContent must not be empty", line)
    if _CROWD_TAG.search(html) and _CROWD_SCRIPT not in html:
        raise DocumentError(
            "HTMLContent has <crowd-…> elements, and no script that makes them work: workers could "
            f"neither answer nor submit. Load {_CROWD_SCRIPT}, or write a <form>",
            line,
        )
