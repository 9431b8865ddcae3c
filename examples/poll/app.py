"""Instant poll: ask N people, have the answers in seconds.

The application always holds one reservation made ahead, so that people are waiting when a
question comes. To ask is then to invoke that reservation, and to make the next one.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from examples.poll.retainer_client import Retainer, RetainerError

log = logging.getLogger("poll")

HIT_TYPE = "InstantPoll"
TITLE = "Answer one quick question, asked live"
MAX_OPTIONS = 8
MAX_PEOPLE = 20
GIVE_UP_S = 180
LEASE_S = 300
"""The reservation for the next question ends when nothing has kept it for so long: a program that
was killed keeps nobody waiting."""


class BadQuestion(Exception):
    """The question cannot be asked as it is; the message is for who typed it."""


@dataclass
class Poll:
    """One question and how far it got; `version` grows with each change."""

    id: str
    question: str
    options: tuple[str, ...]
    people: int
    per_worker: float
    version: int = 0
    done: bool = False
    error: str = ""
    slots: list[dict[str, Any]] = field(default_factory=list)
    invoked_ms: int | None = None

    @property
    def answers(self) -> list[str]:
        """What people chose, in no particular order."""
        given = [slot["answers"] for slot in self.slots if slot.get("answers")]
        return [str(answer.get("answer", "")) for answer in given]

    @property
    def seconds_to_work(self) -> list[float]:
        """From invoke to the moment that a worker's page had the question, soonest first."""
        if self.invoked_ms is None:
            return []
        shown = [slot["shown"] for slot in self.slots if slot.get("shown")]
        return sorted((at - self.invoked_ms) / 1000 for at in shown)

    @property
    def first_answer_s(self) -> float | None:
        """From invoke to the first answer."""
        given = [s["submitted"] for s in self.slots if s.get("answers") and s.get("submitted")]
        if self.invoked_ms is None or not given:
            return None
        return float(min(given) - self.invoked_ms) / 1000

    @property
    def cost(self) -> float:
        """Dollars, the market's fee included."""
        return len(self.answers) * self.per_worker

    def to_json(self) -> dict[str, Any]:
        counts = Counter(self.answers)
        seconds = self.seconds_to_work
        return {
            "id": self.id,
            "version": self.version,
            "question": self.question,
            "options": [{"text": text, "count": counts[text]} for text in self.options],
            "people": self.people,
            "called": len(seconds),
            "working": sum(1 for slot in self.slots if slot.get("acknowledged")),
            "answered": len(self.answers),
            "firstS": seconds[0] if seconds else None,
            "lastS": seconds[-1] if seconds else None,
            "firstAnswerS": self.first_answer_s,
            "cost": round(self.cost, 2),
            "done": self.done,
            "error": self.error,
        }


