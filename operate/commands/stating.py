"""`state …`: what outlives a version of the code."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from chalicelib.kit.clock import SystemClock
from operate.answers import Answer
from operate.commands import command, group
from operate.state.make import delete_state, make_state, place_of
from operate.target import Refused, Target


def add_to(rooms: Any) -> None:
    does = group(rooms, "state", "What outlives a version: tables, sites, queue, alarms, secrets")
    made = command(does, "make", _make, "Make the state, or bring it up to date")
    made.add_argument(
        "--let-go", action="store_true",
        help="tables that this version does not have leave the stack; they stay in the account",
    )  # fmt: skip
    command(does, "bucket", _bucket, "Print the bucket of the stage's builds")
    gone = command(does, "delete", _delete, "Delete the stack; tables, buckets and secrets stay")
    gone.add_argument("--yes", action="store_true", help="do it; without, only say what")


def _make(target: Target, args: argparse.Namespace) -> Answer:
    stage = target.need_stage().name
    make_state(target, _say, SystemClock(), let_go=args.let_go)
    return Answer({"stage": stage, "made": True}, text=f"next: ./retainer deploy --stage {stage}")


def _bucket(target: Target, _: argparse.Namespace) -> Answer:
    bucket = place_of(target).builds_bucket(target.need_stage())
    return Answer({"bucket": bucket}, text=bucket)


def _delete(target: Target, args: argparse.Namespace) -> Answer:
    stage = target.need_stage()
    if not args.yes:
        raise Refused(
            f"the stack of {stage.prefix} would be deleted: queue, distributions, addresses, "
            "logs, alarms. Tables, buckets and secrets stay, and retainer state make takes them "
            "over again. Say --yes to do it."
        )
    kept = delete_state(target, _say, SystemClock())
    text = f"deleted; still in the account: {', '.join(kept)}"
    return Answer({"stage": stage.name, "kept": kept}, text=text)


def _say(line: str) -> None:
    print(line, file=sys.stderr)
