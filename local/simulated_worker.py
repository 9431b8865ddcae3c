"""One simulated worker: look at the listing, accept, wait or answer, rest, look again."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib import bootstrap
from chalicelib.kit.clock import Clock
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain.people import SIMULATED
from local import simulated_answers as answers
from local.http_client import Answer, HttpClient, Unreachable
from local.visitors import VisitorsSeat
from local.waiting_page import Frame, Habits, Steps, WaitingPage

# fmt: off
_NAMES = (
    "Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gil", "Hana", "Ivo", "Jun", "Kim", "Lea", "Max",
    "Nia", "Omar", "Pia", "Quin", "Rosa", "Sam", "Tess", "Uma", "Vik", "Wes", "Xia", "Yan", "Zoe",
)
# fmt: on

Job = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CrowdOptions:
    size: int = 12
    seed: int = 1
    # Medians of lognormal times, in seconds.
    acknowledge_s: float = 1.5
    think_s: float = 3.0
    # Between two looks at the listing, and before coming back after a HIT.
    look_s: float = 1.5
    rest_s: float = 2.0
    # In the HITs of this title one seat is left for a visitor with a browser.
    visitors_title: str = ""
    threads: int = 8


def worker_name(number: int) -> str:
    """Ada, Ben, … and once these are used up Ada 2, Ben 2, …, each marked as simulated."""
    turn, index = divmod(number, len(_NAMES))
    return f"{_NAMES[index]}{f' {turn + 1}' if turn else ''} {SIMULATED}"


def open_session(name: str) -> str:
    """A session's token for a name that nobody can sign in by; raises `Unreachable`."""
    try:
        token, _ = bootstrap.get().marketplace.sessions.sign_in(name, simulated=True)
    except StoreUnavailable as error:
        raise Unreachable(str(error)) from error
    return token


