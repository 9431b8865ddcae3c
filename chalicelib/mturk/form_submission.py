"""Checks what a worker sent in against the QuestionForm, and writes it as an answer document.

The page names its fields by the question's place in the form (`field_name`), so that no identifier
a requester chooses can clash with another field or with the service's reserved names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from chalicelib.mturk import answer_pattern, answers, documents
from chalicelib.mturk.answer_specification import (
    DEFAULT_ERROR_TEXT,
    FreeTextAnswer,
    LengthRange,
    NumericRange,
    SelectionAnswer,
)
from chalicelib.mturk.answers import FreeText, Selections
from chalicelib.mturk.pattern_program import Effort
from chalicelib.mturk.question_form import Question, QuestionForm

# What all regular expressions of a form may take together: well under a second.
MAX_STEPS = 400_000
REQUIRED = "This question needs an answer."

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")


class SubmissionError(ValueError):
    """The form cannot be taken as it is; `errors` has what to say, by question, in order."""

    def __init__(self, errors: dict[str, tuple[str, ...]]) -> None:
        super().__init__("; ".join(f"{name}: {' '.join(said)}" for name, said in errors.items()))
        self.errors = errors


def field_name(number: int) -> str:
    """The field of a question, counted from 1."""
    return f"q{number}"


def other_field_name(number: int) -> str:
    """The field for an answer that is not among a question's selections."""
    return f"q{number}.other"


def check(form: QuestionForm, fields: Iterable[tuple[str, str]]) -> str:
    """Return the QuestionFormAnswers of a submitted form; raises `SubmissionError`.

    A selection question has one field per selection that was made. Of a text given several times
    the last counts; one that is missing altogether still has its default. Every question gets an
    Answer, if an empty one. Fields that the form does not have are passed over.
    """
    given: dict[str, list[str]] = {}
    for name, value in fields:
        given.setdefault(name, []).append(value)
    effort = Effort(MAX_STEPS)
    found: dict[str, FreeText | Selections] = {}
    errors: dict[str, tuple[str, ...]] = {}
    for number, question in enumerate(form.questions, 1):
        answer, wrong = _answer(question, number, given, effort)
        found[question.identifier] = answer
        if wrong:
            errors[question.identifier] = tuple(dict.fromkeys(wrong))
    if errors:
        raise SubmissionError(errors)
    return answers.build_answers(found)


def _answer(
    question: Question, number: int, given: Mapping[str, list[str]], effort: Effort
) -> tuple[FreeText | Selections, list[str]]:
    specification = question.answer
    if isinstance(specification, FreeTextAnswer):
        text = _text(specification, given.get(field_name(number)))
        wrong = _free_text_errors(specification, text, effort)
        if not text and (question.is_required or specification.length.least > 0):
            # The requester's own words say more than ours.
            said = [one for one in wrong if one != DEFAULT_ERROR_TEXT]
            return FreeText(text), said or [REQUIRED]
        return FreeText(text), wrong
    chosen = set(given.get(field_name(number), ()))
    other = None
    if specification.other is not None:
        other = _text(specification.other, given.get(other_field_name(number))) or None
    # In the form's order, and each once, whatever the page sent.
    known = [s.identifier for s in specification.selections if s.identifier in chosen]
    wrong = _selection_errors(specification, known, other is not None, question.is_required)
    if chosen - set(known):
        wrong.append("An answer is not among the choices.")
    if other is not None and specification.other is not None:
        wrong += _free_text_errors(specification.other, other, effort)
    return Selections(tuple(known), other), wrong


def _text(specification: FreeTextAnswer, values: list[str] | None) -> str:
    text = values[-1] if values else specification.default_text
    # A browser sends every line end as two characters, which nobody typed.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return documents.speakable(text)


def _free_text_errors(specification: FreeTextAnswer, text: str, effort: Effort) -> list[str]:
    wrong = []
    if text:
        wrong += _length_errors(specification.length, len(text))
        wrong += _numeric_errors(specification.numeric, text)
    # Asked of an empty text too: "(^$|...)" is how a requester says that it may be left empty.
    wrong += [
        one.error_text
        for one in specification.formats
        if not answer_pattern.accepts(one.regex, one.ignore_case, text, effort)
    ]
    return wrong


def _length_errors(length: LengthRange, count: int) -> list[str]:
    if count < length.least:
        return [f"Write at least {length.least} characters; there are {count}."]
    if length.most is not None and count > length.most:
        return [f"Write at most {length.most} characters; there are {count}."]
    return []


def _numeric_errors(numeric: NumericRange | None, text: str) -> list[str]:
    if numeric is None:
        return []
    if not _NUMBER.fullmatch(text.strip()):
        return ["The answer must be a number."]
    number = Decimal(text.strip())
    if numeric.least is not None and number < numeric.least:
        return [f"The answer must be at least {numeric.least}."]
    if numeric.most is not None and number > numeric.most:
        return [f"The answer must be at most {numeric.most}."]
    return []


def _selection_errors(
    specification: SelectionAnswer, chosen: list[str], has_other: bool, is_required: bool
) -> list[str]:
    """A text beside the choices counts as one where some are missing, never as one too many."""
    count = len(chosen)
    if not chosen and not has_other:
        return [REQUIRED] if is_required else []
    if count + has_other < specification.least:
        return [f"Choose at least {specification.least}; there are {count}."]
    if count > specification.most:
        return [f"Choose at most {specification.most}; there are {count}."]
    return []
