"""Forms that workers send in: checked, kept once, counted.

The assignment's record is the one write that decides; the answer lies ready before it under a key
of this attempt, and slot and totals follow it, by us or by whoever looks next.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain.assignments import VISIBLE, AssignmentStatus, digest_of
from chalicelib.marketplace.domain.errors import BadAnswer, SubmissionRefused
from chalicelib.mturk import answers, form_submission, question_form
from chalicelib.mturk.form_submission import SubmissionError
from chalicelib.mturk.frame import PREVIEW_ASSIGNMENT_ID

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.assignments import Assignment
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.services.lifecycle import Lifecycle
    from chalicelib.marketplace.services.notifications import Notifications
    from chalicelib.marketplace.services.work_times import WorkTimes
    from chalicelib.marketplace.stores import Stores

MAX_FIELDS = 1_000
# DynamoDB's item limit is 400 KB.
MAX_ANSWER_BYTES = 350_000

_log = logging.getLogger("retainer.marketplace.submissions")

_PROBLEM = "There was a problem submitting your results for this HIT."
_OR_RETURN = (
    "Go back and submit again; if that does not help, return the HIT and tell the requester."
)


class Submissions:
    def __init__(
        self,
        stores: Stores,
        lifecycle: Lifecycle,
        clock: Clock,
        work_times: WorkTimes,
        notifications: Notifications,
    ) -> None:
        self._notifications = notifications
        self._hits = stores.hits
        self._assignments = stores.assignments
        self._lifecycle = lifecycle
        self._clock = clock
        self._work_times = work_times

    def submit(self, fields: list[tuple[str, str]]) -> Assignment:
        """Keep a form as the assignment's answer; raises `SubmissionRefused`.

        The same answer again is success: a page that got no reply to the first sends it again.

        The assignment's id is all that says who submits: it is random, and only the worker's own
        frame has it. Where the HIT's question is a QuestionForm, the fields are that form's.
        """
        assignment = self._assignment(fields)
        if assignment.status in VISIBLE:
            return self._again(assignment, lambda: self._text_of(assignment, fields))
        self._check_open(assignment)
        if len(fields) > MAX_FIELDS:
            raise SubmissionRefused(
                413, f"{_PROBLEM} The form has {len(fields)} fields; {MAX_FIELDS:,} are taken."
            )
        try:
            return self._keep(assignment, self._text_of(assignment, fields))
        except BadAnswer as bad:
            said = [f"{name}: {' '.join(why)}" for name, why in bad.errors.items()]
            raise SubmissionRefused(422, " ".join([_PROBLEM, *said])) from None

    def submit_form(
        self, worker: Worker, assignment_id: str, fields: list[tuple[str, str]]
    ) -> Assignment:
        """Check the fields of a worker's QuestionForm and keep what they answer.

        Raises `BadAnswer`, and then the form may be sent again, or `SubmissionRefused`.
        """
        found = self._assignments.find_by_id(assignment_id)
        if found is None or found.worker_id != worker.worker_id or not found.is_form:
            raise SubmissionRefused(404, "You hold no such work.")
        if found.status in VISIBLE:
            return self._again(found, lambda: self._answers_of(found, fields))
        self._check_open(found)
        return self._keep(found, self._answers_of(found, fields))

    def _text_of(self, assignment: Assignment, fields: list[tuple[str, str]]) -> str:
        if assignment.is_form:
            return self._answers_of(assignment, fields)
        # psiTurk's last page sends the three ids and no answer; the service took that.
        if not any(name and name != "assignmentId" for name, _ in fields):
            empty = "The form has no field but assignmentId, so no answer."
            raise SubmissionRefused(400, f"{_PROBLEM} {empty} {_OR_RETURN}")
        return answers.build(fields)

    def _answers_of(self, assignment: Assignment, fields: list[tuple[str, str]]) -> str:
        hit = self._hits.find_hit(assignment.hit_id)
        assert hit is not None  # a HIT stays, deleted or not, and was there before its assignment
        form = question_form.parse(self._hits.question(hit.question_key))
        try:
            return form_submission.check(form, fields)
        except SubmissionError as error:
            raise BadAnswer(error.errors) from None

    def _keep(self, assignment: Assignment, xml: str) -> Assignment:
        if len(xml.encode()) > MAX_ANSWER_BYTES:
            most = f"{MAX_ANSWER_BYTES // 1000} KB"
            raise SubmissionRefused(
                413, f"{_PROBLEM} The answers have more than {most}: go back and shorten them."
            )
        submitted = self._submitted(assignment, xml)
        if not self._assignments.submit(submitted):
            current = self._assignments.find_by_id(assignment.assignment_id) or assignment
            if current.status in VISIBLE:
                return self._again(current, lambda: xml)
            self._check_open(current)
            raise SubmissionRefused(410, f"{_PROBLEM} Its time is over.")
        self._lifecycle.finish_submission(submitted)
        current = self._lifecycle.current(submitted)
        self._notifications.hurry(submitted.hit_type_id)
        try:
            self._work_times.note(submitted)
        except StoreUnavailable as error:
            # It counts whatever becomes of the figure.
            _log.warning("time not noted", extra={"why": str(error)})
        return current

    def _again(self, assignment: Assignment, text_of: Callable[[], str]) -> Assignment:
        """Answer for what is there already; perhaps the first attempt was cut short after it
        counted: complete it."""
        self._lifecycle.finish_submission(assignment)
        kept = (assignment.answer_key or "").rpartition(".")[2]
        with contextlib.suppress(BadAnswer, SubmissionRefused):
            if kept == digest_of(text_of()):
                return self._lifecycle.current(assignment)
        raise SubmissionRefused(409, "You have submitted this HIT already.")

    def _assignment(self, fields: list[tuple[str, str]]) -> Assignment:
        given = {value for name, value in fields if name == "assignmentId"}
        if PREVIEW_ASSIGNMENT_ID in given:
            raise SubmissionRefused(400, "This is a preview: accept the HIT before you submit it.")
        given.discard("")
        if not given:
            lacks = "The form's field assignmentId, which says whose work it is, is missing."
            raise SubmissionRefused(400, f"{_PROBLEM} {lacks} {_OR_RETURN}")
        if len(given) > 1:
            differ = "The form has the field assignmentId more than once, with different values."
            raise SubmissionRefused(400, f"{_PROBLEM} {differ} {_OR_RETURN}")
        assignment_id = given.pop()
        valid = assignment_id.isascii() and assignment_id.isalnum() and len(assignment_id) <= 64
        found = self._assignments.find_by_id(assignment_id) if valid else None
        if found is None:
            unknown = "The assignment in the form's field assignmentId is not known here."
            raise SubmissionRefused(404, f"{_PROBLEM} {unknown} {_OR_RETURN}")
        return found

    def _check_open(self, assignment: Assignment) -> None:
        if assignment.status is AssignmentStatus.RETURNED:
            raise SubmissionRefused(410, f"{_PROBLEM} You have returned it.")
        if not assignment.is_held(self._clock.now_ms()):
            raise SubmissionRefused(410, f"{_PROBLEM} Its time is over.")

    def _submitted(self, assignment: Assignment, xml: str) -> Assignment:
        hit_type = self._hits.find_hit_type(assignment.hit_type_id)
        assert hit_type is not None  # a HIT is written after its type, and types stay
        now_ms = self._clock.now_ms()
        return replace(
            assignment,
            status=AssignmentStatus.SUBMITTED,
            submit_ms=now_ms,
            auto_approval_ms=now_ms + hit_type.auto_approval_s * 1000,
            answer_key=self._assignments.save_answer(xml, now_ms),
        )
