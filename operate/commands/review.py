"""`review …`: work that is held until somebody decides on it."""

from __future__ import annotations

import argparse
from typing import Any

from chalicelib.retainer.api import pay_routes
from operate.answers import Answer
from operate.commands import command, group, most
from operate.routes import ask, every
from operate.target import Target


def add_to(rooms: Any) -> None:
    does = group(rooms, "review", "Work that waits for a decision")
    listed = command(does, "list", _list, "List work that is held")
    listed.add_argument("--hit-type")
    most(listed)
    for name, run, help in (
        ("approve", _approve, "Approve work: its worker is paid"),
        ("reject", _reject, "Reject work: its worker is told why, and not paid"),
    ):
        decide = command(does, name, run, help)
        decide.add_argument("assignment", nargs="+")
        decide.add_argument(
            "--reason", default="", required=name == "reject", help="for the worker"
        )


def _list(target: Target, args: argparse.Namespace) -> Answer:
    rows = every(pay_routes.list_held, target.app.retainer, args.most, hitType=args.hit_type)
    return Answer(rows, ("assignment", "worker", "hitType", "decision", "answers"))


def _approve(target: Target, args: argparse.Namespace) -> Answer:
    return _decide(target, args, "approve")


def _reject(target: Target, args: argparse.Namespace) -> Answer:
    return _decide(target, args, "reject")


def _decide(target: Target, args: argparse.Namespace, decision: str) -> Answer:
    answer = ask(
        pay_routes.decide,
        target.app.retainer,
        assignments=",".join(args.assignment),
        decision=decision,
        reason=args.reason,
    )
    return Answer(answer, failed=bool(answer["refused"]))
