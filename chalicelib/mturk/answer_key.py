"""AnswerKey: which selections of a qualification test earn what, and the value they come to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from chalicelib.mturk import documents, schema
from chalicelib.mturk.answer_specification import FreeTextAnswer
from chalicelib.mturk.documents import DocumentError, Node
from chalicelib.mturk.question_form import QuestionForm
from chalicelib.mturk.schema import INT_MAX, INT_MIN, Children

VERSION = "2005-10-01"
# An exponent of more digits would be no number a score can have, but a very long one to write out.
_DOUBLE = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """The score of just these selections."""

    selections: frozenset[str]
    score: int


@dataclass(frozen=True, slots=True)
class KeyedQuestion:
    identifier: str
    options: tuple[AnswerOption, ...]
    default_score: int = 0


@dataclass(frozen=True, slots=True)
class PercentageMapping:
    maximum: int


@dataclass(frozen=True, slots=True)
class ScaleMapping:
    multiplier: Fraction


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """Both bounds belong to the range."""

    least: int
    most: int
    value: int


@dataclass(frozen=True, slots=True)
class RangeMapping:
    ranges: tuple[ScoreRange, ...]
    otherwise: int


Mapped = PercentageMapping | ScaleMapping | RangeMapping


@dataclass(frozen=True, slots=True)
class AnswerKey:
    questions: tuple[KeyedQuestion, ...]
    mapping: Mapped | None = None


def parse(xml: str, test: QuestionForm) -> AnswerKey:
    """Read the key of a test; raises `DocumentError` with the key's line that is wrong.

    Every identifier has to be the test's. Whether the test can have a key is `check_gradable`'s.
    """
    root = documents.parse(xml)
    documents.expect_root(root, "AnswerKey", VERSION)
    children = Children(root)
    choices = _choices(test)
    questions: dict[str, KeyedQuestion] = {}
    for node in children.many("Question"):
        question = _question(node, choices)
        if question.identifier in questions:
            raise DocumentError(f"QuestionIdentifier {question.identifier!r} is twice", node.line)
        questions[question.identifier] = question
    mapping = children.maybe("QualificationValueMapping")
    children.end()
    return AnswerKey(tuple(questions.values()), None if mapping is None else _mapping(mapping))


def check_gradable(test: QuestionForm) -> None:
    """Raise `DocumentError`, with the test's line, for a test that no key can grade."""
    for question in test.questions:
        if isinstance(question.answer, FreeTextAnswer):
            raise DocumentError(
                f"a test with an AnswerKey cannot ask for free text ({question.identifier!r})",
                question.line,
            )
        if question.answer.other is not None:
            raise DocumentError(
                f"a test with an AnswerKey cannot have OtherSelection ({question.identifier!r})",
                question.line,
            )


def score(key: AnswerKey, answers: Mapping[str, str | list[str]]) -> int:
    """Return the qualification's value for answers as `answers.parse` reads them."""
    total = sum(_question_score(one, answers.get(one.identifier, [])) for one in key.questions)
    value = _mapped(key.mapping, total)
    # A qualification's value is a 32-bit integer wherever it goes.
    return max(INT_MIN, min(INT_MAX, value))


def _question_score(question: KeyedQuestion, answer: str | list[str]) -> int:
    chosen = frozenset([answer] if isinstance(answer, str) else answer)
    for option in question.options:
        if option.selections == chosen:
            return option.score
    return question.default_score


def _mapped(mapping: Mapped | None, total: int) -> int:
    if mapping is None:
        return total
    if isinstance(mapping, PercentageMapping):
        return _rounded(Fraction(total * 100, mapping.maximum))
    if isinstance(mapping, ScaleMapping):
        return _rounded(total * mapping.multiplier)
    for one in mapping.ranges:
        if one.least <= total <= one.most:
            return one.value
    return mapping.otherwise


def _rounded(number: Fraction) -> int:
    """Round half up, also below zero."""
    return floor(number + Fraction(1, 2))


def _choices(test: QuestionForm) -> dict[str, frozenset[str]]:
    return {
        question.identifier: frozenset()
        if isinstance(question.answer, FreeTextAnswer)
        else frozenset(one.identifier for one in question.answer.selections)
        for question in test.questions
    }


def _question(node: Node, choices: Mapping[str, frozenset[str]]) -> KeyedQuestion:
    children = Children(node)
    name_node = children.one("QuestionIdentifier")
    name = schema.identifier(name_node)
    if name not in choices:
        raise DocumentError(f"the test has no question {name!r}", name_node.line)
    options: dict[frozenset[str], AnswerOption] = {}
    for option_node in children.many("AnswerOption"):
        option = _option(option_node, name, choices[name])
        if option.selections in options:
            raise DocumentError(f"two AnswerOptions of {name!r} are the same", option_node.line)
        options[option.selections] = option
    default = children.maybe("DefaultScore")
    children.end()
    return KeyedQuestion(
        name, tuple(options.values()), 0 if default is None else schema.integer(default)
    )


def _option(node: Node, question: str, choices: frozenset[str]) -> AnswerOption:
    children = Children(node)
    selections = set()
    for one in children.many("SelectionIdentifier"):
        name = schema.identifier(one)
        if name not in choices:
            raise DocumentError(f"question {question!r} has no selection {name!r}", one.line)
        selections.add(name)
    points = schema.integer(children.one("AnswerScore"))
    children.end()
    return AnswerOption(frozenset(selections), points)


def _mapping(node: Node) -> Mapped:
    children = Children(node)
    child = children.one("PercentageMapping", "ScaleMapping", "RangeMapping")
    children.end()
    inner = Children(child)
    found: Mapped
    if child.name == "PercentageMapping":
        # Below 1 there is nothing to be a percentage of.
        found = PercentageMapping(schema.integer(inner.one("MaximumSummedScore"), 1))
    elif child.name == "ScaleMapping":
        found = ScaleMapping(_double(inner.one("SummedScoreMultiplier")))
    else:
        ranges = tuple(_range(one) for one in inner.many("SummedScoreRange"))
        found = RangeMapping(ranges, schema.integer(inner.one("OutOfRangeQualificationValue")))
    inner.end()
    return found


def _range(node: Node) -> ScoreRange:
    children = Children(node)
    least = schema.integer(children.one("InclusiveLowerBound"))
    upper = children.one("InclusiveUpperBound")
    most = schema.integer(upper)
    value = schema.integer(children.one("QualificationValue"))
    children.end()
    if least > most:
        raise DocumentError(f"the range ends at {most}, below its start {least}", upper.line)
    return ScoreRange(least, most, value)


def _double(node: Node) -> Fraction:
    text = schema.text(node).strip()
    if not _DOUBLE.fullmatch(text):
        raise DocumentError(f"{node.name} must be a number, not {text[:40]!r}", node.line)
    return Fraction(text)
