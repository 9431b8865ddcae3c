"""Prices, requirements, documents and frame addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mturk import answers, documents, external_question, frame, prices, qualifications
from chalicelib.mturk.documents import DocumentError

NAMESPACE = f"{documents.SCHEMAS}/2006-07-14/ExternalQuestion.xsd"


def question(inner: str, namespace: str = NAMESPACE) -> str:
    return f'<ExternalQuestion xmlns="{namespace}">{inner}</ExternalQuestion>'


@pytest.mark.parametrize(
    ("text", "cents"), [("5", 500), ("5.", 500), ("0.10", 10), ("0.1", 10), ("007.05", 705)]
)
def test_parse_dollars__counts_cents(text: str, cents: int) -> None:
    assert prices.parse_dollars(text) == cents


@pytest.mark.parametrize(
    "text", ["", ".5", "-1", "0.123", "$1", "1e2", "1,0", " 1", "1\n", "٣", "9" * 400, "1000000.01"]
)
def test_parse_dollars__refuses(text: str) -> None:
    with pytest.raises(prices.PriceError):
        prices.parse_dollars(text)


@pytest.mark.parametrize(
    ("reward", "assignments", "fee"),
    [(5, 9, 1), (52, 1, 10), (53, 1, 11), (5, 10, 2), (0, 1, 1), (1, 1, 1), (100, 9, 20)],
)
def test_fee__is_a_fifth_and_from_ten_on_two_fifths(
    reward: int, assignments: int, fee: int
) -> None:
    assert prices.MTURKS_FEES.of_assignment(reward, assignments) == fee


def test_bonus_fee__rounds_half_up() -> None:
    # $0.104 is 0.10 and $0.106 is 0.11; 12.5 cents of fee are 13
    assert [prices.MTURKS_FEES.of_bonus(c) for c in (1, 52, 53, 60)] == [1, 10, 11, 12]


@given(st.integers(0, prices.MAX_CENTS))
def test_dollars__round_trip(cents: int) -> None:
    assert prices.parse_dollars(prices.format_dollars(cents)) == cents


def test_requirements__are_what_boto3_takes() -> None:
    assert qualifications.locale_requirement("DE")["LocaleValues"] == [{"Country": "DE"}]
    assert qualifications.approval_requirement(95)["IntegerValues"] == [95]
    with pytest.raises(ValueError, match="two capital letters"):
        qualifications.locale_requirement("Germany")
    with pytest.raises(ValueError, match="0 to 100"):
        qualifications.approval_requirement(101)


def test_external_question__round_trips_with_ampersands() -> None:
    url = "https://example.org/wait?a=1&b=<2>#top"

    built = external_question.build(url, 600)

    assert "&amp;b=&lt;2&gt;" in built
    assert external_question.parse(built) == external_question.ExternalQuestion(url, 600)


def test_external_question__accepts_declaration_comments_and_white_space() -> None:
    xml = '<?xml version="1.0" encoding="UTF-8"?>\n<!-- mine -->' + question(
        "\n  <ExternalURL> http://example.org/ </ExternalURL>\n  <FrameHeight>0</FrameHeight>\n"
    )

    assert external_question.parse(xml).url == "http://example.org/"


@pytest.mark.parametrize(
    ("xml", "line", "says"),
    [
        ("", 1, "no element found"),
        ("<ExternalQuestion>", 1, "no element found"),
        ("<ExternalQuestion/>", 1, "in the namespace"),
        (question("", NAMESPACE + "x"), 1, "in the namespace"),
        (question(""), 1, "expected ExternalURL"),
        (question("<ExternalURL>http://a/</ExternalURL>"), 1, "expected FrameHeight"),
        (
            question("\n<FrameHeight>1</FrameHeight><ExternalURL>http://a/</ExternalURL>"),
            2,
            "expected ExternalURL",
        ),
        (
            question(
                "<ExternalURL>javascript:alert(1)</ExternalURL>\n<FrameHeight>1</FrameHeight>"
            ),
            1,
            "http or https",
        ),
        (
            question("<ExternalURL>http://[1</ExternalURL>\n<FrameHeight>1</FrameHeight>"),
            1,
            "http or https",
        ),
        (
            question("<ExternalURL>http://a/</ExternalURL>\n\n<FrameHeight>x</FrameHeight>"),
            3,
            "whole number",
        ),
        (
            question("<ExternalURL>http://a/</ExternalURL><FrameHeight>999999999</FrameHeight>"),
            1,
            "FrameHeight must be",
        ),
        (
            question(
                "<ExternalURL>http://a/</ExternalURL><FrameHeight>1</FrameHeight>\n<Title>t</Title>"
            ),
            2,
            "another Title",
        ),
        (
            question("text<ExternalURL>http://a/</ExternalURL><FrameHeight>1</FrameHeight>"),
            1,
            "text of its own",
        ),
        (question("<ExternalURL>http://a/<b/></ExternalURL><FrameHeight>1</FrameHeight>"), 1, "b"),
        ("\ud800", 0, "cannot hold"),
        (" " * 65_536, 0, "65535"),
        ("<a>" * 51, 1, "nested deeper"),
    ],
)
def test_external_question__refuses_with_the_line_that_is_wrong(
    xml: str, line: int, says: str
) -> None:
    with pytest.raises(DocumentError, match=says) as caught:
        external_question.parse(xml)

    assert caught.value.line == line


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE q [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE q SYSTEM "http://example.org/q.dtd">',
    ],
)
def test_external_question__refuses__entities_and_document_types(prolog: str) -> None:
    with pytest.raises(DocumentError, match="not allowed"):
        external_question.parse(prolog + question("<ExternalURL>&x;</ExternalURL>"))


def test_external_question_build__refuses_what_cannot_be_framed() -> None:
    for url in ("ftp://example.org/", "/wait", "http://", "http://a/ b"):
        with pytest.raises(DocumentError):
            external_question.build(url, 600)
    with pytest.raises(DocumentError):
        external_question.build("https://example.org/", -1)


def test_frame__keeps_query_and_fragment() -> None:
    assert frame.with_parameters(
        "https://a/x?q=1#f", {"workerId": "A1", "t": "http://m:1/api"}
    ) == ("https://a/x?q=1&workerId=A1&t=http%3A%2F%2Fm%3A1%2Fapi#f")
    assert frame.preview_url("https://a/x", "3H") == (
        "https://a/x?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=3H"
    )


def test_frame__drops_reserved_names_of_the_requesters_own_query__however_written() -> None:
    theirs = (
        "hitId=3B&q=1&%61rrival=&arrival=x&workerId=AEVE&turkSubmitTo=https://evil.example"
        "&assignmentId=3C&hitId&q=2&hitID=own&=&s=hitId"
    )

    assert frame.with_parameters(f"https://a/x?{theirs}#hitId=3", {"hitId": "3H"}) == (
        "https://a/x?q=1&q=2&hitID=own&=&s=hitId&hitId=3H#hitId=3"
    )
    # A preview gets neither worker nor place to submit to, of a requester either.
    assert frame.preview_url("https://a/x?workerId=A1&arrival=2", "3H") == (
        "https://a/x?assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=3H"
    )


def test_answers__keep_all_of_a_name_and_drop_reserved_ones() -> None:
    xml = answers.build(
        [
            ("assignmentId", "3A"),
            ("q", "a"),
            ("r", "<&>\r\n"),
            ("q", "b"),
            ("hitId", "x"),
            ("", "y"),
        ]
    )

    assert answers.parse(xml) == {"q": "a|b", "r": "<&>\r\n"}


def test_answers__survive__characters_that_xml_cannot_hold() -> None:
    xml = answers.build([("q\x00", "a\x08b\ud800c")])

    assert answers.parse(xml) == {"q\ufffd": "a\ufffdb\ufffdc"}


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_answers__round_trip(fields: dict[str, str]) -> None:
    # GIVEN fields without what XML cannot hold
    def speakable(text: str) -> str:
        return text.translate(dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535), "?"))

    expected = {
        speakable(name): speakable(value)
        for name, value in fields.items()
        if name not in frame.RESERVED_FIELDS
    }

    assert answers.parse(answers.build(list(expected.items()))) == expected


def test_answers__selections_are_lists() -> None:
    xml = (
        f'<QuestionFormAnswers xmlns="{documents.SCHEMAS}/2005-10-01/QuestionFormAnswers.xsd">'
        "<Answer><QuestionIdentifier>one</QuestionIdentifier>"
        "<SelectionIdentifier>a</SelectionIdentifier></Answer>"
        "<Answer><QuestionIdentifier>none</QuestionIdentifier></Answer>"
        "<Answer><QuestionIdentifier>both</QuestionIdentifier>"
        "<SelectionIdentifier>a</SelectionIdentifier>"
        "<OtherSelectionText>more</OtherSelectionText></Answer>"
        "<Answer><QuestionIdentifier>file</QuestionIdentifier>"
        "<UploadedFileSizeInBytes>3</UploadedFileSizeInBytes>"
        "<UploadedFileKey>key</UploadedFileKey></Answer></QuestionFormAnswers>"
    )

    assert answers.parse(xml) == {"one": ["a"], "none": [], "both": ["a", "more"], "file": "key"}


@pytest.mark.parametrize(
    "inner",
    [
        "<Reply/>",
        "<Answer/>",
        "<Answer><FreeText>x</FreeText></Answer>",
        "<Answer><QuestionIdentifier>q</QuestionIdentifier><FreeText/><FreeText/></Answer>",
    ],
)
def test_answers__refuse__another_structure(inner: str) -> None:
    with pytest.raises(DocumentError):
        answers.parse(
            f'<QuestionFormAnswers xmlns="{documents.SCHEMAS}/2005-10-01/QuestionFormAnswers.xsd">'
            f"{inner}</QuestionFormAnswers>"
        )
