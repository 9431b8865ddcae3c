"""What a requester does with submitted work: look, approve, reject, pay a bonus."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import ids, limits, news
from chalicelib.marketplace.domain.assignments import (
    OVERRIDE_DAYS,
    VISIBLE,
    AssignmentStatus,
)
from chalicelib.marketplace.domain.beyond_errors import WorkerGone
from chalicelib.marketplace.domain.errors import (
    AssignmentMissing,
    HitMissing,
    InsufficientFunds,
    InvalidAssignmentState,
    InvalidParameter,
    TokenUsed,
)
from chalicelib.marketplace.domain.ports import (
    Refused,
    Token,
)
from chalicelib.marketplace.services.looking import look_through

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.assignments import (
        Assignment,
    )
    from chalicelib.marketplace.domain.hits import Hit, HitType
    from chalicelib.marketplace.domain.ports import (
        Position,
    )
    from chalicelib.marketplace.services.lifecycle import Lifecycle
    from chalicelib.marketplace.services.postings import Postings
    from chalicelib.marketplace.stores import Stores
    from chalicelib.mturk.prices import Fees

_DAY_MS = 86_400_000
_DECIDED = {
    AssignmentStatus.APPROVED: "It is approved already.",
    AssignmentStatus.REJECTED: "It is rejected already; ApproveAssignment with OverrideRejection "
    f"takes that back, for {OVERRIDE_DAYS} days from the submission on.",
}


@dataclass(frozen=True, slots=True)
class Submission:
    """An assignment with the answer document that came with it."""

    assignment: Assignment
    answer: str


class Review:
    """Every method sees only what belongs to `account_id`."""

    def __init__(
        self,
        stores: Stores,
        postings: Postings,
        lifecycle: Lifecycle,
        clock: Clock,
        fees: Fees,
    ) -> None:
        self._fees = fees
        self._assignments = stores.assignments
        self._money = stores.money
        self._postings = postings
        self._lifecycle = lifecycle
        self._clock = clock

    def list_for_hit(
        self,
        account_id: str,
        hit_id: str,
        statuses: Set[AssignmentStatus],
        after: Position | None,
        limit: int,
    ) -> tuple[list[tuple[Position, Submission]], Position | None]:
        """A page of what was submitted, in that order; never what is only accepted.

        And where to go on, as `look_through` tells.
        """
        hit = self._postings.owned(account_id, hit_id)
        if hit.deleted:
            raise HitMissing(hit_id)

        def fitting(assignment: Assignment) -> Assignment | None:
            assignment = self._lifecycle.current(assignment)
            self._complete(hit, assignment)
            return assignment if assignment.status in statuses else None

        read = partial(self._assignments.submitted, hit_id)
        page, end = look_through(read, fitting, after, limit)
        answers = self._assignments.answers([a.answer_key for _, a in page if a.answer_key])
        found = [(p, Submission(a, answers.get(a.answer_key or "", ""))) for p, a in page]
        return found, end

    def get(self, account_id: str, assignment_id: str) -> tuple[Submission, Hit]:
        """Find submitted work and its HIT; with a HIT that is disposed of its answers are gone."""
        assignment = self._visible(account_id, assignment_id)
        hit = self._postings.owned(account_id, assignment.hit_id)
        key = None if hit.deleted else assignment.answer_key
        answer = self._assignments.answers([key]).get(key, "") if key else ""
        return Submission(assignment, answer), hit

    def approve(
        self, account_id: str, assignment_id: str, feedback: str | None, override: bool
    ) -> None:
        """Approve and pay, once; with `override` also what was rejected within 30 days."""
        _check_feedback(feedback)
        assignment = self._reviewable(account_id, assignment_id)
        now_ms = self._clock.now_ms()
        if override and assignment.status is AssignmentStatus.REJECTED:
            self._override(assignment, feedback, now_ms)
            return
        self._decide(assignment, lambda: self._money.approve(assignment, now_ms, feedback))

    def reject(self, account_id: str, assignment_id: str, feedback: str) -> None:
        """Reject; costs nothing, and the slot is not opened again."""
        _check_feedback(feedback)
        assignment = self._reviewable(account_id, assignment_id)
        now_ms = self._clock.now_ms()
        told = news.rejected(self._type_of(assignment), assignment, feedback, now_ms)
        self._decide(assignment, lambda: self._money.reject(assignment, now_ms, feedback, told))

    def send_bonus(
        self,
        account_id: str,
        worker_id: str,
        assignment_id: str,
        amount: str,
        reason: str,
        token: str | None,
    ) -> None:
        """Pay a bonus on submitted work, rejected or not; a token makes that once in 24 hours."""
        cents = limits.dollars("BonusAmount", amount, least_cents=1)
        limits.text("Reason", reason, limits.MAX_REASON)
        assignment = self._visible(account_id, assignment_id)
        if assignment.worker_id != worker_id:
            raise InvalidParameter(
                f'The value "{worker_id}" is not valid for the parameter WorkerId.'
            )
        _check_there(assignment)
        now_ms = self._clock.now_ms()
        spent = token and Token(account_id, f"bonus#{token}", now_ms)
        fee = self._fees.of_bonus(cents)
        told = news.bonus(self._type_of(assignment), assignment, cents, reason, now_ms)
        for last in (False, True):
            try:
                self._money.bonus(assignment, cents, fee, reason, now_ms, spent or None, told)
                return
            except Refused as refused:
                if refused.reason == "token":
                    raise TokenUsed(token or "") from None
                if last or refused.reason != "funds":
                    raise InsufficientFunds from None
            self._lifecycle.settle_holds(account_id)

    def _decide(self, assignment: Assignment, decision: Callable[[], bool]) -> None:
        if assignment.status is not AssignmentStatus.SUBMITTED:
            raise InvalidAssignmentState("Submitted", _DECIDED[assignment.status])
        if not decision():
            raise InvalidAssignmentState("Submitted", "It was decided on just now.")

    def _override(self, assignment: Assignment, feedback: str | None, now_ms: int) -> None:
        age_ms = now_ms - (assignment.submit_ms or 0)
        hit = self._postings.owned(assignment.account_id, assignment.hit_id)
        if hit.deleted:
            raise InvalidAssignmentState("Submitted", "It is rejected, and its HIT disposed of.")
        if age_ms > OVERRIDE_DAYS * _DAY_MS:
            raise InvalidAssignmentState(
                "Submitted",
                f"A rejection can be overridden for {OVERRIDE_DAYS} days from the submission on.",
            )
        _check_there(assignment)
        hit_type = self._postings.type_of(hit)
        told = news.rejection_taken_back(hit_type, assignment, feedback, now_ms)
        for last in (False, True):
            try:
                self._money.override(assignment, now_ms, feedback, told)
                return
            except Refused as refused:
                if refused.reason != "funds":
                    raise InvalidAssignmentState(
                        "Submitted", "It is not rejected any more."
                    ) from None
                if last:
                    raise InsufficientFunds from None
            # HITs that ended since the last look may hold what is needed.
            self._lifecycle.settle_holds(assignment.account_id)

    def _reviewable(self, account_id: str, assignment_id: str) -> Assignment:
        """Find work to decide on; what is accepted only has no state the protocol could name."""
        assignment = self._owned(account_id, assignment_id)
        if assignment.is_held(self._clock.now_ms()):
            raise InvalidAssignmentState(
                "null", "The worker has accepted it and not submitted it yet."
            )
        return self._shown(assignment)

    def _visible(self, account_id: str, assignment_id: str) -> Assignment:
        return self._shown(self._owned(account_id, assignment_id))

    def _shown(self, assignment: Assignment) -> Assignment:
        assignment = self._lifecycle.current(assignment)
        account_id = assignment.account_id
        if assignment.status not in VISIBLE:
            raise AssignmentMissing(assignment.assignment_id)
        self._complete(self._postings.owned(account_id, assignment.hit_id), assignment)
        return assignment

    def _type_of(self, assignment: Assignment) -> HitType:
        hit = self._postings.owned(assignment.account_id, assignment.hit_id)
        return self._postings.type_of(hit)

    def _owned(self, account_id: str, assignment_id: str) -> Assignment:
        assignment = self._assignments.find_by_id(assignment_id)
        if assignment is None or assignment.account_id != account_id:
            raise AssignmentMissing(assignment_id)
        return assignment

    def _complete(self, hit: Hit, assignment: Assignment) -> None:
        """Count a submission that a crash left uncounted, before anything is decided on it."""
        slot = hit.pending.get(assignment.worker_id)
        if slot is not None and slot.assignment_id == assignment.assignment_id:
            self._lifecycle.finish_submission(assignment)


def _check_there(assignment: Assignment) -> None:
    if ids.is_mark(assignment.worker_id):
        raise WorkerGone(assignment.assignment_id)


def _check_feedback(feedback: str | None) -> None:
    if feedback is not None:
        limits.text("RequesterFeedback", feedback, limits.MAX_FEEDBACK, least=0)