class PollApp:
    """Asks questions through Retainer; each is followed by a thread until it is answered."""

    def __init__(
        self,
        retainer: Retainer,
        worker_page: str,
        people: int = 5,
        limits: Mapping[str, float] | None = None,
    ) -> None:
        """`limits` are the ProtoHIT's caps on spending, where others than the usual are wanted."""
        self.people = people
        self._limits = dict(limits or {})
        self._retainer = retainer
        self._worker_page = worker_page
        self._changed = threading.Condition()
        self._polls: dict[str, Poll] = {}
        self._ready: str | None = None
        self._stopping = False

    def open(self) -> None:
        """Tell Retainer what the HITs look like, and reserve people for the first question."""
        self._retainer.puttask(
            hit_type_id=HIT_TYPE,
            title=TITLE,
            description="Wait until somebody has a question, then pick one of a few answers.",
            keywords="poll, question, quick, opinion, live",
            url=self._worker_page,
            frame_height=640,
            reward=0.05,
            wait_pay=0.02,
            quick_bonus=0.01,
            assignment_duration=900,
            lifetime=3600,
            max_assignments=9,
            auto_approval_delay=3600,
            worker_locale="",
            approval_rating=0,
            readyFor=self.people,
            max_wait=300,
            ack_within=15,
            verifiedOnly=True,
            sandbox=True,
            **self._limits,
        )
        # What an earlier run left behind when it was killed; nobody would ever invoke it.
        self._retainer.finish_all(HIT_TYPE)
        self._reserve_next()
        threading.Thread(target=self._keep_next, name="keep-next", daemon=True).start()

    def close(self) -> None:
        """Give the waiting reservation back, so that nobody is paid to wait for nothing."""
        with self._changed:
            self._stopping = True
            ready, self._ready = self._ready, None
            self._changed.notify_all()
        if ready is not None:
            self._retainer.cancel(ready)

    def pool(self) -> Any:
        return self._retainer.pool(HIT_TYPE)

    def ask(self, question: str, options: Sequence[str], people: int | None = None) -> Poll:
        """Put a question to people now; returns at once, the answers come into the poll."""
        poll = _checked(question, options, people or self.people)
        payload = json.dumps({"question": poll.question, "options": poll.options})
        reservation = self._take_reservation(poll.people)
        self._retainer.invoke(reservation, foreign_id=poll.id, payload=payload, timeout_s=GIVE_UP_S)
        with self._changed:
            self._polls[poll.id] = poll
        follower = threading.Thread(
            target=self._follow, args=(poll, reservation), name=f"poll-{poll.id}", daemon=True
        )
        follower.start()
        return poll

    def find(self, poll_id: str) -> Poll | None:
        with self._changed:
            return self._polls.get(poll_id)

    def recent(self, most: int = 10) -> list[Poll]:
        """The newest first."""
        with self._changed:
            return list(self._polls.values())[::-1][:most]

    def wait_for_change(self, poll: Poll, since: int, timeout_s: float) -> None:
        """Return when the poll has got past version `since`, is done, or time is up."""

        def has_changed() -> bool:
            return poll.version > since or poll.done or self._stopping

        with self._changed:
            self._changed.wait_for(has_changed, timeout_s)

    def _take_reservation(self, people: int) -> str:
        with self._changed:
            ready, self._ready = (
                (self._ready, None) if people == self.people else (None, self._ready)
            )
        # Another number of people than usual, or a second question on the heels of the first.
        return ready or self._retainer.make(HIT_TYPE, people)

    def _reserve_next(self) -> None:
        with self._changed:
            if self._ready is not None or self._stopping:
                return
        reservation = self._retainer.make(HIT_TYPE, self.people, foreign_id="next", lease_s=LEASE_S)
        with self._changed:
            if self._ready is None and not self._stopping:
                self._ready = reservation
                return
        self._retainer.cancel(reservation)

    def _keep_next(self) -> None:
        """Read the next question's reservation now and then, which keeps it; make another if it has
        ended all the same."""
        while not self._stopping:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, LEASE_S / 5)
                ready = None if self._stopping else self._ready
            try:
                if ready is not None and self._retainer.results(ready)["done"]:
                    with self._changed:
                        self._ready = None if self._ready == ready else self._ready
                    self._reserve_next()
            except RetainerError as error:
                log.warning("could not keep the next reservation: %s", error)

    def _follow(self, poll: Poll, reservation: str) -> None:
        try:
            self._reserve_next()
            poll.per_worker = float(self.pool()["cost"]["perWorker"])
            since: int | str = ""
            give_up = time.monotonic() + GIVE_UP_S
            while not self._stopping and len(poll.answers) < poll.people:
                if time.monotonic() > give_up:
                    poll.error = f"Only {len(poll.answers)} of {poll.people} people answered."
                    break
                results = self._retainer.results(reservation, since=since, wait_s=15)
                since = results["version"]
                self._update(poll, results)
            self._retainer.finish(reservation)
        except RetainerError as error:
            poll.error = str(error)
        self._update(poll, None)

    def _update(self, poll: Poll, results: dict[str, Any] | None) -> None:
        """Take new results in; without any, the poll is done."""
        with self._changed:
            if results is None:
                poll.done = True
            else:
                poll.slots = results["slots"]
                poll.invoked_ms = results["invokedAt"]
            poll.version += 1
            self._changed.notify_all()


def _checked(question: str, options: Sequence[str], people: int) -> Poll:
    text = question.strip()
    choices = tuple(dict.fromkeys(option.strip() for option in options if option.strip()))
    if not 3 <= len(text) <= 300:
        raise BadQuestion("A question has between 3 and 300 characters.")
    if not 2 <= len(choices) <= MAX_OPTIONS:
        raise BadQuestion(f"Give between 2 and {MAX_OPTIONS} different answers to choose from.")
    if any(len(choice) > 100 for choice in choices):
        raise BadQuestion("An answer has at most 100 characters.")
    if not 1 <= people <= MAX_PEOPLE:
        raise BadQuestion(f"Ask between 1 and {MAX_PEOPLE} people.")
    return Poll(uuid.uuid4().hex[:12], text, choices, people, per_worker=0.0)
