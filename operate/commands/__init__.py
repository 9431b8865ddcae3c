"""The operator's commands, a module for each subject.

`add_to(rooms)` declares a subject's commands; each names the function that runs it, by `run`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from operate.answers import Answer
from operate.target import Target

Run = Callable[[Target, argparse.Namespace], Answer | None]
"""None: it has printed what there is to say."""


def command(does: Any, name: str, run: Run, help: str) -> argparse.ArgumentParser:
    """Declare a command and what runs it."""
    parser: argparse.ArgumentParser = does.add_parser(name, help=help, description=f"{help}.")
    parser.set_defaults(run=run)
    return parser


def group(rooms: Any, name: str, help: str) -> Any:
    """Declare a subject, whose commands follow."""
    return rooms.add_parser(name, help=help, description=f"{help}.").add_subparsers(
        dest="do", required=True, metavar="COMMAND"
    )


def most(parser: argparse.ArgumentParser) -> None:
    """Let a list be cut."""
    parser.add_argument("--most", type=int, default=100, metavar="N", help="at most (100)")
