"""EventBridge's part: calls every `@app.schedule` of the app at its rate, asynchronously."""

from __future__ import annotations

import logging
import re
import threading
import time
from dataclasses import dataclass

from chalice.app import ScheduledEventConfig, ScheduleExpression

from local.events import schedule_event
from local.functions import FUNCTION_TIMEOUT_S, Functions

log = logging.getLogger("local.schedules")

_RATE = re.compile(r"^rate\((\d+) (minute|hour|day)s?\)$")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


class UnsupportedSchedule(Exception):
    """Only `rate(...)` expressions are run on one machine."""


def rate_seconds(expression: str | ScheduleExpression) -> int:
    """The seconds between two ticks."""
    text = expression if isinstance(expression, str) else expression.to_string()
    found = _RATE.match(text)
    if found is None or int(found[1]) == 0:
        raise UnsupportedSchedule(f"only rate(...) schedules run on one machine, not {text}")
    return int(found[1]) * _SECONDS[found[2]]


@dataclass(frozen=True, slots=True)
class Schedule:
    name: str
    every_s: float


def schedules_of(functions: Functions) -> list[Schedule]:
    """What the app declares, at the pace it declares."""
    return [
        Schedule(source.name, rate_seconds(source.schedule_expression))
        for source in functions.app.event_sources
        if isinstance(source, ScheduledEventConfig)
    ]


class Schedules:
    """One thread per schedule, `speed` times as fast as declared; the first tick comes at once.

    A tick waits for the one before it, so two of one function overlap only with runs that
    something else asked for. What a tick raises is logged, and the next comes in its time.
    """

    def __init__(
        self, functions: Functions, *, speed: float = 1.0, only: frozenset[str] | None = None
    ) -> None:
        self._functions = functions
        self._schedules = [s for s in schedules_of(functions) if only is None or s.name in only]
        self._speed = speed
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._stopping.clear()
        for schedule in self._schedules:
            thread = threading.Thread(
                target=self._run, args=(schedule,), name=f"schedule-{schedule.name}", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(FUNCTION_TIMEOUT_S)
        self._threads.clear()

    def _run(self, schedule: Schedule) -> None:
        every_s = schedule.every_s / self._speed
        due = time.monotonic()
        while not self._stopping.is_set():
            self._tick(schedule.name)
            # Ticks missed while one ran long are not made up for.
            due = max(due + every_s, time.monotonic())
            self._stopping.wait(due - time.monotonic())

    def _tick(self, name: str) -> None:
        full_name = self._functions.full_name(name)
        event = schedule_event(full_name, self._functions.clock.now_ms())
        try:
            self._functions.call(full_name, event)
        except Exception:
            log.exception("the scheduled function %s failed", name)
