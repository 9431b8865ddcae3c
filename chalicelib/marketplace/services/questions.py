"""How workers see a HIT's question: in a frame of the requester's page, or as a form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.kit.config import ConfigError
from chalicelib.marketplace.domain import frames
from chalicelib.marketplace.domain.errors import Ended, NotFound, PageRefused
from chalicelib.marketplace.domain.hits import QuestionKind
from chalicelib.mturk import (
    arrival,
    external_question,
    form_view,
    frame,
    html_question,
    question_form,
)
from chalicelib.mturk.frame import PREVIEW_ASSIGNMENT_ID
from chalicelib.mturk.html_question import HTMLQuestion
from chalicelib.mturk.question_form import QuestionForm

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.kit.config import MarketplaceConfig
    from chalicelib.marketplace.domain.assignments import Assignment
    from chalicelib.marketplace.domain.hits import Hit
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.stores import Stores
    from chalicelib.mturk.question import Question


@dataclass(frozen=True, slots=True)
class Shown:
    """The address of a frame and its height (0: as the window); a form has no address."""

    kind: QuestionKind
    url: str | None
    frame_height: int


def kind_of(question: Question) -> QuestionKind:
    if isinstance(question, QuestionForm):
        return QuestionKind.FORM
    return QuestionKind.HTML if isinstance(question, HTMLQuestion) else QuestionKind.EXTERNAL


class Questions:
    def __init__(
        self,
        stores: Stores,
        config: MarketplaceConfig,
        arrival_key_of: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._hits = stores.hits
        self._assignments = stores.assignments
        self._config = config
        self._arrival_key_of = arrival_key_of
        self._clock = clock

    def of_job(self, assignment: Assignment, hit: Hit) -> Shown:
        """As its worker sees it; of a question served here, nothing is read."""
        signed = arrival.sign(
            self._arrival_key_of(assignment.account_id),
            assignment.assignment_id,
            assignment.hit_id,
            assignment.worker_id,
            assignment.accept_ms,
        )
        return self._shown(
            hit,
            {
                "assignmentId": assignment.assignment_id,
                "hitId": assignment.hit_id,
                "workerId": assignment.worker_id,
                "turkSubmitTo": self._site(),
                "arrival": signed,
            },
        )

    def of_preview(self, hit: Hit) -> Shown:
        """As everybody may see it before acceptance: no worker, nowhere to submit to."""
        given = {"assignmentId": PREVIEW_ASSIGNMENT_ID, "hitId": hit.hit_id}
        return self._shown(hit, given)

    def form(self, hit: Hit) -> dict[str, Any]:
        """The form of a HIT that has one, as a page shows it."""
        return form_view.describe(question_form.parse(self._hits.question(hit.question_key)))

    def form_of_job(self, worker: Worker, assignment_id: str) -> dict[str, Any]:
        """The form of an assignment that the worker holds; raises `WorkerRefused`."""
        found = self._assignments.find_by_id(assignment_id)
        if found is None or found.worker_id != worker.worker_id or not found.is_form:
            raise NotFound("You hold no such work.")
        if not found.is_held(self._clock.now_ms()):
            raise Ended("This work has ended already.")
        return self.form(self._hit(found.hit_id))

    def page(self, token: str, assignment_id: str, hit_id: str, worker_id: str) -> str:
        """The requester's page as HTML, for whoever has its address; raises `PageRefused`."""
        key = self._config.master_key
        if not frames.is_genuine(token, key, assignment_id, hit_id, worker_id):
            raise PageRefused(404, "There is no such page.")
        if assignment_id != PREVIEW_ASSIGNMENT_ID:
            found = self._assignments.find_by_id(assignment_id)
            if found is None or not found.is_held(self._clock.now_ms()):
                raise PageRefused(
                    410, "You have submitted or returned this HIT, or its time is over."
                )
        hit = self._hits.find_hit(hit_id)
        if hit is None or hit.deleted or hit.question_kind is not QuestionKind.HTML:
            raise PageRefused(404, "There is no such page.")
        question = html_question.parse(self._hits.question(hit.question_key))
        site = self._site()
        return html_question.page(
            question,
            submit_url=f"{site}/{frames.SUBMIT_PATH}",
            helper_url=f"{site}/{frames.HELPER_PATH}",
        )

    def _shown(self, hit: Hit, given: dict[str, str]) -> Shown:
        if hit.question_kind is QuestionKind.FORM:
            return Shown(hit.question_kind, None, 0)
        if hit.question_kind is QuestionKind.HTML:
            token = frames.token(
                self._config.master_key,
                given["assignmentId"],
                given["hitId"],
                given.get("workerId", ""),
            )
            url, height = f"{self._site()}/{frames.PAGE_PATH}/{token}", hit.frame_height
        else:
            question = external_question.parse(self._hits.question(hit.question_key))
            url, height = question.url, question.frame_height
        return Shown(hit.question_kind, frame.with_parameters(url, given), height)

    def _hit(self, hit_id: str) -> Hit:
        hit = self._hits.find_hit(hit_id)
        assert hit is not None  # a HIT stays, deleted or not, and was there before its assignment
        return hit

    def _site(self) -> str:
        if not self._config.site_url:
            raise ConfigError("MARKETPLACE_SITE_URL is empty; pages must know where to submit")
        return self._config.site_url
