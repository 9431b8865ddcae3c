"""Instant poll against a stand-in for Retainer: its client, its logic, its JSON API."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from examples.poll.app import BadQuestion, PollApp
from examples.poll.retainer_client import Retainer, RetainerError
from examples.poll.server import PollServer
from local.demo import QUESTIONS, read_questions
from local.http_server import HttpServer, Reply, Request
from tests.patience import PATIENCE_S


class FakeRetainer:
    """Answers as Retainer does; the slots of its one invoked reservation are set by the test."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.made = 0
        self.failures = 0
        self.slots: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._version = 0
        self.server = HttpServer("fake-retainer", self.handle)
        self.server.start()

    def answer(self, slots: list[dict[str, Any]]) -> None:
        with self._changed:
            self.slots = slots
            self._version += 1
            self._changed.notify_all()

    def handle(self, request: Request) -> Reply:
        route = request.path.removeprefix("/api/retainer/")
        text = request.body.decode() if request.method == "POST" else request.query
        form = {key: values[0] for key, values in parse_qs(text).items()}
        self.calls.append((route, form))
        if self.failures:
            self.failures -= 1
            return Reply(503)
        if route == "reservation/make":
            self.made += 1
            return Reply(200, [], f"r{self.made}".encode())
        if route == "reservation/results":
            return self._results(form)
        if route == "pool":
            pool = {"waiting": 7, "cost": {"perWorker": "0.06"}, "latency": {"n": 0}}
            return Reply(200, [], json.dumps(pool).encode())
        if route == "reservation/cancel" and form["id"] == "none":
            return Reply(404, [], b'{"error": {"code": "unknown", "message": "No such id."}}')
        return Reply(200, [], b"OK")

    def _results(self, form: dict[str, str]) -> Reply:
        with self._changed:
            if "since" in form:
                self._changed.wait_for(lambda: str(self._version) != form["since"], 5)
            body = {"version": self._version, "invokedAt": 1000, "slots": self.slots}
        return Reply(200, [], json.dumps(body).encode())

    def forms(self, route: str) -> list[dict[str, str]]:
        return [form for called, form in self.calls if called == route]


@pytest.fixture
def fake() -> Iterator[FakeRetainer]:
    fake = FakeRetainer()
    yield fake
    fake.server.stop()


@pytest.fixture
def app(fake: FakeRetainer) -> Iterator[PollApp]:
    app = PollApp(Retainer(fake.server.origin + "/api"), "http://w.example/page", people=2)
    app.open()
    yield app
    fake.answer([])
    app.close()


def slot(answer: str | None, shown: int = 1400) -> dict[str, Any]:
    answers = {"answer": answer} if answer else None
    return {"shown": shown, "acknowledged": shown + 900, "answers": answers}


def test_question__invokes_what_was_reserved__and_reserves_the_next(
    app: PollApp, fake: FakeRetainer
) -> None:
    assert len(fake.forms("reservation/make")) == 1

    poll = app.ask("Tea?", ["yes", "no", " "])
    fake.answer([slot("yes"), slot(None, 1900)])
    app.wait_for_change(poll, 1, 10)
    fake.answer([slot("yes"), slot("no", 1900)])
    while not poll.done:
        app.wait_for_change(poll, poll.version, 10)

    invoked = fake.forms("reservation/invoke")[0]
    assert invoked["id"] == "r1"
    assert json.loads(invoked["payload"]) == {"question": "Tea?", "options": ["yes", "no"]}
    told = poll.to_json()
    assert [option["count"] for option in told["options"]] == [1, 1]
    assert (told["firstS"], told["lastS"], told["cost"], told["error"]) == (0.4, 0.9, 0.12, "")
    assert len(fake.forms("reservation/make")) == 2
    assert fake.forms("reservation/finish") == [{"id": "r1"}]


def test_close__cancels_what_waits(fake: FakeRetainer) -> None:
    app = PollApp(Retainer(fake.server.origin + "/api"), "http://w.example/page")
    app.open()
    app.close()

    assert fake.forms("reservation/cancel") == [{"id": "r1"}]


@pytest.mark.parametrize(
    ("question", "options", "people"),
    [("?", ["a", "b"], 2), ("Tea?", ["a", "a"], 2), ("Tea?", ["a", "b"], 0), ("Tea?", [], 2)],
)
def test_bad_question__is_refused__with_a_sentence(
    app: PollApp, question: str, options: list[str], people: int
) -> None:
    with pytest.raises(BadQuestion):
        app.ask(question, options, people or -1)


def test_client__tries_again__with_the_same_key(fake: FakeRetainer) -> None:
    fake.failures = 2

    assert Retainer(fake.server.origin + "/api").make("T", 1) == "r1"

    keys = {form["key"] for form in fake.forms("reservation/make")}
    assert len(fake.forms("reservation/make")) == 3
    assert len(keys) == 1


def test_client__refused__says_why__at_once(fake: FakeRetainer) -> None:
    with pytest.raises(RetainerError, match="No such id") as caught:
        Retainer(fake.server.origin + "/api").cancel("none")

    assert (caught.value.status, caught.value.code) == (404, "unknown")
    assert len(fake.calls) == 1


def test_server__serves_page_and_polls(app: PollApp, fake: FakeRetainer) -> None:
    server = PollServer(app)
    server.start()

    def send(
        path: str, body: bytes | None = None, kind: str = "application/json", **more: str
    ) -> Any:
        request = urllib.request.Request(
            server.address + path, data=body, headers={"Content-Type": kind, **more}
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    asked = json.dumps({"question": "Tea?", "options": ["yes", "no"]}).encode()
    assert b"Instant poll" in send("/")[1]
    assert json.loads(send("/api/pool")[1])["waiting"] == 7
    status, text = send("/api/polls", asked)
    assert status == 201
    fake.answer([slot("yes"), slot("yes")])
    poll_id = json.loads(text)["id"]
    while not (poll := json.loads(send(f"/api/polls/{poll_id}?since=0")[1]))["done"]:
        pass
    assert poll["options"][0] == {"text": "yes", "count": 2}
    assert json.loads(send("/api/polls")[1])["polls"] == [poll]
    assert send("/api/polls", b"[]")[0] == 400
    assert send("/api/polls", asked, "text/plain")[0] == 415
    assert send("/api/polls/none")[0] == 404
    assert send("/../app.py")[0] == 404
    # A name of somebody's that leads to this machine.
    assert send("/api/polls", Host="evil.example")[0] == 403
    assert send("/api/polls", asked, Host="evil.example")[0] == 403
    server.stop()


def test_questions_of_the_demo__can_be_asked() -> None:
    questions = read_questions(QUESTIONS)

    assert len(questions) == 8
    assert all(len(options) >= 2 for _, options in questions)
