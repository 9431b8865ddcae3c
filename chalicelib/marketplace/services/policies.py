"""Carries review policies out: known answers at each submission, plurality at a HIT's end.

Everything here may be cut short and done again: a decision is taken once by the assignment's
state, an extension once by its token, and a report is the last thing written.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chalicelib.marketplace.domain import ids, news, policies
from chalicelib.marketplace.domain.assignments import AssignmentStatus
from chalicelib.marketplace.domain.policies import percent
from chalicelib.marketplace.domain.ports import (
    Refused,
    Token,
)
from chalicelib.marketplace.domain.reports import (
    ASSIGNMENT_LEVEL,
    HIT_LEVEL,
    Action,
    Report,
    Result,
)
from chalicelib.mturk import answers as documents
from chalicelib.mturk import prices

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.assignments import Assignment
    from chalicelib.marketplace.domain.hits import Hit
    from chalicelib.marketplace.domain.policies import Answers, Plurality, Verdicts
    from chalicelib.marketplace.domain.ports import (
        Position,
    )
    from chalicelib.marketplace.stores import Stores

_ATTEMPTS = 20
_PAGE = 100
_CODE = "AWS.MechanicalTurk."
_WRONG_STATE = "Assignment was in an invalid state for this operation."


class Policies:
    def __init__(
        self,
        stores: Stores,
        clock: Clock,
    ) -> None:
        self._reports = stores.reports
        self._hits = stores.hits
        self._changes = stores.changes
        self._offers = stores.offers
        self._assignments = stores.assignments
        self._money = stores.money
        self._clock = clock

    def of(self, hit: Hit) -> dict[str, Any]:
        """A HIT's policies as given, by the name of their parameter."""
        return json.loads(self._hits.question(hit.policy_key)) if hit.policy_key else {}

    def score(self, assignment: Assignment) -> None:
        """Score a submission, which is counted on its HIT, and do what follows from it."""
        hit = self._hits.find_hit(assignment.hit_id)
        given = self.of(hit).get("AssignmentReviewPolicy") if hit else None
        if hit is None or given is None:
            self._reports.set_score(assignment, None)
            return
        policy = policies.known_answers(given)
        correct = policy.correct(self._answers([assignment])[assignment.assignment_id])
        score = percent(sum(correct.values()), len(correct))
        target = assignment.assignment_id
        results = [
            Result(target, "Assignment", name, "KnownAnswerCorrect", str(int(right)))
            for name, right in correct.items()
        ]
        results.append(Result(target, "Assignment", None, "KnownAnswerScore", str(score)))
        text = (
            f"Reviewed {len(correct)} known answers; {sum(correct.values())}/{len(correct)} correct"
        )
        actions = [self._action("review", target, "Assignment", text)]
        actions += self._decide(assignment, policy.verdicts, score)
        if policy.verdicts.extends(score):
            actions += self._extend(hit.hit_id, policy.verdicts, f"score#{target}")
        entry = f"{ASSIGNMENT_LEVEL}{assignment.submit_ms or 0:013d}{target}"
        self._reports.save(Report(hit.hit_id, entry, tuple(results), tuple(actions)))
        self._reports.set_score(assignment, score)

    def review_hit(self, hit: Hit) -> None:
        """Compare a HIT's submissions, once for each number of them, and do what follows."""
        given = self.of(hit).get("HITReviewPolicy")
        last = f"{HIT_LEVEL}Z{hit.hit_id}"
        before = self._reports.find(hit.hit_id, last) if given else None
        if given is None or not hit.submitted or (before and before.submitted == hit.submitted):
            return
        policy = policies.plurality(given)
        counted = [a for a in self._submitted(hit.hit_id) if _counts(policy, a)]
        answers = self._answers(counted)
        agreed = policy.agreed(list(answers.values()))
        for assignment in counted:
            own = answers[assignment.assignment_id]
            self._reports.save(self._compared(policy, assignment, own, agreed))
        score = percent(len(agreed), len(policy.questions))
        results = [Result(hit.hit_id, "HIT", None, "HITAgreementScore", str(score))]
        for name, (values, level) in agreed.items():
            shown = "|".join(sorted(values))
            results.append(Result(hit.hit_id, "HIT", name, "PluralityAnswer", shown))
            results.append(Result(hit.hit_id, "HIT", name, "PluralityLevel", str(level)))
        actions: list[Action] = []
        if policy.verdicts.extends(score):
            text = f"plurality#{hit.hit_id}#{hit.submitted}"
            actions = self._extend(hit.hit_id, policy.verdicts, text)
        self._reports.save(Report(hit.hit_id, last, tuple(results), tuple(actions), hit.submitted))

    def _compared(
        self,
        policy: Plurality,
        assignment: Assignment,
        own: Answers,
        agreed: dict[str, tuple[frozenset[str], int]],
    ) -> Report:
        target = assignment.assignment_id
        same = {name: own.get(name) == values for name, (values, _) in agreed.items()}
        results = [
            Result(target, "Assignment", name, "AgreedWithPlurality", str(int(yes)))
            for name, yes in same.items()
        ]
        actions: list[Action] = []
        if same:
            score = percent(sum(same.values()), len(same))
            results.append(Result(target, "Assignment", None, "WorkerAgreementScore", str(score)))
            actions = self._decide(assignment, policy.verdicts, score)
        entry = f"{HIT_LEVEL}{assignment.submit_ms or 0:013d}{target}"
        return Report(assignment.hit_id, entry, tuple(results), tuple(actions))

    def _decide(self, assignment: Assignment, verdicts: Verdicts, score: int) -> list[Action]:
        name = verdicts.decision(score)
        if name is None:
            return []
        decide = self._approve if name == "approve" else self._reject
        wanted = AssignmentStatus.APPROVED if name == "approve" else AssignmentStatus.REJECTED
        done, target = f"{wanted.value}", assignment.assignment_id
        if assignment.status is AssignmentStatus.SUBMITTED and decide(assignment, verdicts):
            return [self._action(name, target, "Assignment", done)]
        found = self._assignments.find(assignment.hit_id, assignment.worker_id)
        if found is not None and found.status is wanted:
            return [self._action(name, target, "Assignment", f"Already {done.lower()}")]
        code = f"{_CODE}InvalidAssignmentState"
        return [self._action(name, target, "Assignment", _WRONG_STATE, code)]

    def _approve(self, assignment: Assignment, verdicts: Verdicts) -> bool:
        return self._money.approve(assignment, self._clock.now_ms(), verdicts.approve_reason)

    def _reject(self, assignment: Assignment, verdicts: Verdicts) -> bool:
        hit = self._hits.find_hit(assignment.hit_id)
        hit_type = self._hits.find_hit_type(hit.hit_type_id) if hit else None
        assert hit_type is not None  # a HIT is written after its type, and both stay
        now_ms, reason = self._clock.now_ms(), verdicts.reject_reason
        told = news.rejected(hit_type, assignment, reason, now_ms)
        return self._money.reject(assignment, now_ms, reason, told)

    def _extend(self, hit_id: str, verdicts: Verdicts, text: str) -> list[Action]:
        """Ask one more worker, unless the HIT has as many assignments as it may."""
        for _ in range(_ATTEMPTS):
            hit = self._hits.find_hit(hit_id)
            if hit is None or hit.deleted:
                return []
            total = hit.max_assignments + 1
            crosses = hit.max_assignments < prices.MANY_ASSIGNMENTS <= total
            if total > verdicts.extend_to or crosses:
                return []
            try:
                self._lengthen(hit, verdicts.extend_s, text)
                hit = self._hits.find_hit(hit_id) or hit
                self._add(hit, text)
                return [self._action("extend", hit_id, "HIT", "Extended by one assignment")]
            except Refused as refused:
                if refused.reason == "token":
                    return [self._action("extend", hit_id, "HIT", "Extended by one assignment")]
                if refused.reason == "funds":
                    code = f"{_CODE}InsufficientFunds"
                    return [self._action("extend", hit_id, "HIT", "Not enough money", code)]
        return []

    def _lengthen(self, hit: Hit, seconds: int, text: str) -> None:
        now_ms = self._clock.now_ms()
        until_ms = now_ms + seconds * 1000
        if not seconds or hit.expires_ms >= until_ms:
            return
        self._offers.offer(hit.hit_type_id, now_ms, until_ms)
        extra = replace(hit, expires_ms=until_ms).needed_slots(now_ms) - hit.held_slots
        token = Token(hit.account_id, f"policy-time#{text}", now_ms)
        try:
            self._hits.change_expiry(hit, until_ms, max(0, extra), token)
        except Refused as refused:
            if refused.reason != "token":
                raise

    def _add(self, hit: Hit, text: str) -> None:
        now_ms = self._clock.now_ms()
        if hit.is_open(now_ms):
            self._offers.offer(hit.hit_type_id, now_ms, hit.expires_ms)
        larger = replace(hit, max_assignments=hit.max_assignments + 1, room=hit.room + 1)
        extra = max(0, larger.needed_slots(now_ms) - hit.held_slots)
        token = Token(hit.account_id, f"policy#{text}", now_ms)
        self._changes.add_assignments(hit, 1, extra, now_ms, token)

    def _submitted(self, hit_id: str) -> list[Assignment]:
        found: list[Assignment] = []
        after: Position | None = None
        while page := self._assignments.submitted(hit_id, after, _PAGE):
            found += [assignment for _, assignment in page]
            after = page[-1][0]
        return found

    def _answers(self, found: list[Assignment]) -> dict[str, Answers]:
        texts = self._assignments.answers([a.answer_key for a in found if a.answer_key])
        return {
            a.assignment_id: policies.values_of(documents.parse(texts[a.answer_key or ""]))
            for a in found
        }

    def _action(
        self, name: str, target: str, kind: str, result: str, error_code: str | None = None
    ) -> Action:
        now_ms = self._clock.now_ms()
        action_id = ids.derived_id("action", name, target, f"{now_ms}")
        return Action(action_id, name, target, kind, now_ms, result, error_code)


def _counts(policy: Plurality, assignment: Assignment) -> bool:
    if policy.skip_rejected and assignment.status is AssignmentStatus.REJECTED:
        return False
    least = policy.skip_score_below
    return least is None or assignment.score is None or assignment.score >= least
