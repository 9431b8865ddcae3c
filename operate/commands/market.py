"""`market …`: the marketplace's operator."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from chalicelib import cli
from chalicelib.marketplace import commands, model_commands
from operate.answers import Answer
from operate.target import Target

# Of lists with more than a terminal is wide: what one looks for. `--json` has all.
_COLUMNS = {
    ("invitations", "list"): ("invitation", "name", "worker", "state", "expires", "used"),
    ("sessions", "list"): ("SessionId", "Title", "StartsAt", "Status", "YesCount"),
}


def add_to(rooms: Any) -> None:
    commands.add_to(rooms)
    rooms.choices["market"].set_defaults(run=_run)


def _run(target: Target, args: argparse.Namespace) -> Answer | None:
    if args.part == "model":
        # A copy of a file: no service is asked.
        return Answer(model_commands.run(args))
    answer = cli.run_market(target.app, args, sys.stdout)
    if answer is None:
        return None
    return Answer(answer, _COLUMNS.get((args.part, getattr(args, "do", "")), ()))
