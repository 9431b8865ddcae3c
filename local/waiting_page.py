"""What the waiting page does, without a browser: pings, paced polls, acknowledgement, submission.

A page is a generator: it yields how many seconds to wait before it goes on, so that one thread
can turn thousands of pages.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chalicelib.kit.clock import Clock
from local.http_client import Answer, HttpClient, Unreachable

Steps = Generator[float, None, None]

_FIRST_BACK_OFF_S = 0.5
_LONGEST_BACK_OFF_S = 15.0
# A page asks so often whether its HIT is known by now, with growing pauses: about a minute.
_UNKNOWN_HIT_TRIES = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """What a market puts into the URL of the frame that it shows."""

    assignment_id: str
    hit_id: str
    worker_id: str
    submit_to: str
    arrival: str

    @classmethod
    def from_url(cls, url: str) -> Frame:
        query = parse_qs(urlsplit(url).query)

        def one(name: str) -> str:
            return query.get(name, [""])[0]

        return cls(
            one("assignmentId"), one("hitId"), one("workerId"), one("turkSubmitTo"), one("arrival")
        )


class PageClosed(Exception):
    """The page can get no work any more; `submit` says whether it is to be handed in."""

    def __init__(self, reason: str, *, submit: bool = False) -> None:
        super().__init__(reason)
        self.submit = submit


@dataclass(frozen=True, slots=True)
class Habits:
    """How a person behaves: seconds until they act, and until they have answered."""

    acknowledge_s: Callable[[], float]
    think_s: Callable[[], float]
    # The form that they send for a task.
    answer: Callable[[Any, str | None], Mapping[str, str]]
    # Asked at each poll: do they close the page?
    leaves: Callable[[], bool] = lambda: False


class Cadence:
    """When to poll next: the server's pace, at a moment of this page's own.

    The server's reckoning takes the pages' moments for unrelated. So each new pace starts at a
    random point of its period, and each interval is drawn from three to five quarters of it: a call
    takes away just those whose moments come next, and pages that kept their moments would leave a
    hole there that the next call may fall into. What an answer took does not count.
    """

    def __init__(self, rng: random.Random, clock: Clock) -> None:
        self._rng, self._clock = rng, clock
        self._every_ms = 0.0
        self._due_ms = 0.0
        self._drawn = False

    def wait_s(self, poll: Mapping[str, Any]) -> float:
        """Seconds until the next poll, given the last answer's `poll`."""
        now_ms = self._clock.now_ms()
        every_ms = float(poll.get("every") or self._every_ms or 2000)
        drawn, self._drawn = self._drawn, poll.get("next") is not None
        if poll.get("next") is not None:
            self._due_ms = now_ms + float(poll["next"])
        elif drawn:
            # The server has drawn this moment; another draw on top would not be even.
            self._due_ms = now_ms + every_ms * (0.75 + self._rng.random() / 2)
        elif abs(every_ms - self._every_ms) > 0.1 * self._every_ms:
            self._due_ms = now_ms + self._rng.random() * every_ms
        else:
            self._due_ms += every_ms * (0.75 + self._rng.random() / 2)
        self._every_ms = every_ms
        return max(0.0, (self._due_ms - now_ms) / 1000)


