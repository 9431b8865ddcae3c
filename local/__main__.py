"""`python -m local`: the stack until Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.engine import ROOT
from local.guard import parse_origin
from local.stack import Ports, Stack, StackFailed, StackOptions, running_stack


def say(text: str) -> None:
    print(text, flush=True)


def arguments(description: str) -> argparse.ArgumentParser:
    """The options that `python -m local` and the demo share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--state", type=Path, default=ROOT / ".state", help="folder of the state")
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


def print_addresses(stack: Stack) -> None:
    say(f"  API            {stack.api}")
    say(f"  worker site    {stack.desk}/work/")
    say(f"  status page    {stack.desk}/status/")
    say(f"  admin console  {stack.desk}/admin/")
    say(f"  waiting page   {stack.wait}/")
    say(f"  MTurk protocol {stack.mturk}/")


def main(argv: list[str] | None = None) -> int:
    given = arguments("Retainer on one machine").parse_args(argv)
    set_up_logging(given.verbose)
    try:
        with stop_signals() as stop, running_stack(options(given)) as stack:
            say("Retainer is up; Ctrl-C ends it.")
            print_addresses(stack)
            say(f"  as a requester: `. {given.state}/env`, then boto3.client('mturk') reaches it")
            watch(stack, stop)
    except StackFailed as error:
        print(f"Retainer stopped: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
