"""What workers send in, checked against the form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.mturk import answers, form_submission
from chalicelib.mturk.answer_specification import (
    AnswerFormat,
    AnswerSpecification,
    FreeTextAnswer,
    LengthRange,
    NumericRange,
    Selection,
    SelectionAnswer,
)
from chalicelib.mturk.form_submission import REQUIRED, SubmissionError
from chalicelib.mturk.question_content import Text
from chalicelib.mturk.question_form import Overview, Question, QuestionForm
from tests.unit.question_forms import forms


def form(*specifications: AnswerSpecification, required: bool = False) -> QuestionForm:
    """Questions a, b, c … after an overview."""
    questions = [
        Question(name, (Text("?"),), answer, is_required=required)
        for name, answer in zip("abcdef", specifications, strict=False)
    ]
    return QuestionForm((Overview((Text("o"),)), *questions))


def choice(
    least: int = 1, most: int = 1, other: FreeTextAnswer | None = None, names: str = "xyz"
) -> SelectionAnswer:
    return SelectionAnswer(
        tuple(Selection(name, Text(name)) for name in names), least, most, None, other
    )


def read(form: QuestionForm, *fields: tuple[str, str]) -> dict[str, str | list[str]]:
    return answers.parse(form_submission.check(form, fields))


def errors(form: QuestionForm, *fields: tuple[str, str]) -> dict[str, tuple[str, ...]]:
    with pytest.raises(SubmissionError) as caught:
        form_submission.check(form, fields)
    return caught.value.errors


def test_submission__is_written__in_the_forms_order_and_nothing_else() -> None:
    asked = form(FreeTextAnswer(), choice(1, 3, FreeTextAnswer()), choice())

    xml = form_submission.check(
        asked,
        [
            ("assignmentId", "3A"),
            ("q2.other", "<own> & more"),
            ("q2", "z"),
            ("q2", "x"),
            ("q2", "z"),
            ("q1", "first"),
            ("q1", "second\r\nline\x00"),
            ("q9", "unknown"),
        ],
    )

    inner = xml[xml.index("<Answer>") : xml.rindex("</QuestionFormAnswers>")]
    assert inner == (
        "<Answer><QuestionIdentifier>a</QuestionIdentifier>"
        "<FreeText>second\nline\ufffd</FreeText></Answer>"
        "<Answer><QuestionIdentifier>b</QuestionIdentifier>"
        "<SelectionIdentifier>x</SelectionIdentifier><SelectionIdentifier>z</SelectionIdentifier>"
        "<OtherSelectionText>&lt;own&gt; &amp; more</OtherSelectionText></Answer>"
        "<Answer><QuestionIdentifier>c</QuestionIdentifier></Answer>"
    )
    assert answers.parse(xml)["b"] == ["x", "z", "<own> & more"]


def test_submission__counts_a_default__unless_it_was_changed() -> None:
    asked = form(
        FreeTextAnswer(default_text="C1"),
        choice(other=FreeTextAnswer(default_text="none")),
        required=True,
    )

    assert read(asked) == {"a": "C1", "b": ["none"]}
    assert read(asked, ("q1", "C1"), ("q2", "x"), ("q2.other", "")) == {"a": "C1", "b": ["x"]}
    assert errors(asked, ("q1", ""), ("q2.other", "")) == {"a": (REQUIRED,), "b": (REQUIRED,)}


def test_submission__may_leave_out__what_is_not_required() -> None:
    numeric = FreeTextAnswer(NumericRange(1, 5), LengthRange(0, 3))
    asked = form(numeric, choice(2, 3), choice(1, 1, FreeTextAnswer(length=LengthRange(5))))

    assert read(asked) == {"a": "", "b": [], "c": []}


def test_submission__needs_a_text__where_a_shortest_length_is_given() -> None:
    asked = form(FreeTextAnswer(length=LengthRange(2)))

    assert errors(asked) == {"a": (REQUIRED,)}
    assert errors(asked, ("q1", "x")) == {"a": ("Write at least 2 characters; there are 1.",)}
    assert read(asked, ("q1", "  ")) == {"a": "  "}


def test_submission__counts_characters__not_bytes_or_halves() -> None:
    asked = form(FreeTextAnswer(length=LengthRange(2, 3)))

    assert read(asked, ("q1", "😀é\r\n")) == {"a": "😀é\n"}
    assert errors(asked, ("q1", "😀😀😀😀")) == {"a": ("Write at most 3 characters; there are 4.",)}
    assert errors(asked, ("q1", "😀")) == {"a": ("Write at least 2 characters; there are 1.",)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("100", None),
        ("999", None),
        ("+100.0", None),
        (" 250.5\n", None),
        ("99.999999999999999999999999999999", "The answer must be at least 100."),
        ("-100", "The answer must be at least 100."),
        ("999.00000000000000000000000000001", "The answer must be at most 999."),
        ("9" * 10_000, "The answer must be at most 999."),
        ("1e2", "The answer must be a number."),
        ("١٢٣", "The answer must be a number."),
        ("NaN", "The answer must be a number."),
        ("1_000", "The answer must be a number."),
        (" ", "The answer must be a number."),
        (".", "The answer must be a number."),
    ],
)
def test_submission__numbers_lie_in_their_range(text: str, said: str | None) -> None:
    asked = form(FreeTextAnswer(NumericRange(100, 999)))

    if said is None:
        assert read(asked, ("q1", text)) == {"a": text}
    else:
        assert errors(asked, ("q1", text)) == {"a": (said,)}


def test_submission__is_refused_in_the_requesters_words() -> None:
    asked = form(
        FreeTextAnswer(
            formats=(
                AnswerFormat(r"\S", "The content cannot be blank."),
                AnswerFormat("^[a-z ]*$", "Lower case, please.", ignore_case=False),
                AnswerFormat("^.{0,3}$"),
            )
        ),
        choice(1, 1, FreeTextAnswer(formats=(AnswerFormat("^ok$", "Say ok."),))),
    )

    assert errors(asked, ("q1", ""), ("q2.other", "no")) == {
        "a": ("The content cannot be blank.",),
        "b": ("Say ok.",),
    }
    assert errors(asked, ("q1", "ABCD")) == {
        "a": ("Lower case, please.", "Invalid input supplied.")
    }
    assert read(asked, ("q1", "abc"), ("q2.other", "ok")) == {"a": "abc", "b": ["ok"]}


def test_submission__asks_the_patterns_of_an_empty_text_too() -> None:
    # The documentation's own way to say "nothing, or at least two".
    asked = form(FreeTextAnswer(formats=(AnswerFormat(r"(^$|\S{2,})", "Two at least."),)))

    assert read(asked, ("q1", "")) == {"a": ""}
    assert errors(asked, ("q1", "x")) == {"a": ("Two at least.",)}


def test_submission__required_and_empty__is_said_in_the_requesters_words() -> None:
    said = AnswerFormat(r"\S", "The content cannot be blank.")

    assert errors(form(FreeTextAnswer(formats=(said,)), required=True), ("q1", "")) == {
        "a": ("The content cannot be blank.",)
    }
    assert errors(
        form(FreeTextAnswer(formats=(AnswerFormat(r"\S"),)), required=True), ("q1", "")
    ) == {"a": (REQUIRED,)}


@pytest.mark.parametrize(
    ("least", "most", "sent", "other", "said"),
    [
        (1, 1, "x", "", None),
        (1, 1, "xy", "", "Choose at most 1; there are 2."),
        (2, 3, "x", "", "Choose at least 2; there are 1."),
        (2, 3, "xyz", "", None),
        (0, 2, "", "", REQUIRED),
        (0, 1, "", "own", None),
        (2, 2, "x", "own", None),
        (2, 3, "", "own", "Choose at least 2; there are 0."),
        (1, 1, "x", "own", None),
        (1, 1, "w", "own", "An answer is not among the choices."),
    ],
)
def test_submission__selections_are_counted(
    least: int, most: int, sent: str, other: str, said: str | None
) -> None:
    asked = form(choice(least, most, FreeTextAnswer()), required=True)
    fields = [*(("q1", name) for name in sent), ("q1.other", other)]

    if said is None:
        assert read(asked, *fields) == {"a": [*sent, *([other] if other else [])]}
    else:
        assert errors(asked, *fields) == {"a": (said,)}


def test_submission__another_text__is_no_answer_where_none_was_asked_for() -> None:
    assert read(form(choice()), ("q1.other", "own")) == {"a": []}


def test_submission__is_quick__however_many_patterns_backtrack() -> None:
    slow = tuple(AnswerFormat(f"^(a+)+{n}$", str(n)) for n in range(500))

    found = errors(form(FreeTextAnswer(formats=slow)), ("q1", "a" * 20_000))

    # What could not be told within the effort is left to the browser's own check.
    assert 0 < len(found["a"]) < 20


VALUES = st.text(max_size=6) | st.sampled_from(["1", "12", "x", "a"])


@given(st.data())
def test_submission__gives_a_document_or_its_own_error(data: st.DataObject) -> None:
    asked = data.draw(forms())
    names = [
        name
        for number in range(1, len(asked.questions) + 1)
        for name in (form_submission.field_name(number), form_submission.other_field_name(number))
    ]
    values = VALUES | st.sampled_from(
        [
            one.identifier
            for question in asked.questions
            if isinstance(question.answer, SelectionAnswer)
            for one in question.answer.selections
        ]
        or ["x"]
    )
    fields = data.draw(st.lists(st.tuples(st.sampled_from(names) | st.text(), values), max_size=8))

    refused: dict[str, tuple[str, ...]] = {}
    try:
        xml = form_submission.check(asked, fields)
    except SubmissionError as error:
        refused = error.errors

    if refused:
        assert set(refused) <= {question.identifier for question in asked.questions}
        assert all(said and all(said) for said in refused.values())
        return

    found = answers.parse(xml)
    assert list(found) == [question.identifier for question in asked.questions]
    for question in asked.questions:
        answer, value = question.answer, found[question.identifier]
        assert isinstance(value, list) == isinstance(answer, SelectionAnswer)
        if isinstance(answer, SelectionAnswer):
            known = {one.identifier for one in answer.selections}
            chosen = [one for one in value if one in known]
            assert len(chosen) <= answer.most + (answer.other is not None)
            assert set(value) <= known or answer.other is not None
        assert value or not question.is_required
