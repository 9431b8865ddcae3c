"""Workers of a browser test who need no browser."""

from __future__ import annotations

from local.http_client import HttpClient
from local.stack import Stack
from local.waiting_page import Frame
from tests.browser.application import Application
from tests.browser.worker import Worker


class People:
    """Workers without a browser: they do over HTTP what their pages would."""

    def __init__(self, stack: Stack, application: Application) -> None:
        self._stack = stack
        self._application = application
        self._http = HttpClient()
        self.reservation = self.frame_url = ""

    def accept(self, name: str, *, arrive: bool = True) -> Frame:
        """Take a HIT of the application's, for a reservation of its own, and open its page."""
        self.reservation = self._application.reserve(1)
        frame = self._take(name)
        if arrive:
            self._ping(frame, "waiting", arrival=frame.arrival)
        return frame

    def _take(self, name: str) -> Frame:
        headers = {"x-worker-session": self._session(name)}
        listed = self._http.get(f"{self._stack.api}/market/hits", headers=headers).json()["groups"]
        (hit,) = [g["hitId"] for g in listed if g["title"] == self._application.title]
        answer = self._http.post_json(f"{self._stack.api}/market/accept", {"hitId": hit}, headers)
        assert answer.status == 200, answer.body
        self.frame_url = str(answer.json()["frameUrl"])
        return Frame.from_url(self.frame_url)

    def send(self, one: Worker) -> None:
        """Have a worker look at the page of a HIT that is out, by itself in the window: a third of
        the page loads that it takes by way of the site."""
        self._take(one.name)
        one.page.goto(self.frame_url)

    def take_part(self, name: str, **answers: str) -> Frame:
        """Come, be called, answer, hand in, be reviewed."""
        frame = self.accept(name)
        self._application.ask(self.reservation, "Which?")
        task = f"{self._stack.api}/retainer/gettask/assignment/{frame.assignment_id}"
        assert self._http.get(task, {"arrival": frame.arrival}).json()["start"] is True
        self._ping(frame, "working", ack="1", arrival=frame.arrival)
        self.hand_in(frame, **answers)
        return frame

    def hand_in(self, frame: Frame, **answers: str) -> None:
        form = {"assignmentId": frame.assignment_id, **answers}
        self._http.post_form(f"{frame.submit_to}/mturk/externalSubmit", form)
        self._stack.run_function("review")

    def close(self) -> None:
        self._http.close()

    def _session(self, name: str) -> str:
        answer = self._http.post_json(f"{self._stack.api}/market/session", {"name": name})
        return str(answer.json()["token"])

    def _ping(self, frame: Frame, event: str, **form: str) -> None:
        path = f"worker/{frame.worker_id}/assignment/{frame.assignment_id}/hit/{frame.hit_id}"
        url = f"{self._stack.api}/retainer/ping/{path}/event/{event}"
        answer = self._http.post_form(url, form)
        assert answer.status == 200, answer.body