class WaitingPage:
    """One assignment's page, from its first ping to its submission."""

    def __init__(
        self,
        api: str,
        frame: Frame,
        habits: Habits,
        *,
        http: HttpClient,
        rng: random.Random,
        clock: Clock,
        on_event: Callable[[str], None] = lambda event: None,
    ) -> None:
        self._api, self._frame, self._habits = api, frame, habits
        self._http, self._rng, self._clock = http, rng, clock
        self._on_event = on_event
        self._seat: str | None = None
        self._back_off_s = _FIRST_BACK_OFF_S
        # The service never posted this HIT, as it seems.
        self.is_of_nobody = False

    def run(self) -> Steps:
        """Wait, work, submit; ends when nothing is left to do on this page."""
        form: Mapping[str, str] = {}
        try:
            while True:
                task = yield from self._wait_for_task()
                if (done := (yield from self._work(task))) is not None:
                    form = done
                    break
        except PageClosed as closed:
            self._on_event(str(closed))
            if not closed.submit:
                return
        yield from self._submit(form)

    def _wait_for_task(self) -> Generator[float, None, dict[str, Any]]:
        cadence = Cadence(self._rng, self._clock)
        state = yield from self._arrive()
        self._on_event("waiting")
        while not state.get("start"):
            if state.get("waitOver"):
                raise PageClosed("waited", submit=True)
            if state.get("superseded"):
                raise PageClosed("superseded")
            if self._habits.leaves():
                raise PageClosed("left")
            yield cadence.wait_s(state.get("poll") or {})
            state = yield from self._poll()
            if not state.get("known", True):
                state = yield from self._arrive()
        return state

    def _arrive(self) -> Generator[float, None, dict[str, Any]]:
        form = {"acks": "1", "v": "1", "arrival": self._frame.arrival}
        tries = 0
        while True:
            answer = yield from self._ask(lambda: self._ping("waiting", form))
            if answer.status == 200:
                return self._learn(answer)
            tries += 1
            if answer.status != 404 or tries > _UNKNOWN_HIT_TRIES:
                self.is_of_nobody = answer.status == 404
                raise PageClosed(answer.error_code or f"status {answer.status}")
            yield min(_LONGEST_BACK_OFF_S, 0.5 * 2**tries)

    def _poll(self) -> Generator[float, None, dict[str, Any]]:
        url = f"{self._api}/retainer/gettask/assignment/{self._frame.assignment_id}"
        form = {"seat": self._seat} if self._seat else {}
        answer = yield from self._ask(lambda: self._http.post_form(url, form))
        if answer.status != 200:
            raise PageClosed(answer.error_code or f"status {answer.status}")
        return self._learn(answer)

    def _work(self, task: Mapping[str, Any]) -> Generator[float, None, Mapping[str, str] | None]:
        """Do the task and return the form; None when somebody else was quicker."""
        self._on_event("shown")
        if not (yield from self._tell_working({"acks": "1"})):
            return None
        yield self._habits.acknowledge_s()
        if not (yield from self._tell_working({"acks": "1", "ack": "1"})):
            return None
        self._on_event("acknowledged")
        yield self._habits.think_s()
        return self._habits.answer(task.get("taskID"), task.get("payload"))

    def _tell_working(self, form: Mapping[str, str]) -> Generator[float, None, bool]:
        answer = yield from self._ask(lambda: self._ping("working", form))
        if answer.status == 200:
            return True
        if answer.error_code == "released":
            self._on_event("released")
            return False
        raise PageClosed(answer.error_code or f"status {answer.status}", submit=True)

    def _submit(self, form: Mapping[str, str]) -> Steps:
        event = "working" if form else "waiting"
        yield from self._ask(lambda: self._ping(event, {"submitting": "1"}))
        # A market takes no form without a field.
        answers = form or {"retainer": "waited"}
        fields = {"assignmentId": self._frame.assignment_id, **answers}
        url = f"{self._frame.submit_to}/mturk/externalSubmit"
        answer = yield from self._ask(lambda: self._http.post_form(url, fields))
        self._on_event("submitted" if answer.status == 200 else f"submit refused: {answer.status}")

    def _ping(self, event: str, form: Mapping[str, str]) -> Answer:
        frame = self._frame
        url = (
            f"{self._api}/retainer/ping/worker/{frame.worker_id}"
            f"/assignment/{frame.assignment_id}/hit/{frame.hit_id}/event/{event}"
        )
        return self._http.post_form(url, {**form, **({"seat": self._seat} if self._seat else {})})

    def _learn(self, answer: Answer) -> dict[str, Any]:
        state: dict[str, Any] = answer.json()
        self._seat = state.get("seat") or self._seat
        return state

    def _ask(self, send: Callable[[], Answer]) -> Generator[float, None, Answer]:
        """Send until the server has an answer of its own, backing off, for ever."""
        while True:
            try:
                answer = send()
            except Unreachable:
                answer = None
            if answer is not None and answer.status < 500 and answer.status != 429:
                self._back_off_s = _FIRST_BACK_OFF_S
                return answer
            asked = answer.headers.get("Retry-After", "") if answer is not None else ""
            pause = float(asked) if asked.isdigit() else 0.0
            yield max(pause, self._back_off_s * (0.5 + self._rng.random()))
            self._back_off_s = min(_LONGEST_BACK_OFF_S, self._back_off_s * 2)