class Worker:
    """One person, until sent home."""

    def __init__(
        self,
        name: str,
        api: str,
        options: CrowdOptions,
        *,
        http: HttpClient,
        rng: random.Random,
        clock: Clock,
        on_event: Callable[[str], None],
        visitors_seat: VisitorsSeat | None = None,
        home: threading.Event | None = None,
        sign_in: Callable[[str], str] = open_session,
    ) -> None:
        self._visitors_seat = visitors_seat or VisitorsSeat("", clock)
        self._home = home or threading.Event()
        self._name, self._api, self._options = name, api, options
        self._http, self._rng, self._clock = http, rng, clock
        self._on_event, self._sign_in = on_event, sign_in
        self._session: dict[str, str] = {}
        # Why the marketplace did not do what was asked of it last.
        self._refusal = ""
        # Groups whose HITs are pages of a requester's own: nobody is called on them.
        self._own_pages: set[str] = set()

    def run(self) -> Steps:
        while not self._home.is_set():
            try:
                job = self._take()
            except Unreachable:
                job = None
            if job is None:
                yield self._around(self._options.look_s)
                continue
            self._on_event("accepted")
            yield from self._do(job)
            yield self._around(self._options.rest_s)

    def _take(self) -> Job | None:
        """An assignment to work on: one that is in the queue already, or one from the listing."""
        if not self._session:
            self._session = {"x-worker-session": self._sign_in(self._name)}
        queue = self._market("get", "assignments")
        if queue is None:
            return None
        held: list[Job] = queue["queue"]
        if held:
            return held[0]
        # Two who look at the same moment would both take the seat before the last.
        with self._visitors_seat.one_at_a_time:
            return self._accept_one_of(self._market("get", "hits"))

    def _accept_one_of(self, listing: Mapping[str, Any] | None) -> Job | None:
        if listing is None:
            return None
        self._visitors_seat.look_at(listing["groups"])
        open_to_me = [
            group
            for group in listing["groups"]
            if group["qualified"] and self._visitors_seat.spares(group)
        ]
        if not open_to_me:
            return None
        group = self._rng.choice(open_to_me)
        if group["kind"] == "external" and group["maxWaitS"] is None:
            self._own_pages.add(group["groupId"])
        asked = {"groupId": group["groupId"]}
        taken = self._market("post", "accept", asked)
        if taken is None and self._refusal == "consent_needed":
            shown = self._market("get", f"hits/group/{group['groupId']}")
            if shown and shown["consent"]:
                version = shown["consent"]["version"]
                taken = self._market("post", "accept", {**asked, "consent": version})
        return taken

    def _do(self, job: Job) -> Steps:
        if job["kind"] == "form":
            yield from self._fill_in(job)
        elif job["kind"] == "html" or job["groupId"] in self._own_pages:
            yield from self._submit_page(job)
        else:
            yield from self._wait(job)

    def _wait(self, job: Job) -> Steps:
        """Be there on a waiting page until the call."""
        options = self._options
        left = False

        def leaves() -> bool:
            nonlocal left
            left = self._visitors_seat.is_asked_for(job)
            return left

        habits = Habits(
            acknowledge_s=lambda: self._lognormal(options.acknowledge_s),
            think_s=lambda: self._lognormal(options.think_s),
            answer=lambda task, payload: answers.to_payload(payload, self._rng, options.seed),
            leaves=leaves,
        )
        page = WaitingPage(
            self._api,
            Frame.from_url(job["frameUrl"]),
            habits,
            http=self._http,
            rng=self._rng,
            clock=self._clock,
            on_event=self._on_event,
        )
        yield from page.run()
        if left:
            yield from self._give_back(job)
        elif page.is_of_nobody:
            # A page of the requester's own, taken in an earlier run: only the listing would tell.
            yield from self._submit_page(job)

    def _submit_page(self, job: Job) -> Steps:
        """Fill in the form of a requester's page, as its worker sees it, and send it."""
        frame = Frame.from_url(job["frameUrl"])
        try:
            page = self._http.get(job["frameUrl"])
            yield self._lognormal(self._options.think_s)
            html = page.body.decode(errors="replace") if page.status == 200 else ""
            fields = answers.to_page(html, self._rng)
            sent = self._http.post_form(
                f"{frame.submit_to}/mturk/externalSubmit",
                [("assignmentId", frame.assignment_id), *fields],
            )
        except Unreachable:
            sent = None
        yield from self._settle(job, sent)

    def _fill_in(self, job: Job) -> Steps:
        """Fill in a QuestionForm and send it."""
        sent = None
        try:
            asked = self._market("get", f"form/{job['assignmentId']}")
            if asked is not None:
                yield self._lognormal(self._options.think_s)
                fields = answers.to_form(asked["form"], self._rng)
                body = {"assignmentId": job["assignmentId"], "fields": fields}
                url = f"{self._api}/market/form/submit"
                sent = self._http.post_json(url, body, self._session)
        except Unreachable:
            sent = None
        yield from self._settle(job, sent)

    def _settle(self, job: Job, sent: Answer | None) -> Steps:
        """Note a submission; what was refused for good is given back for others to try."""
        if sent is not None and sent.status == 200:
            self._on_event("submitted")
        elif sent is not None and sent.status < 500 and sent.status != 429:
            self._on_event(f"submit refused: {sent.status}")
            yield from self._give_back(job)

    def _give_back(self, job: Job) -> Steps:
        self._on_event("returned")
        try:
            self._market("post", "return", {"assignmentId": job["assignmentId"]})
        except Unreachable:
            yield self._around(self._options.look_s)

    def _market(self, method: str, path: str, body: Any = None) -> dict[str, Any] | None:
        url = f"{self._api}/market/{path}"
        self._refusal = ""
        answer: Answer
        if method == "get":
            answer = self._http.get(url, headers=self._session)
        else:
            answer = self._http.post_json(url, body, self._session)
        if answer.status == 200:
            found: dict[str, Any] = answer.json()
            return found
        if answer.status == 401:
            self._session = {}
        elif answer.status in {403, 409}:
            self._refusal = str(answer.json()["error"]["code"])
        else:
            self._on_event(f"{path.partition('/')[0]} refused: {answer.status}")
        return None

    def _lognormal(self, median_s: float, sigma: float = 0.35) -> float:
        return self._rng.lognormvariate(math.log(median_s), sigma) if median_s > 0 else 0.0

    def _around(self, seconds: float) -> float:
        return seconds * (0.5 + self._rng.random())
