"""`python -m local.demo`: the stack, a simulated crowd, and *instant poll* asking it questions."""

from __future__ import annotations

import argparse
import csv
import errno
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from examples.poll.app import HIT_TYPE, TITLE, Poll, PollApp
from examples.poll.retainer_client import Retainer, RetainerError
from examples.poll.server import PollServer
from local.__main__ import (
    arguments,
    options,
    print_addresses,
    running_crowd,
    say,
    set_up_logging,
    stop_signals,
    watch,
)
from local.crowd import Crowd
from local.engine import ROOT
from local.stack import Ports, Stack, StackFailed, running_stack

QUESTIONS = ROOT / "examples" / "poll" / "questions.csv"
PEOPLE = 5
CROWD = 12
# Nobody's money: a demo that is started again and again must not stop at a cap.
PLAY_MONEY = {"max_spend_per_hour": 500, "max_spend_per_day": 2000}
# What the first HITs, acceptances and pages may take before something is wrong.
POOL_TIMEOUT_S = 90
ANSWER_TIMEOUT_S = 120

_ROW = "  {:<44} {:>5} {:>8} {:>8} {:>8} {:>7}"


class DemoFailed(Exception):
    """An answer did not come back; the message says which."""


def read_questions(path: Path) -> list[tuple[str, list[str]]]:
    """Questions and their options, out of the CSV's rows."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))[1:]
    return [(row[0], [option for option in row[1:] if option]) for row in rows if row]


class Demo:
    """Asks the questions one after the other and keeps the table."""

    def __init__(self, stack: Stack, app: PollApp, crowd: Crowd, stop: threading.Event) -> None:
        self._stack, self._app, self._crowd, self._stop = stack, app, crowd, stop
        self._polls: list[Poll] = []
        self._live = sys.stdout.isatty()

    def run(self, questions: list[tuple[str, list[str]]]) -> None:
        say("")
        say(_ROW.format("question", "asked", "answered", "first", "last", "cost"))
        for question, choices in questions:
            self._wait_for_pool()
            if self._stop.is_set():
                return
            poll = self._app.ask(question, choices)
            self._follow(poll)
            self._polls.append(poll)
            say(_row(poll))
            say(f"    {_tally(poll)}")

    def check(self) -> None:
        """Raise `DemoFailed` unless everybody who was asked has given one of the answers."""
        for poll in self._polls:
            if poll.error or len(poll.answers) != poll.people:
                reason = poll.error or f"{len(poll.answers)} of {poll.people} answers"
                raise DemoFailed(f"{poll.question!r}: {reason}")
            if strange := set(poll.answers) - set(poll.options):
                raise DemoFailed(f"{poll.question!r}: {strange.pop()!r} is not one of the options")
        if not self._polls:
            raise DemoFailed("no question was asked")

    def summary(self) -> str:
        seconds = sorted(s for poll in self._polls for s in poll.seconds_to_work)
        middle = seconds[len(seconds) // 2] if seconds else 0.0
        late = seconds[min(len(seconds) - 1, round(len(seconds) * 0.95))] if seconds else 0.0
        return (
            f"{len(self._polls)} questions, {sum(len(p.answers) for p in self._polls)} answers; "
            f"from invoke to hasWork: median {middle:.2f} s, 95 % within {late:.2f} s; "
            f"cost ${sum(p.cost for p in self._polls):.2f}"
        )

    def _wait_for_pool(self) -> None:
        deadline = time.monotonic() + POOL_TIMEOUT_S
        while not self._stop.is_set():
            self._check_stack()
            pool = self._app.pool()
            # After a restart the service counts, for a while, pages that ended with the last run.
            waiting = pool["waiting"] if self._polls else min(pool["waiting"], self._crowd.waiting)
            self._progress(f"{waiting} of {PEOPLE} people are waiting")
            if waiting >= PEOPLE:
                break
            if time.monotonic() > deadline:
                events = ", ".join(f"{k} {n}" for k, n in sorted(self._crowd.events.items()))
                raise DemoFailed(
                    f"only {waiting} people wait after {POOL_TIMEOUT_S} s "
                    f"({pool['sizing']['why'] or 'nobody has looked yet'}; the crowd: "
                    f"{events or 'nothing'})"
                )
            self._stop.wait(0.5)
        self._progress("")

    def _follow(self, poll: Poll) -> None:
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while not poll.done and not self._stop.is_set():
            self._check_stack()
            now = poll.to_json()
            self._progress(
                f"{poll.question}  called {now['called']}, at it {now['working']}, "
                f"answered {now['answered']} of {poll.people}"
            )
            if time.monotonic() > deadline:
                raise DemoFailed(
                    f"{poll.question!r}: {now['answered']} of {poll.people} answers after "
                    f"{ANSWER_TIMEOUT_S} s"
                )
            self._app.wait_for_change(poll, now["version"], 1)
        self._progress("")

    def _check_stack(self) -> None:
        if failure := self._stack.failure():
            raise StackFailed(failure)

    def _progress(self, text: str) -> None:
        """One line that is overwritten; nothing where the output is not a terminal."""
        if self._live:
            sys.stdout.write(f"\r\x1b[2K  {text}" if text else "\r\x1b[2K")
            sys.stdout.flush()


def _row(poll: Poll) -> str:
    seconds = poll.seconds_to_work
    return _ROW.format(
        poll.question[:44],
        poll.people,
        len(poll.answers),
        f"{seconds[0]:.2f} s" if seconds else "-",
        f"{seconds[-1]:.2f} s" if seconds else "-",
        f"${poll.cost:.2f}",
    )


def _tally(poll: Poll) -> str:
    counts = {option: poll.answers.count(option) for option in poll.options}
    ordered = sorted(counts.items(), key=lambda entry: -entry[1])
    return ", ".join(f"{option} {count}" for option, count in ordered if count)


@contextmanager
def _poll_server(app: PollApp, port: int) -> Iterator[PollServer]:
    try:
        server = PollServer(app, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        server = PollServer(app)
        say(f"note: port {port} is taken: the poll page is at {server.address}")
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def _poll_app(stack: Stack) -> Iterator[PollApp]:
    page = f"{stack.wait}/examples/poll/worker/index.html"
    retainer = Retainer(stack.api)
    app = PollApp(retainer, page, PEOPLE, PLAY_MONEY)
    app.open()
    # Somebody who drops in at the worker site is to find a seat too.
    visitor = retainer.make(HIT_TYPE, 1, foreign_id="a seat for a visitor")
    try:
        yield app
    finally:
        # A stack that cannot go on can give nothing back.
        if stack.failure() is None:
            app.close()
            retainer.cancel(visitor)


def check_permissions(stack: Stack) -> None:
    """Raise `DemoFailed` if a function lacked a permission, though the answers came."""
    if stack.refused:
        raise DemoFailed(f"permissions are missing: {'; '.join(sorted(set(stack.refused)))}")


def run(given: argparse.Namespace, stop: threading.Event) -> None:
    with (
        running_stack(options(given)) as stack,
        _poll_app(stack) as app,
        running_crowd(stack.api, given.crowd, TITLE) as crowd,
        _poll_server(app, Ports.from_base(given.port).poll) as server,
    ):
        stack.hint("Work comes when somebody asks:", "ask a question", f"{server.address}/")
        say(f"Retainer is up, with a simulated crowd of {given.crowd}.")
        say(f"  poll page      {server.address}/")
        print_addresses(stack)
        demo = Demo(stack, app, crowd, stop)
        try:
            demo.run(read_questions(given.questions))
        except RetainerError as error:
            # What the API could not do, it could not do for a reason that lies deeper.
            raise StackFailed(stack.failure() or str(error)) from error
        say("")
        if stop.is_set():
            return
        demo.check()
        say(demo.summary())
        if given.once:
            check_permissions(stack)
            return
        say("Ask a question of your own on the poll page, or be a worker; Ctrl-C ends it.")
        watch(stack, stop)


def main(argv: list[str] | None = None) -> int:
    parser = arguments("Retainer with a simulated crowd and a poll to ask it", "demo")
    parser.set_defaults(speed=12.0)
    parser.add_argument("--once", action="store_true", help="ask, check, print, stop")
    parser.add_argument("--questions", type=Path, default=QUESTIONS, help="CSV: question, options")
    parser.add_argument("--crowd", type=int, default=CROWD, help="how many simulated workers")
    given = parser.parse_args(argv)
    set_up_logging(given.verbose)
    try:
        with stop_signals() as stop:
            run(given, stop)
            return 130 if stop.is_set() and given.once else 0
    except (StackFailed, DemoFailed, RetainerError) as error:
        print(f"The demo stopped: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
