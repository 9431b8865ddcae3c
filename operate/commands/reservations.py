"""`reservations …`: looked for, shown and ended."""

from __future__ import annotations

import argparse
from typing import Any

from chalicelib.retainer.api import app_routes, record_routes
from chalicelib.retainer.services.reservation_search import State
from operate.answers import Answer
from operate.commands import command, group, most
from operate.routes import ask, every
from operate.target import Target


def add_to(rooms: Any) -> None:
    does = group(rooms, "reservations", "Reservations")
    listed = command(does, "list", _list, "List reservations, newest first")
    listed.add_argument("--hit-type")
    listed.add_argument("--state", choices=[state.value for state in State])
    listed.add_argument("--search", metavar="WORDS", help="in the application's id and the title")
    most(listed)
    command(does, "show", _show, "Show one with its slots").add_argument("id")
    finish = command(does, "finish", _finish, "End one; no more workers are sent to it")
    finish.add_argument("id")
    finish.add_argument("--cancel", action="store_true", help="and mark it as cancelled")


def _list(target: Target, args: argparse.Namespace) -> Answer:
    rows = every(
        record_routes.search,
        target.app.retainer,
        args.most,
        q=args.search,
        hitType=args.hit_type,
        state=args.state,
    )
    shown = [{**row, "hitType": row["proto"]["id"]} for row in rows]
    columns = ("id", "hitType", "foreignID", "assignments", "invoked", "done", "cancelled")
    return Answer(shown, (*columns, "workers"))


def _show(target: Target, args: argparse.Namespace) -> Answer:
    return Answer(ask(record_routes.look, target.app.retainer, id=args.id))


def _finish(target: Target, args: argparse.Namespace) -> Answer:
    view = app_routes.cancel if args.cancel else app_routes.finish
    ask(view, target.app.retainer, id=args.id)
    return Answer({"id": args.id, "done": True, "cancelled": args.cancel})
