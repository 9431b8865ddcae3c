"""The one command line: `retainer`, or `python -m operate`.

Exit codes: 0 done, 1 refused or failed, with one sentence why, 2 not understood.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import TextIO

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.kit.config import ConfigError
from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain.errors import MarketplaceError
from chalicelib.retainer.domain.errors import RetainerError
from chalicelib.retainer.domain.market import MarketError
from operate import completion
from operate.answers import Answer, write
from operate.build import BuildFailed
from operate.commands import command
from operate.stages import Stage, UnknownStage
from operate.target import Refused, Target
from operate.understanding import Parser, one_or_many

SUBJECTS = {
    "protohits": ("protohit", "stop", "start"),
    "reservations": ("reservations",),
    "hits": ("hits",),
    "review": ("review",),
    "workers": ("workers",),
    "costs": ("costs",),
    "backups": ("backup", "restore"),
    "recovering": ("recover", "switch"),
    "migrating": ("migrate",),
    "stating": ("state",),
    "deploying": ("link", "deploy", "rollback", "undeploy", "package"),
    "publishing": ("pages",),
    "doctoring": ("doctor",),
    "alarms": ("alarms",),
    "keys": ("keys",),
    "market": ("market",),
}
"""The modules of `operate.commands`, and what each adds: a command loads no other's, which would
take longer than most commands do."""

_SENTENCES = (
    *(Refused, RetainerError, MarketplaceError, ConfigError, StoreUnavailable, MarketError),
    *(UnknownStage, BuildFailed, BotoCoreError, ClientError, PynamoDBException, OSError),
)
"""Errors whose message is for the person at the terminal."""


def main(argv: Sequence[str] | None = None, out: TextIO | None = None) -> int:
    """Run one command and return its exit code."""
    out = out or sys.stdout
    words = sys.argv[1:] if argv is None else argv
    if not words:
        build_parser().print_help(out)
        return 0
    args = build_parser(_subjects_of(words)).parse_args(words)
    try:
        stage = None if args.stage is None else Stage.named(args.stage)
        answer: Answer | None = args.run(Target(stage, args.table_prefix), args)
        if answer is not None:
            write(answer, out, args.json)
        out.flush()
    except BrokenPipeError:
        # Whoever read this has seen enough; nothing may be written at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except _SENTENCES as error:
        print(f"retainer: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("retainer: interrupted", file=sys.stderr)
        return 1
    return 1 if answer is not None and answer.failed else 0


def _subjects_of(words: Sequence[str]) -> tuple[str, ...]:
    """The modules of what may be the command among these words; all, where nothing is."""
    said = {name for word in words for name in one_or_many(word)}
    found = (subject for subject, names in SUBJECTS.items() if not said.isdisjoint(names))
    return tuple(found) or tuple(SUBJECTS)


@cache
def build_parser(subjects: tuple[str, ...] = tuple(SUBJECTS)) -> argparse.ArgumentParser:
    """Return the parser for the commands of these modules."""
    parser = Parser(
        prog="retainer",
        description="Deploys, looks after and operates a service of Retainer.",
        epilog="Exit codes: 0 done, 1 refused or failed, 2 not understood.",
    )
    parser.set_defaults(stage=None, table_prefix=None, json=False)
    rooms = parser.add_subparsers(dest="what", required=True, metavar="COMMAND")
    for subject in subjects:
        import_module(f"operate.commands.{subject}").add_to(rooms)
    shell = command(rooms, "completion", _completion, "Print a script for tab completion")
    shell.add_argument("shell", choices=["bash", "zsh"])
    _add_common(parser)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    # Before the command, or behind it.
    parser.add_argument(
        "--stage",
        default=argparse.SUPPRESS,
        help="dev or prod in AWS; without, the service of this process's environment",
    )
    parser.add_argument(
        "--table-prefix",
        metavar="PREFIX",
        default=argparse.SUPPRESS,
        help="work on other tables than the service's own: recovered ones, or those before",
    )
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="answer for programs"
    )
    for inner in completion.subparsers(parser).values():
        _add_common(inner)


def _completion(_: Target, args: argparse.Namespace) -> Answer:
    text = completion.script(args.shell, build_parser(), Stage.all_names())
    return Answer(text, text=text)
