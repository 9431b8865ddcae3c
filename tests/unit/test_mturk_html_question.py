"""HTMLQuestion, and a HIT's question of any kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mturk import documents, external_question, frame, html_question, question
from chalicelib.mturk.documents import DocumentError
from chalicelib.mturk.html_question import HTMLQuestion

NAMESPACE = f"{documents.SCHEMAS}/2011-11-11/HTMLQuestion.xsd"
PAGE = """<!DOCTYPE html>
<html><head>
<script src="https://s3.amazonaws.com/mturk-public/externalHIT_v1.js"></script></head>
<body><form id="mturk_form" method="post" action="https://www.mturk.com/mturk/externalSubmit">
<input type="hidden" name="assignmentId"><textarea name="a" rows="2"></textarea>
</form><script>turkSetAssignmentID(); if (1 < 2 && a[b[0]]) {}</script></body></html>"""


def html(inner: str, namespace: str = NAMESPACE) -> str:
    return f'<HTMLQuestion xmlns="{namespace}">{inner}</HTMLQuestion>'


def test_html_question__is_read__with_cdata_after_a_declaration() -> None:
    xml = '<?xml version="1.0" encoding="UTF-8"?>\n' + html(
        f"\n<HTMLContent><![CDATA[{PAGE}]]></HTMLContent>\n<FrameHeight>0</FrameHeight>\n"
    )

    assert html_question.parse(xml) == HTMLQuestion(PAGE, 0)
    assert question.parse(xml) == HTMLQuestion(PAGE, 0)


@pytest.mark.parametrize("content", [PAGE, "a]]>b", "]]]]>>", "<p>&amp;\r\n&lt;", "\x00x"])
def test_html_question__round_trips(content: str) -> None:
    expected = content.replace("\r\n", "\n").replace("\x00", "\ufffd")

    assert html_question.parse(html_question.build(content, 450)) == HTMLQuestion(expected, 450)


@given(st.text(min_size=1), st.integers(0, 100_000))
def test_html_question__round_trips__whatever_is_written(content: str, height: int) -> None:
    try:
        xml = html_question.build(content, height)
    except DocumentError:
        assert not content.strip()
        return

    read = html_question.parse(xml)

    assert read.frame_height == height
    assert len(read.html) == len(content.replace("\r\n", "\n"))


@pytest.mark.parametrize(
    ("xml", "line", "says"),
    [
        (html("<HTMLContent>x</HTMLContent>", NAMESPACE + "x"), 1, "in the namespace"),
        (html("\n<FrameHeight>0</FrameHeight>"), 2, "expected HTMLContent"),
        (html("\n<HTMLContent>x</HTMLContent>"), 1, "expected FrameHeight"),
        (html("\n<HTMLContent> </HTMLContent><FrameHeight>0</FrameHeight>"), 2, "not be empty"),
        (html("\n<HTMLContent><p/></HTMLContent><FrameHeight>0</FrameHeight>"), 2, "text only"),
        (html("<HTMLContent>x</HTMLContent>\n<FrameHeight>a</FrameHeight>"), 2, "whole number"),
        (html("<HTMLContent>x</HTMLContent>\n<FrameHeight>100001</FrameHeight>"), 2, "100000"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>" + html("<HTMLContent>&b;</HTMLContent>"), 1, "not allow"),
        (html("x" * 65_536), 0, "65535"),
        (
            html(
                "\n<HTMLContent>&lt;crowd-form>&lt;/crowd-form></HTMLContent><FrameHeight>0</FrameHeight>"
            ),
            2,
            "nor submit. Load crowd-html-elements.js, or write a <form>",
        ),
    ],
)
def test_html_question__refuses_with_the_line_that_is_wrong(xml: str, line: int, says: str) -> None:
    with pytest.raises(DocumentError, match=says) as caught:
        html_question.parse(xml)

    assert caught.value.line == line


def test_html_question_build__refuses__what_would_be_too_long_or_empty() -> None:
    for content, height in (("x" * 65_500, 0), (" ", 0), ("x", -1)):
        with pytest.raises(DocumentError):
            html_question.build(content, height)


def test_html_page__leads_to_this_marketplace() -> None:
    served = html_question.page(
        HTMLQuestion(PAGE, 0),
        submit_url="http://127.0.0.1:8000/api/mturk/externalSubmit",
        helper_url="/turk.js",
    )

    assert '<script src="/turk.js">' in served
    assert 'action="http://127.0.0.1:8000/api/mturk/externalSubmit"' in served
    assert "mturk.com" not in served
    assert "amazonaws" not in served


def test_html_sandbox__gives_no_origin_and_no_way_to_the_top() -> None:
    tokens = frame.SANDBOX.split()

    assert "allow-scripts" in tokens
    assert "allow-forms" in tokens
    assert not [t for t in tokens if t == "allow-same-origin" or "top-navigation" in t]
    assert frame.CONTENT_SECURITY_POLICY.split() == ["sandbox", *tokens]


def test_question__is_of_three_kinds() -> None:
    built = external_question.build("https://example.org/", 0)

    assert question.parse(built) == external_question.parse(built)
    with pytest.raises(DocumentError, match="found AnswerKey"):
        question.parse("<AnswerKey/>")
