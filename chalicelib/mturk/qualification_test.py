"""A qualification's test, with or without the key that grades it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib.mturk import answer_key, question_form
from chalicelib.mturk.answer_key import AnswerKey
from chalicelib.mturk.documents import DocumentError
from chalicelib.mturk.question_form import QuestionForm


@dataclass(frozen=True, slots=True)
class QualificationTest:
    """Without a key the requester grades the test."""

    form: QuestionForm
    key: AnswerKey | None

    def value(self, answers: Mapping[str, str | list[str]]) -> int | None:
        """Return the qualification's value for the answers, None if a person has to grade them."""
        return None if self.key is None else answer_key.score(self.key, answers)


def parse(test_xml: str, key_xml: str | None = None) -> QualificationTest:
    """Read a test, which is always a QuestionForm, and its key.

    Raises `DocumentError`; its message names the document that its line counts in.
    """
    with _naming("Test"):
        form = question_form.parse(test_xml)
        if key_xml is None:
            return QualificationTest(form, None)
        answer_key.check_gradable(form)
    with _naming("AnswerKey"):
        return QualificationTest(form, answer_key.parse(key_xml, form))


@contextmanager
def _naming(document: str) -> Iterator[None]:
    try:
        yield
    except DocumentError as error:
        raise DocumentError(f"{document}: {error.message}", error.line) from None
