"""The page's rules for forms are the server's: neither refuses what the other takes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from chalicelib.mturk import form_submission, form_view
from chalicelib.mturk.answer_specification import AnswerFormat, FreeTextAnswer
from chalicelib.mturk.form_submission import SubmissionError, field_name, other_field_name
from chalicelib.mturk.question_form import QuestionForm
from tests.unit.question_forms import forms

_SCRIPT = Path(__file__).parent.parent / "js" / "check-forms.js"
_WORDS = st.one_of(
    st.sampled_from(
        ["", " ", "a", "ab", "5", "-3", "12.5", "abcdefghijklmnopqrstu", "é\U0001f343"]
    ),
    st.text("ab \n", max_size=30),
)

Fields = list[tuple[str, str]]
Errors = dict[str, list[str]]
Page = Callable[[QuestionForm, Fields], Errors]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    process = subprocess.Popen(
        ["node", str(_SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    into, out = process.stdin, process.stdout

    def ask(form: QuestionForm, fields: Fields) -> Errors:
        into.write(json.dumps({"view": form_view.describe(form), "fields": fields}) + "\n")
        into.flush()
        found: Errors = json.loads(out.readline())
        return found

    yield ask
    into.close()
    process.wait(10)
    out.close()


@st.composite
def filled_in(draw: st.DrawFn) -> tuple[QuestionForm, Fields]:
    """A form and what a page could send for it."""
    form = draw(forms())
    fields: Fields = []
    for number, question in enumerate(form.questions, 1):
        answer = question.answer
        if isinstance(answer, FreeTextAnswer):
            fields.append((field_name(number), draw(_WORDS)))
            continue
        for one in draw(st.sets(st.sampled_from([s.identifier for s in answer.selections]))):
            fields.append((field_name(number), one))
        if answer.other is not None:
            fields.append((other_field_name(number), draw(_WORDS)))
    return form, fields


def patterns(form: QuestionForm) -> Iterator[AnswerFormat]:
    for question in form.questions:
        answer = question.answer
        text = answer if isinstance(answer, FreeTextAnswer) else answer.other
        if text is not None:
            yield from text.formats


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(filled_in())
def test_page_and_server__say_the_same(page: Page, case: tuple[QuestionForm, Fields]) -> None:
    form, fields = case
    # What this expression means only browsers know.
    assume(all(one.regex != r"\1" for one in patterns(form)))

    try:
        form_submission.check(form, fields)
        expected: Errors = {}
    except SubmissionError as error:
        expected = {name: list(said) for name, said in error.errors.items()}

    assert page(form, fields) == expected
