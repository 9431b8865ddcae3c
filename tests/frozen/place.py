"""The local stack at a moment that a test chooses, and the pages that are open on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from chalicelib import bootstrap
from chalicelib.kit.clock import FakeClock
from chalicelib.kit.config import Config
from local.http_client import Answer, HttpClient
from local.http_server import Reply, Request
from local.stack import Ports, Stack, StackOptions, running_stack
from local.waiting_page import Frame
from tests.clock import signing_by

PREFIX = "frozen-"

SECRETS = {
    "RETAINER_SEAT_SECRET": "the seat secret of what is frozen, known to everybody",
    "MARKETPLACE_MASTER_KEY": "the master key of what is frozen, known to everybody",
}
"""Nobody's but the fixture's: ids, keys and open pages in it follow from them."""

_NOTHING_BY_ITSELF = {
    "RETAINER_SIZING_FUNCTION": "",
    "RETAINER_REVIEW_FUNCTION": "",
    "MARKETPLACE_TICK_FUNCTION": "",
}


@contextmanager
def stack_at(clock: FakeClock, prefix: str = PREFIX) -> Iterator[Stack]:
    """A stack in whose functions it is as late as the clock says; they run when they are told."""
    variables = {**SECRETS, **_NOTHING_BY_ITSELF, "RETAINER_TABLE_PREFIX": prefix}
    options = StackOptions(ports=Ports(), speed=0, variables=variables)
    with running_stack(options) as stack, signing_by(clock):
        bootstrap.reset(bootstrap.App(Config.from_env(os.environ), clock))
        yield stack


@contextmanager
def market_failing(stack: Stack, operation: str) -> Iterator[None]:
    """Have the market answer one operation with 503 for a while, before it does anything."""
    handlers = stack._handlers
    own = handlers["mturk"]

    def handle(request: Request) -> Reply:
        asked = request.header("x-amz-target") or ""
        return Reply(503) if asked.endswith(f".{operation}") else own(request)

    handlers["mturk"] = handle
    yield
    handlers["mturk"] = own


@dataclass
class Person:
    """A worker with a session on the worker's site, and the page that they have open."""

    name: str
    worker_id: str
    token: str
    frame: dict[str, str] = field(default_factory=dict)
    seat: str = ""

    @property
    def assignment(self) -> str:
        return self.frame["assignment_id"]


class Site:
    """What people's browsers send; `page` is the protocol's version that their pages speak."""

    def __init__(self, stack: Stack, page: int) -> None:
        self._api = stack.api
        self._page = page
        self._http = HttpClient()
        self.close = self._http.close

    def sign_in(self, name: str) -> Person:
        answer = self._http.post_json(f"{self._api}/market/session", {"name": name})
        told = _done(answer).json()
        return Person(name, told["worker"]["id"], told["token"])

    def ask(self, person: Person, path: str, body: Any = None) -> Any:
        """Ask the worker's site: GET, or POST with a body."""
        session = {"x-worker-session": person.token}
        url = f"{self._api}/market/{path}"
        if body is None:
            return _done(self._http.get(url, headers=session)).json()
        return _done(self._http.post_json(url, body, session)).json()

    def accept(self, person: Person, title: str) -> dict[str, Any]:
        """Accept a HIT of this title; if it is an external one, its page can be opened."""
        groups = self.ask(person, "hits")["groups"]
        group = next(one for one in groups if one["title"] == title)
        job: dict[str, Any] = self.ask(person, "accept", {"groupId": group["groupId"]})
        person.frame = asdict(Frame.from_url(job["frameUrl"]))
        return job

    def open(self, person: Person) -> dict[str, Any]:
        """Open the waiting page: its first ping."""
        more = {"arrival": person.frame["arrival"], "load": "frozen"}
        return self._learn(person, self.ping(person, "waiting", more))

    def wait(self, name: str, title: str) -> Person:
        person = self.sign_in(name)
        self.accept(person, title)
        assert self.open(person)["known"]
        return person

    def ping(self, person: Person, event: str, more: dict[str, str] | None = None) -> Answer:
        frame = person.frame
        url = (
            f"{self._api}/retainer/ping/worker/{frame['worker_id']}"
            f"/assignment/{frame['assignment_id']}/hit/{frame['hit_id']}/event/{event}"
        )
        form = {"v": "1", "page": str(self._page), "acks": "1", **(more or {})}
        return self._http.post_form(url, {**form, **({"seat": person.seat} if person.seat else {})})

    def poll(self, person: Person) -> dict[str, Any]:
        url = f"{self._api}/retainer/gettask/assignment/{person.assignment}"
        return self._learn(person, self._http.get(url, {"seat": person.seat}))

    def work(self, person: Person) -> dict[str, Any]:
        """Be called, show the task and be there."""
        state = self.poll(person)
        assert state["start"], state
        self._learn(person, self.ping(person, "working"))
        self._learn(person, self.ping(person, "working", {"ack": "1"}))
        return state

    def submit(self, person: Person, **answers: str) -> None:
        event = "working" if answers and "retainer" not in answers else "waiting"
        self._learn(person, self.ping(person, event, {"submitting": "1"}))
        self.hand_in(person, **answers)

    def hand_in(self, person: Person, **answers: str) -> None:
        """Submit to the market, as any page does."""
        url = f"{person.frame['submit_to']}/mturk/externalSubmit"
        # Where the API is at this moment: the frame's address may be that of another stack.
        url = f"{self._api}/mturk/externalSubmit" if not url.startswith(self._api) else url
        _done(self._http.post_form(url, {"assignmentId": person.assignment, **answers}))

    def post(self, route: str, **form: Any) -> Any:
        """Ask the application's API."""
        return _done(self._http.post_form(f"{self._api}/retainer/{route}", form)).body.decode()

    def get(self, route: str, **query: str) -> Any:
        return _done(self._http.get(f"{self._api}/retainer/{route}", query)).json()

    def _learn(self, person: Person, answer: Answer) -> dict[str, Any]:
        state: dict[str, Any] = _done(answer).json()
        person.seat = state.get("seat") or person.seat
        return state


def _done(answer: Answer) -> Answer:
    assert 200 <= answer.status < 300, (answer.status, answer.body)
    return answer
