"""`migrate`: the tables brought to the form that this version's code writes."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import Any

from operate.answers import Answer
from operate.backup.tables import Tables
from operate.commands import command
from operate.migrate.run import Outcome, migrate
from operate.target import Target


def add_to(rooms: Any) -> None:
    parser = command(
        rooms, "migrate", _migrate, "Bring the tables to this version, while the service runs"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")


def _migrate(target: Target, args: argparse.Namespace) -> Answer:
    done = migrate(Tables(target.config), _say, dry_run=args.dry_run)
    return Answer(asdict(done), text=_text(done))


def _text(done: Outcome) -> str:
    if done.now < done.wanted:
        return f"the tables are of version {done.now}, this code wants {done.wanted}"
    if done.before == done.now:
        return f"the tables are of version {done.now}, as this code wants"
    return f"the tables are of version {done.now} now; they were of {done.before}"


def _say(line: str) -> None:
    print(line, file=sys.stderr)
