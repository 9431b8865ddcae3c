"""The requester's side of a browser test: a ProtoHIT of its own, reservations, answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from examples.poll.retainer_client import Retainer
from local.events import schedule_event
from local.stack import Stack
from tests.clock import MovableClock
from tests.patience import until

Slots = list[dict[str, Any]]


class Application:
    """A program that asks polls; every one has a ProtoHIT, and so a pool, of its own."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.title = f"Poll of {name}"
        self.hit_type = name
        self.retainer = Retainer(stack.api)
        self._stack = stack
        self._reservations: list[str] = []

    def open(self, **changes: Any) -> None:
        """Declare the ProtoHIT; the instant poll's page unless `url` says otherwise."""
        fields = {
            "hit_type_id": self.hit_type,
            "title": self.title,
            "description": "Wait until somebody has a question, then pick an answer.",
            "keywords": "poll, live",
            "url": f"{self._stack.wait}/examples/poll/worker/index.html",
            "frame_height": 640,
            "reward": 0.05,
            "assignment_duration": 7200,
            "lifetime": 3600,
            "max_assignments": 9,
            "auto_approval_delay": 3600,
            # No test waits for their end but by `put_forward`.
            "max_wait": 3600,
            "ack_within": 600,
            "verifiedOnly": True,
        }
        self.retainer.puttask(**{**fields, **changes})

    def reserve(self, people: int = 1, *, sized: bool = True, **more: Any) -> str:
        """Make a reservation, and have the HITs for it out when this returns, unless not `sized`:
        sizing may take longer than a short delay."""
        reservation = self.retainer.make(self.hit_type, people, **more)
        self._reservations.append(reservation)
        if sized:
            self._size()
        return reservation

    @property
    def reservation(self) -> str:
        """The one made last."""
        return self._reservations[-1]

    def ask(self, reservation: str, question: str, *options: str) -> None:
        """Invoke: call the workers, with a poll's question."""
        payload = json.dumps({"question": question, "options": options or ("Yes", "No")})
        self.retainer.invoke(reservation, foreign_id="q1", payload=payload)

    def put_forward(self, seconds: float) -> None:
        """Have so much time pass for the service at once; pages hear of it when they next ask."""
        clock = self._stack.clock
        assert isinstance(clock, MovableClock)
        clock.advance(seconds)

    def wait_for(self, reservation: str, condition: Callable[[Slots], bool]) -> Slots:
        """The slots, as soon as they are as wanted."""
        seen: dict[str, Any] = {"version": "", "slots": []}

        def has_come() -> bool:
            seen.update(self.retainer.results(reservation, since=seen["version"], wait_s=2))
            return condition(seen["slots"])

        until(has_come, lambda: f"the wanted slots, but {seen['slots']}")
        return list(seen["slots"])

    def answers(self, reservation: str, people: int = 1) -> Slots:
        """The slots, once that many people's answers are in and paid."""
        return self.wait_for(
            reservation,
            lambda slots: sum(slot["status"] == "Approved" for slot in slots) == people,
        )

    def invoked_ms(self, reservation: str) -> int:
        return int(self.retainer.results(reservation)["invokedAt"])

    def pool(self) -> dict[str, Any]:
        """The pool as just counted, seat by seat."""
        return self._size()

    def _size(self) -> dict[str, Any]:
        """Have this pool sized, as a start of the function does: another run may be at
        it, which does in the end what this one asked for, or may have broken off."""
        asked_ms = self._stack.clock.now_ms()
        event = schedule_event("size_pools", asked_ms) | {"detail": {"hitType": self.hit_type}}

        def sized() -> dict[str, Any] | None:
            self._stack.run_function("size_pools", event)
            pool: dict[str, Any] = self.retainer.pool(self.hit_type)
            return pool if (pool["sizing"] or {"at": 0})["at"] >= asked_ms else None

        return until(sized, f"the sizing of {self.hit_type}")

    def close(self) -> None:
        for reservation in self._reservations:
            self.retainer.cancel(reservation)
