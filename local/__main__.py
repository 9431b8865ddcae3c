"""`python -m local`: the stack until Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.crowd import Crowd, CrowdOptions
from local.engine import ROOT
from local.guard import parse_origin
from local.stack import Ports, Stack, StackFailed, StackOptions, running_stack

# On one machine the money is play money: an afternoon of trying things must not end at a cap.
_PLAY_MONEY = {"RETAINER_MAX_SPEND_PER_HOUR": "2000.00", "RETAINER_MAX_SPEND_PER_DAY": "9000.00"}


def say(text: str) -> None:
    print(text, flush=True)


def arguments(description: str, mode: str) -> argparse.ArgumentParser:
    """The options that the ways to start a stack share; each mode has a state of its own."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--state",
        type=Path,
        default=ROOT / ".state" / mode,
        help=f"folder of the state (.state/{mode})",
    )
    parser.add_argument("--port", type=int, default=8000, help="first of six ports")
    parser.add_argument(
        "--allow",
        type=origin,
        action="append",
        default=[],
        metavar="ORIGIN",
        help="pages of this origin may call the stack, too, such as http://localhost:3000",
    )
    parser.add_argument("--speed", type=float, default=1.0, help="schedules run so much faster")
    parser.add_argument("--verbose", action="store_true", help="log every request")
    return parser


def origin(text: str) -> str:
    """An origin out of the command line."""
    try:
        return parse_origin(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def options(given: argparse.Namespace) -> StackOptions:
    return StackOptions(
        state=given.state,
        ports=Ports.from_base(given.port),
        speed=given.speed,
        allowed=tuple(given.allow),
        variables={name: value for name, value in _PLAY_MONEY.items() if name not in os.environ},
        log_level=logging.INFO if given.verbose else logging.WARNING,
        notice=lambda text: say(f"note: {text}"),
    )


def set_up_logging(verbose: bool) -> None:
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.WARNING,
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
    )
    for name in ("botocore", "urllib3", "boto3"):
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, so that everything is taken down in order."""
    stop = threading.Event()

    def on_signal(number: int, _: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt  # asked twice: now
        stop.set()

    before = {s: signal.signal(s, on_signal) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def watch(stack: Stack, stop: threading.Event, every_s: float = 1.0) -> None:
    """Return when `stop` is set; raise `StackFailed` when the stack cannot go on."""
    while not stop.wait(every_s):
        if failure := stack.failure():
            raise StackFailed(failure)


def shown_path(path: Path) -> str:
    """As somebody in the working folder would type it."""
    found = path.resolve()
    here = Path.cwd()
    return str(found.relative_to(here) if found.is_relative_to(here) else found)


def print_addresses(stack: Stack) -> None:
    say(f"  worker site    {stack.desk}/work/")
    say(f"  status page    {stack.desk}/status/")
    say(f"  admin console  {stack.desk}/admin/")
    say(f"  API            {stack.api}")
    say(f"  MTurk protocol {stack.mturk}/")


@contextmanager
def running_crowd(api: str, size: int, visitors_title: str = "") -> Iterator[Crowd]:
    """So many simulated workers at this API."""
    crowd = Crowd(api, CrowdOptions(size=size, visitors_title=visitors_title))
    crowd.start()
    try:
        yield crowd
    finally:
        crowd.stop()


def main(argv: list[str] | None = None) -> int:
    parser = arguments("Retainer on one machine", "stack")
    parser.add_argument("--crowd", type=int, default=0, metavar="N", help="N simulated workers")
    given = parser.parse_args(argv)
    set_up_logging(given.verbose)
    try:
        with (
            stop_signals() as stop,
            running_stack(options(given)) as stack,
            running_crowd(stack.api, given.crowd),
        ):
            say("Retainer is up; Ctrl-C ends it.")
            print_addresses(stack)
            say(f"  waiting page   {stack.wait}/ (what a ProtoHIT's url names)")
            say("")
            if given.crowd:
                say(f"{given.crowd} simulated workers take every HIT, and answer at random.")
            else:
                say("Nobody works here yet: be the workers at the worker site, or start")
                say("`make stack CROWD=12` for simulated ones.")
            say(f"To be a requester by boto3 or the AWS CLI: . {shown_path(given.state)}/env")
            watch(stack, stop)
    except StackFailed as error:
        print(f"Retainer stopped: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
