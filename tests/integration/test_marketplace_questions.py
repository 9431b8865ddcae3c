"""All three kinds of questions over the protocol: taken and given back as sent, or refused."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from chalicelib.mturk import external_question, html_question
from chalicelib.mturk.documents import SCHEMAS
from tests.integration.market import hit_values, post, refused
from tests.question_documents import (
    EVERY_INPUT,
    HTML,
    form,
    formatted,
    free_text,
    picture,
    question,
    text,
)

EXTERNAL = external_question.build("https://example.org/?a=1&b=2", 300)
WHY = question("why", text("Why?"), free_text())
HTML_SPACE = f"{SCHEMAS}/2011-11-11/HTMLQuestion.xsd"


@pytest.mark.parametrize(
    "document",
    [
        EXTERNAL,
        HTML,
        EVERY_INPUT,
        form(WHY, version="2005-10-01"),
        f"<?xml version='1.0'?>\r\n<!-- mine -->\r\n{HTML}\r\n",
        html_question.build("<p>né 日本 \U0001f343 &amp; ]]> </p>" + "x" * 60_000, 0),
    ],
)
def test_question__is_given_back_as_sent(client: Any, document: str) -> None:
    made = client.create_hit(**hit_values(Question=document))["HIT"]

    assert made["Question"] == document
    assert client.get_hit(HITId=made["HITId"])["HIT"]["Question"] == document
    assert [hit["Question"] for hit in client.list_hits()["HITs"]] == [document]
    values = {"LifetimeInSeconds": 60, "Question": document}
    again = client.create_hit_with_hit_type(HITTypeId=made["HITTypeId"], **values)["HIT"]
    assert again["Question"] == document


FILE_UPLOAD = (
    "<FileUploadAnswer><MaxFileSizeInBytes>9</MaxFileSizeInBytes>"
    "<MinFileSizeInBytes>1</MinFileSizeInBytes></FileUploadAnswer>"
)
FLASH = (
    "<Application><Flash><FlashMovieURL>https://example.org/a.swf</FlashMovieURL>"
    "<Width>1</Width><Height>1</Height></Flash></Application>"
)
BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>\n' + HTML.replace("<p>", "<p>&c;")
)
READER = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>\n' + form(WHY).partition("\n")[2]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("<QuestionForm", "line 1:"),
        ("no document", "line 1:"),
        ("<Survey/>", "line 1: expected ExternalQuestion, HTMLQuestion or QuestionForm"),
        ('<HTMLQuestion xmlns="x"/>', "line 1: expected HTMLQuestion in the namespace"),
        (
            f'<HTMLQuestion xmlns="{HTML_SPACE}">\n<FrameHeight>1</FrameHeight></HTMLQuestion>',
            "line 2:",
        ),
        (
            HTML.replace("<FrameHeight>500", "<FrameHeight>tall"),
            "FrameHeight must be a whole number",
        ),
        (html_question.build("x" * 65_000, 1) + " " * 600, "at most 65535 are allowed"),
        (form(), "line 2: QuestionForm is incomplete"),
        (form(WHY, "", WHY), "line 4: QuestionIdentifier 'why' is twice"),
        (form(question("f", text("A file"), FILE_UPLOAD)), "FileUploadAnswer is not supported"),
        (
            form(question("f", FLASH, free_text()), version="2005-10-01"),
            "Application is not supported",
        ),
        (
            form(question("f", picture("a", "javascript:alert(1)"), free_text())),
            "line 2: DataURL must",
        ),
        (
            form("", question("f", formatted("<p>\n<script>x</script></p>"), free_text())),
            "line 4: formatted",
        ),
        (
            form(
                question(
                    "f",
                    formatted('<img src="https://a.example/" alt="" onerror="x"/>'),
                    free_text(),
                )
            ),
            "onerror",
        ),
        (form(question("f", formatted('<a href="javascript:x">x</a>'), free_text())), "href"),
        (BOMB, "line 1: document types and entities are not allowed"),
        (READER, "line 1: document types and entities are not allowed"),
        ("<a>" * 3000 + "</a>" * 3000, "nested deeper than 50"),
    ],
)
def test_question__is_refused__with_the_line_that_is_wrong(
    client: Any, document: str, says: str
) -> None:
    hit_type = client.create_hit_type(
        Title="t", Description="d", Reward="0.01", AssignmentDurationInSeconds=60
    )["HITTypeId"]

    for error in (
        refused(client.create_hit, **hit_values(Question=document)),
        refused(
            client.create_hit_with_hit_type,
            HITTypeId=hit_type,
            LifetimeInSeconds=60,
            Question=document,
        ),
    ):
        assert error["Error"]["Code"] == "ParameterValidationError"
        assert "There was an error parsing the XML question" in error["Message"]
        assert says in error["Message"]
        assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert client.list_hits()["HITs"] == []
    assert client.get_account_balance()["OnHoldBalance"] == "0.00"


def test_qualification_test__is_refused__with_the_line_that_is_wrong(client: Any) -> None:
    values = {
        "Name": uuid.uuid4().hex,
        "Description": "d",
        "QualificationTypeStatus": "Active",
        "TestDurationInSeconds": 60,
    }

    for test in (form(question("f", text("A file"), FILE_UPLOAD)), HTML, READER):
        error = refused(client.create_qualification_type, **values, Test=test)
        assert error["Error"]["Code"] == "ParameterValidationError"
        assert "Details: line" in error["Message"]


def test_layouts__are_refused(client: Any) -> None:
    parameters = [{"Name": "image_url", "Value": "https://example.org"}]

    for changes in ({"Question": None}, {}):
        values = hit_values(HITLayoutId="3ABC", HITLayoutParameters=parameters, **changes)
        error = refused(client.create_hit, **values)
        assert error["TurkErrorCode"] == "AWS.MechanicalTurk.OperationNotSupported"
        assert "give Question" in error["Message"]


def test_lists__of_long_questions_come_in_shorter_pages(client: Any) -> None:
    # Quotes count double in JSON: an answer of a hundred such would be more than Lambda takes.
    made = {
        post(client, Title="long", Question=html_question.build(f"<p>{n}</p>{'«' * 30_000}", 1))
        for n in range(20)
    }

    pages = list(client.get_paginator("list_hits").paginate(PaginationConfig={"PageSize": 100}))

    assert [len(page["HITs"]) for page in pages[:2]] == [16, 4]
    assert {hit["HITId"] for page in pages for hit in page["HITs"]} == made
