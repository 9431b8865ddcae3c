"""Review policies: read from their parameters, and what they make of answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.marketplace.domain import limits
from chalicelib.marketplace.domain.errors import InvalidParameter

KNOWN_ANSWERS = "ScoreMyKnownAnswers/2011-09-01"
PLURALITY = "SimplePlurality/2011-09-01"
# Longer answers take no part in a plurality.
LONGEST_COMPARED = 256

_EXTEND = {"ExtendMaximumAssignments", "ExtendMinimumTimeInSeconds"}
_KNOWN_KEYS = _EXTEND | {
    "AnswerKey",
    "ApproveIfKnownAnswerScoreIsAtLeast",
    "ApproveReason",
    "RejectIfKnownAnswerScoreIsLessThan",
    "RejectReason",
    "ExtendIfKnownAnswerScoreIsLessThan",
}
_PLURALITY_KEYS = _EXTEND | {
    "QuestionIds",
    "QuestionAgreementThreshold",
    "DisregardAssignmentIfRejected",
    "DisregardAssignmentIfKnownAnswerScoreIsLessThan",
    "ExtendIfHITAgreementScoreIsLessThan",
    "ApproveIfWorkerAgreementScoreIsAtLeast",
    "RejectIfWorkerAgreementScoreIsLessThan",
    "RejectReason",
}
# Names that the service's own samples and old libraries use.
_ALIASES = {
    "QuestionIDs": "QuestionIds",
    "ApproveIfWorkerAgreementScoreIsNotLessThan": "ApproveIfWorkerAgreementScoreIsAtLeast",
}

Values = frozenset[str]
Answers = Mapping[str, Values]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What follows from a score: each bound is None where nothing shall follow."""

    approve_from: int | None
    reject_below: int | None
    extend_below: int | None
    approve_reason: str | None
    reject_reason: str
    extend_to: int
    extend_s: int

    def decision(self, score: int) -> str | None:
        if self.approve_from is not None and score >= self.approve_from:
            return "approve"
        if self.reject_below is not None and score < self.reject_below:
            return "reject"
        return None

    def extends(self, score: int) -> bool:
        return self.extend_below is not None and score < self.extend_below


@dataclass(frozen=True, slots=True)
class KnownAnswers:
    key: Mapping[str, Values]
    verdicts: Verdicts

    def correct(self, answers: Answers) -> dict[str, bool]:
        """For each known question, whether exactly its values were given."""
        return {name: answers.get(name, frozenset()) == want for name, want in self.key.items()}


@dataclass(frozen=True, slots=True)
class Plurality:
    questions: tuple[str, ...]
    threshold: int
    skip_rejected: bool
    skip_score_below: int | None
    verdicts: Verdicts

    def agreed(self, answers: Sequence[Answers]) -> dict[str, tuple[Values, int]]:
        """For each question that has one, the agreed answer and how many per cent gave it."""
        found: dict[str, tuple[Values, int]] = {}
        for name in self.questions:
            given = [a[name] for a in answers if name in a and _compared(a[name])]
            (first, count), *others = [*Counter(given).most_common(2), (frozenset(), 0)][:2]
            tie = bool(others) and others[0][1] == count
            score = percent(count, len(answers))
            if count and not tie and score > self.threshold:
                found[name] = (first, score)
        return found


def percent(part: int, whole: int) -> int:
    return part * 100 // whole if whole else 0


def values_of(parsed: Mapping[str, str | list[str]]) -> dict[str, Values]:
    """Answers as sets of values without white space around them."""
    found: dict[str, Values] = {}
    for name, value in parsed.items():
        given = [value] if isinstance(value, str) else value
        found[name] = frozenset(v.strip() for v in given if v.strip())
    return found


def known_answers(given: Mapping[str, Any]) -> KnownAnswers:
    """Read an assignment's policy; raises `InvalidParameter`."""
    where = "AssignmentReviewPolicy"
    parameters = _parameters(given, where, KNOWN_ANSWERS, _KNOWN_KEYS)
    entries = parameters.get("AnswerKey", {}).get("MapEntries") or []
    key = {
        entry.get("Key", ""): frozenset(v.strip() for v in entry.get("Values") or [] if v.strip())
        for entry in entries
    }
    if not key or "" in key:
        raise InvalidParameter(f"{where} needs an AnswerKey with at least one question.")
    score = "KnownAnswerScore"
    verdicts = _verdicts(parameters, where, score, f"ExtendIf{score}IsLessThan", 25, 5)
    return KnownAnswers(key, verdicts)


