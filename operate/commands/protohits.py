"""`protohit …`, and `stop` and `start`: what is posted, and whether."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from chalicelib.retainer.api import app_routes, proto_routes
from chalicelib.retainer.container import Retainer
from operate.answers import Answer
from operate.commands import command, group
from operate.routes import ask, every
from operate.target import Refused, Target


def add_to(rooms: Any) -> None:
    does = group(rooms, "protohit", "ProtoHITs, the templates of HITs")
    listed = command(does, "list", _list, "List ProtoHITs")
    listed.add_argument("--state", choices=["running", "stopped", "archived"])
    listed.add_argument("--market", choices=["sandbox", "production"])
    listed.add_argument("--search", metavar="WORDS", help="in id, title, keywords and pool")
    command(does, "show", _show, "Show one: what it says, what is out, what it costs").add_argument(
        "hitType"
    )
    put = command(does, "put", _put, "Make or replace one by a file of JSON")
    put.add_argument("file", help="as puttask takes it; - for standard input")
    put.add_argument("--new", action="store_true", help="refuse to replace one")
    put.add_argument(
        "--check", action="store_true", help="only say what is wrong and what it costs"
    )
    for name, run, help in (
        ("stop", _stop, "Post no more for one, and expire what is out"),
        ("start", _start, "Post again for one"),
        ("archive", _archive, "Put one away"),
        ("restore", _restore, "Take one back into service, stopped"),
    ):
        command(does, name, run, help).add_argument("hitType")
    sandbox = command(does, "sandbox", _sandbox, "Tell or choose the market that one posts to")
    sandbox.add_argument("hitType")
    sandbox.add_argument("on", nargs="?", choices=["on", "off"], help="off: the production market")
    for name, run, help in (
        ("stop", _stop, "Post no more, for one ProtoHIT or for all"),
        ("start", _start, "Post again, for one ProtoHIT or for all"),
    ):
        command(rooms, name, run, help).add_argument("hitType", nargs="?")


def _list(target: Target, args: argparse.Namespace) -> Answer:
    rows = every(
        proto_routes.search,
        target.app.retainer,
        q=args.search,
        state=args.state,
        market=args.market,
    )
    return Answer(rows, ("id", "title", "market", "reward", "stopped", "archived", "pool"))


def _show(target: Target, args: argparse.Namespace) -> Answer:
    return Answer(ask(proto_routes.look, target.app.retainer, hitType=args.hitType))


def _put(target: Target, args: argparse.Namespace) -> Answer:
    room = target.app.retainer
    try:
        text = sys.stdin.read() if args.file == "-" else Path(args.file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{args.file} cannot be read: {error}") from None
    if args.check:
        checked = ask(proto_routes.check, room, json=text)
        return Answer(checked, failed=bool(checked["errors"]))
    name = ask(app_routes.puttask, room, json=text, new=args.new)
    return Answer({"hitType": name}, text=f"{name} is saved")


def _stop(target: Target, args: argparse.Namespace) -> Answer:
    room = target.app.retainer
    ask(app_routes.stop, room, hitType=args.hitType)
    return _posting(room, args.hitType, True)


def _start(target: Target, args: argparse.Namespace) -> Answer:
    room = target.app.retainer
    ask(app_routes.start, room, hitType=args.hitType)
    return _posting(room, args.hitType, False)


def _posting(room: Retainer, hit_type: str | None, stopped: bool) -> Answer:
    changed = [
        row["id"]
        for row in every(proto_routes.search, room)
        if hit_type in {None, row["id"]} and row["stopped"] == stopped
    ]
    what = "post no more" if stopped else "post again"
    shown = ", ".join(changed) or "no ProtoHIT"
    return Answer({"hitTypes": changed, "stopped": stopped}, text=f"{what}: {shown}")


def _archive(target: Target, args: argparse.Namespace) -> Answer:
    ask(proto_routes.archive, target.app.retainer, hitType=args.hitType)
    return Answer({"hitType": args.hitType, "archived": True})


def _restore(target: Target, args: argparse.Namespace) -> Answer:
    ask(proto_routes.restore, target.app.retainer, hitType=args.hitType)
    return Answer({"hitType": args.hitType, "archived": False})


def _sandbox(target: Target, args: argparse.Namespace) -> Answer:
    room = target.app.retainer
    if args.on:
        ask(app_routes.set_sandbox, room, hitType=args.hitType, sandbox=args.on == "on")
    sandbox = json.loads(ask(app_routes.get_sandbox, room, hitType=args.hitType))
    return Answer({"hitType": args.hitType, "market": "sandbox" if sandbox else "production"})
