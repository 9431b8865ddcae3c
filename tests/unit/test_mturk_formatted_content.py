"""Formatted content: what is let through, and what never is."""

from __future__ import annotations

import html.parser
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mturk import formatted_content, xhtml_subset
from chalicelib.mturk.documents import DocumentError
from chalicelib.mturk.formatted_content import Tree

BOARD = """
<table border="1">
  <tr><td></td><td align="center">1</td></tr>
  <tr><td align="right">A</td><td align="center"><b>X</b>&nbsp;</td></tr>
  <tr><td align="center" colspan="2">It is <b>X</b>'s turn.</td></tr>
</table>
"""
SAFE_ATTRIBUTES = frozenset(
    """abbr align alt bgcolor border cellpadding cellspacing clear color colspan compact coords dir
    face frame height href hspace lang name nowrap noshade rel rowspan rules scope shape size span
    src start summary target title type usemap valign value vspace width""".split()  # noqa: SIM905
)
SAFE_ELEMENTS = frozenset(
    """a area b big blockquote br center cite code col colgroup dd del dl dt em font h1 h2 h3 h4 h5
    h6 hr i img ins li map ol p pre q s small strike strong sub sup table tbody td tfoot th thead
    tr u ul""".split()  # noqa: SIM905
)


class Reader(html.parser.HTMLParser):
    """Reads the way a browser would, which is more lenient than XML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.others: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)


def check_safe(tree: Tree) -> None:
    reader = Reader()
    reader.feed(formatted_content.to_html(tree))
    reader.close()
    assert not reader.others
    for tag, attributes in reader.tags:
        assert tag in SAFE_ELEMENTS
        assert set(attributes) <= SAFE_ATTRIBUTES
        for name in ("href", "src"):
            value = attributes.get(name)
            schemes = ("http://", "https://") + (("mailto:",) if name == "href" else ())
            assert value is None or value.lower().startswith(schemes)
        if tag in {"a", "area"} and "href" in attributes:
            assert "noopener" in (attributes["rel"] or "")


def test_formatted_content__reads_the_reference_board() -> None:
    tree = formatted_content.parse(BOARD)

    check_safe(tree)
    table = formatted_content.to_json(tree)[1]
    assert table[:2] == ["table", {"border": "1"}]
    last = [row for row in table[2] if isinstance(row, list)][-1]
    assert last[2] == [
        ["td", {"align": "center", "colspan": "2"}, ["It is ", ["b", {}, ["X"]], "'s turn."]]
    ]
    assert "\xa0" in formatted_content.to_text(tree)
    json.dumps(formatted_content.to_json(tree))


def test_formatted_content__links_are_kept_apart_from_the_page() -> None:
    tree = formatted_content.parse(
        '<a href="https://example.org/?a=1&amp;b=2" target="_top" rel="opener" name="x">x</a>'
        '<a href="mailto:a@example.org">mail</a>'
        '<img src="http://example.org/b.gif" alt="" usemap="#m" name="location"/>'
        '<map name="m" id="m"><area alt="a" coords="0,0,5,5" href="https://example.org/"/></map>'
    )

    check_safe(tree)
    link, _, image, _ = formatted_content.to_json(tree)
    assert link[1] == {
        "href": "https://example.org/?a=1&b=2",
        "rel": "noopener noreferrer nofollow",
        "target": "_blank",
    }
    assert image[1] == {"alt": "", "src": "http://example.org/b.gif", "usemap": "#m"}


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("<script>alert(1)</script>", 1, "script is not supported"),
        ("\n\n<style>b{}</style>", 3, "style is not supported"),
        ("<b>\n<span>x</span></b>", 2, "span is not supported"),
        ("<div/>", 1, "div is not supported"),
        ("<iframe src='https://a/'/>", 1, "iframe is not supported"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", 1, "svg is not supported"),
        ("<b xmlns='urn:x'>x</b>", 1, "b is not supported"),
        ("<B>x</B>", 1, "B is not supported"),
        ("<p style='color:red'>x</p>", 1, "attribute style"),
        ("<p class='x'>x</p>", 1, "attribute class"),
        ("<p id='x'>x</p>", 1, "attribute id"),
        ("x\n<p onclick='x()'>x</p>", 2, "attribute onclick"),
        ("<a href='javascript:alert(1)'>x</a>", 1, "http, https or mailto"),
        ("<a href=' JaVaScRiPt:alert(1)'>x</a>", 1, "http, https or mailto"),
        ("<a href='java&#9;script:alert(1)'>x</a>", 1, "http, https or mailto"),
        ("<a href='https://a/&#10;x'>x</a>", 1, "http, https or mailto"),
        ("<a href='//example.org/'>x</a>", 1, "http, https or mailto"),
        ("<a href='ftp://example.org/'>x</a>", 1, "http, https or mailto"),
        ("<img alt='' src='data:image/svg+xml,x'/>", 1, "http or https"),
        ("<img alt='' src='mailto:a@b'/>", 1, "http or https"),
        ("<img src='https://a/b.gif'/>", 1, "needs the attribute alt"),
        ("<font color='expression(1)'>x</font>", 1, "color of font"),
        ("<table width='1;x'><tr><td/></tr></table>", 1, "width of table"),
        ("<!-- x -->", 1, "comments"),
        ("<p>\n<!-- x --></p>", 2, "comments"),
        ("<?php x?>", 1, "processing instructions"),
        ("<b><i>x</b></i>", 1, "mismatched tag"),
        ("<p>x\n", 2, "mismatched tag"),
        ("</FormattedContent><FormattedContent>", 1, "junk"),
        ("</FormattedContent><script/>", 1, "junk"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>&b;", 1, "not well-formed"),
        ("&foo;", 1, "undefined entity"),
        ("<![CDATA[", 1, "unclosed CDATA"),
        ("<ul>x</ul>", 1, "text of its own"),
        ("<table><td>x</td></table>", 1, "td may not stand in table"),
        ("<p><p>x</p></p>", 1, "p may not stand in p"),
        ("<a><b><a>x</a></b></a>", 1, "a may not stand in b"),
        ("<br>x</br>", 1, "text of its own"),
        ("<FormattedContent/>", 1, "not supported"),
        ("<b>" * 60, 1, "nested deeper"),
    ],
)
def test_formatted_content__refuses_with_the_line_that_is_wrong(
    content: str, line: int, says: str
) -> None:
    with pytest.raises(DocumentError, match=says) as caught:
        formatted_content.parse(content, 10)

    assert caught.value.line == line + 9


def test_formatted_content__text_stays_text() -> None:
    tree = formatted_content.parse("&lt;script&gt; &amp;nbsp; <![CDATA[<b>&nbsp;]]> &euro;")

    assert tree == ("<script> &nbsp; <b>&nbsp; €",)
    check_safe(tree)


def test_formatted_content__is_quick__on_sections_that_never_end() -> None:
    # Each start would otherwise search the rest for an end that is not there.
    with pytest.raises(DocumentError):
        formatted_content.parse("<![CDATA[" * 7_000)


def test_subset__lists_nothing_that_runs() -> None:
    assert set(xhtml_subset.CHILDREN) == SAFE_ELEMENTS
    assert set().union(*xhtml_subset.CHILDREN.values()) <= SAFE_ELEMENTS
    shown = {
        name
        for element in SAFE_ELEMENTS
        for name, check in xhtml_subset.attributes_of(element).items()
        if check is not None
    }
    assert shown | {"rel", "target"} == SAFE_ATTRIBUTES


NAMES = st.sampled_from([*sorted(SAFE_ELEMENTS), "script", "style", "div", "svg", "template"])
ATTRIBUTES = st.sampled_from(
    [*sorted(SAFE_ATTRIBUTES), "style", "id", "class", "onclick", "onerror", "srcset", "xlink:href"]
)
VALUES = st.one_of(
    st.sampled_from(
        ["1", "left", "#m", "https://a/", "javascript:x", " data:x", "mailto:a@b", "top", "\" x='"]
    ),
    st.text(max_size=8),
)


@st.composite
def markup(draw: st.DrawFn, depth: int = 3) -> str:
    pieces = []
    for _ in range(draw(st.integers(0, 3))):
        if depth == 0 or draw(st.booleans()):
            pieces.append(
                draw(
                    st.one_of(
                        st.text(max_size=6).map(html.escape),
                        st.sampled_from(["&nbsp;", "<!--x-->", "<![CDATA[<b>]]>", "<", "]]>"]),
                    )
                )
            )
            continue
        name = draw(NAMES)
        attributes = draw(st.dictionaries(ATTRIBUTES, VALUES, max_size=2))
        written = "".join(f' {key}="{html.escape(value)}"' for key, value in attributes.items())
        pieces.append(f"<{name}{written}>{draw(markup(depth - 1))}</{name}>")
    return "".join(pieces)


@given(st.one_of(markup(), st.text()))
def test_formatted_content__never_lets_through__what_is_not_listed(content: str) -> None:
    try:
        tree = formatted_content.parse(content)
    except DocumentError:
        return

    check_safe(tree)
    # What was written is read back as it is: there is nothing left to refuse or to change.
    assert formatted_content.parse(formatted_content.to_html(tree)) == tree