def plurality(given: Mapping[str, Any]) -> Plurality:
    """Read a HIT's policy; raises `InvalidParameter`."""
    where = "HITReviewPolicy"
    parameters = _parameters(given, where, PLURALITY, _PLURALITY_KEYS)
    lists = parameters.get("QuestionIds", {}).get("Values") or []
    questions = tuple(dict.fromkeys(q.strip() for v in lists for q in v.split(",") if q.strip()))
    threshold = _number(parameters, where, "QuestionAgreementThreshold", 0, 100)
    if not questions or threshold is None:
        raise InvalidParameter(f"{where} needs QuestionIds and QuestionAgreementThreshold.")
    skip = (_text(parameters, where, "DisregardAssignmentIfRejected") or "false").lower()
    if skip not in {"t", "f", "true", "false"}:
        raise InvalidParameter(f"{where}.DisregardAssignmentIfRejected is true or false.")
    known = "DisregardAssignmentIfKnownAnswerScoreIsLessThan"
    extend = "ExtendIfHITAgreementScoreIsLessThan"
    most = limits.MAX_ASSIGNMENTS
    return Plurality(
        questions,
        threshold,
        skip in {"t", "true"},
        _number(parameters, where, known, 0, 101),
        _verdicts(parameters, where, "WorkerAgreementScore", extend, most, 0),
    )


def _compared(values: Values) -> bool:
    return bool(values) and all(len(value) <= LONGEST_COMPARED for value in values)


def _verdicts(
    parameters: Mapping[str, Any], where: str, score: str, extend: str, most: int, default: int
) -> Verdicts:
    extend_below = _number(parameters, where, extend, 0, 101)
    extend_to = _number(parameters, where, "ExtendMaximumAssignments", 2, most)
    if extend_below is not None and extend_to is None and not default:
        raise InvalidParameter(f"{where}.{extend} needs ExtendMaximumAssignments.")
    seconds = _number(parameters, where, "ExtendMinimumTimeInSeconds", 3600, limits.YEAR_S)
    reason = _text(parameters, where, "RejectReason") or ""
    approve_reason = _text(parameters, where, "ApproveReason")
    for name, text in (("RejectReason", reason), ("ApproveReason", approve_reason or "")):
        limits.text(f"{where}.{name}", text, limits.MAX_FEEDBACK, least=0)
    return Verdicts(
        approve_from=_number(parameters, where, f"ApproveIf{score}IsAtLeast", 0, 101),
        reject_below=_number(parameters, where, f"RejectIf{score}IsLessThan", 0, 101),
        extend_below=extend_below,
        approve_reason=approve_reason,
        reject_reason=reason,
        extend_to=extend_to or default,
        extend_s=seconds or 0,
    )


def _parameters(
    given: Mapping[str, Any], where: str, name: str, keys: set[str]
) -> dict[str, Mapping[str, Any]]:
    if given["PolicyName"] != name:
        shown = given["PolicyName"][:80]
        raise InvalidParameter(f'The value "{shown}" is not valid for the parameter {where}.')
    found: dict[str, Mapping[str, Any]] = {}
    for parameter in given.get("Parameters") or []:
        key = str(parameter.get("Key", "")).strip()
        key = _ALIASES.get(key, key)
        if key not in keys or key in found:
            raise InvalidParameter(f'{where} has no parameter "{key[:80]}", or has it twice.')
        found[key] = parameter
    return found


def _text(parameters: Mapping[str, Any], where: str, name: str) -> str | None:
    if name not in parameters:
        return None
    values = parameters[name].get("Values") or []
    if len(values) != 1:
        raise InvalidParameter(f"{where}.{name} has one value.")
    return str(values[0])


def _number(
    parameters: Mapping[str, Any], where: str, name: str, least: int, most: int
) -> int | None:
    text = _text(parameters, where, name)
    if text is None:
        return None
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise InvalidParameter(f'The value "{text[:40]}" is not valid for {where}.{name}.')
    return limits.number(f"{where}.{name}", int(text), least, most)
