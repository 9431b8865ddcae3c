"""Qualification tests: checked when set, shown, read when handed in, scored by their key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.marketplace.domain import limits
from chalicelib.marketplace.domain.errors import InvalidParameter
from chalicelib.marketplace.domain.qualification_errors import BadTestAnswer
from chalicelib.mturk import answers, form_submission, form_view, qualification_test, question_form
from chalicelib.mturk.documents import DocumentError
from chalicelib.mturk.form_submission import SubmissionError


def check(test: str, answer_key: str | None) -> None:
    """Refuse a test or a key that is wrong, with the line; raises `InvalidParameter`."""
    try:
        qualification_test.parse(test, answer_key)
    except DocumentError as error:
        raise InvalidParameter(f"{limits.XML_ERROR}{error}") from None


def view(test: str) -> dict[str, Any]:
    """The test as a page shows it."""
    return form_view.describe(question_form.parse(test))


def read(test: str, fields: Sequence[tuple[str, str]]) -> str:
    """What a worker handed in as a `QuestionFormAnswers`; raises `BadTestAnswer`."""
    try:
        return form_submission.check(question_form.parse(test), fields)
    except SubmissionError as error:
        raise BadTestAnswer(error.errors) from None


def score(test: str, answer_key: str, answer: str) -> int:
    """The value that the key gives to an answer."""
    value = qualification_test.parse(test, answer_key).value(answers.parse(answer))
    assert value is not None  # there is a key
    return value
