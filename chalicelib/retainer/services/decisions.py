"""Decisions on work that is held: recorded here, carried out by the review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.retainer.domain.errors import BadInput, Conflict, NotFound
from chalicelib.retainer.domain.market import Decision

if TYPE_CHECKING:
    from chalicelib.retainer.domain.ports import Held, Starter, SubmissionStore

DECISIONS = {"approve": Decision.APPROVE, "reject": Decision.REFUSE}

REASON_MOST = 1_024
"""What a market tells a worker about their work."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a decision on several: `refused` has each one's code and sentence."""

    decided: tuple[str, ...]
    refused: tuple[tuple[str, str, str], ...]


class Decisions:
    def __init__(self, submissions: SubmissionStore, starter: Starter) -> None:
        self._submissions = submissions
        self._starter = starter

    def page(
        self, proto: str | None, after: str | None, limit: int, answers: bool = True
    ) -> tuple[list[Held], str | None]:
        """Give work that waits for a decision, and where to go on; `answers` cost a read each."""
        return self._submissions.all_held(proto, after, limit, answers)

    def decide(self, assignment: str, decision: str, reason: str) -> None:
        """Record a decision, once; the same again changes nothing. A review is started, which
        carries it out: whether the market took it stands in the reservation's results.

        Raises `NotFound` if the work is not held, `Conflict` if something else was decided.
        """
        wanted = _checked(decision, reason)
        self._start_review([self._decide(assignment, wanted, reason)])

    def decide_all(self, assignments: Iterable[str], decision: str, reason: str) -> Decided:
        """Record one decision on each of several: one write each. What cannot be decided keeps no
        other from being."""
        wanted = _checked(decision, reason)
        hits: list[str] = []
        decided: list[str] = []
        refused: list[tuple[str, str, str]] = []
        try:
            for assignment in dict.fromkeys(assignments):
                try:
                    hits.append(self._decide(assignment, wanted, reason))
                except (NotFound, Conflict) as error:
                    refused.append((assignment, error.code, error.message))
                else:
                    decided.append(assignment)
        finally:
            # Whatever ends this early: what was recorded is carried out.
            self._start_review(hits)
        return Decided(tuple(decided), tuple(refused))

    def _decide(self, assignment: str, wanted: Decision, reason: str) -> str:
        """Record it; return the HIT."""
        held = self._submissions.decide(assignment, wanted, reason)
        if held is None:
            raise NotFound("No such work is held for review.", "not_held")
        if held.decision is not wanted:
            raise Conflict("Something else was decided on this work already.", "decided")
        return held.submission.hit

    def _start_review(self, hits: Iterable[str]) -> None:
        for hit in dict.fromkeys(hits):
            self._starter.start("review", {"hit": hit})


def _checked(decision: str, reason: str) -> Decision:
    wanted = DECISIONS.get(decision)
    if wanted is None:
        raise BadInput("decision must be approve or reject.", "out_of_range", "decision")
    if wanted is Decision.REFUSE and not reason.strip():
        raise BadInput(
            "A rejection needs a reason: the worker is shown it.", "missing_field", "reason"
        )
    if len(reason) > REASON_MOST:
        raise BadInput(
            f"reason may have at most {REASON_MOST} characters.", "out_of_range", "reason"
        )
    return wanted
