"""`workers …`: who they are, and what a requester does for or against them."""

from __future__ import annotations

import argparse
from typing import Any

from chalicelib.retainer.api import pay_routes, people_routes
from chalicelib.retainer.domain.errands import ErrandState
from operate.answers import Answer
from operate.commands import command, group, most
from operate.routes import View, ask, every
from operate.target import Target

LOOKS, LOOK_EVERY_S = 10, 0.5
"""How long a command waits for what became of what it asked for."""


def add_to(rooms: Any) -> None:
    does = group(rooms, "workers", "Workers, as the service knows them")
    listed = command(does, "list", _list, "List ids, in order")
    listed.add_argument("--prefix", help="those that begin so")
    most(listed)
    command(
        does, "show", _show, "Show what a worker did, and what was asked for them"
    ).add_argument("worker")
    message = command(does, "message", _message, "Write to workers through the market")
    message.add_argument("worker", nargs="+")
    message.add_argument("--subject", required=True)
    message.add_argument("--text", required=True)
    bonus = command(does, "bonus", _bonus, "Pay a bonus for an assignment")
    bonus.add_argument("worker")
    bonus.add_argument("assignment")
    bonus.add_argument("amount", help="dollars, such as 0.50")
    bonus.add_argument("--reason", required=True, help="for the worker")
    bonus.add_argument("--key", required=True, help="the same again pays nothing again")
    block = command(does, "block", _block, "Block workers at the market")
    block.add_argument("worker", nargs="+")
    block.add_argument("--reason", required=True, help="kept, not shown to the worker")
    unblock = command(does, "unblock", _unblock, "Lift a block")
    unblock.add_argument("worker", nargs="+")
    for parser in (message, bonus, block, unblock):
        parser.add_argument("--market", choices=["sandbox", "production"])
    command(does, "asked", _asked, "Tell what became of a message, block or bonus").add_argument(
        "id"
    )


def _list(target: Target, args: argparse.Namespace) -> Answer:
    room = target.app.retainer
    ids = every(people_routes.list_workers, room, args.most, prefix=args.prefix)
    return Answer(ids, ("worker",))


def _show(target: Target, args: argparse.Namespace) -> Answer:
    room = target.app.retainer
    shown = ask(people_routes.worker, room, worker=args.worker)
    asked = every(people_routes.list_asked, room, 50, worker=args.worker)
    return Answer({**shown, "asked": asked})


def _message(target: Target, args: argparse.Namespace) -> Answer:
    return _ask(target, args, pay_routes.message, subject=args.subject, text=args.text)


def _block(target: Target, args: argparse.Namespace) -> Answer:
    return _ask(target, args, pay_routes.block, reason=args.reason)


def _unblock(target: Target, args: argparse.Namespace) -> Answer:
    return _ask(target, args, pay_routes.unblock)


def _bonus(target: Target, args: argparse.Namespace) -> Answer:
    asked = ask(
        pay_routes.bonus,
        target.app.retainer,
        worker=args.worker,
        assignment=args.assignment,
        amount=args.amount,
        reason=args.reason,
        key=args.key,
        market=args.market,
    )
    return _recorded(asked)


def _asked(target: Target, args: argparse.Namespace) -> Answer:
    return _became(ask(pay_routes.errand, target.app.retainer, id=args.id))


def _ask(target: Target, args: argparse.Namespace, view: View, **values: str) -> Answer:
    workers = ",".join(args.worker)
    room = target.app.retainer
    asked = ask(view, room, worker=workers, market=args.market, **values)
    for _ in range(LOOKS):
        became = ask(pay_routes.errand, room, id=asked["id"])
        if became["state"] != ErrandState.ASKED:
            return _became(became)
        room.clock.sleep(LOOK_EVERY_S)
    return _recorded(asked)


def _became(told: Any) -> Answer:
    """A refused message, or one that reached nobody, has failed."""
    return Answer(told, failed=told["state"] == ErrandState.REFUSED)


def _recorded(asked: Any) -> Answer:
    text = f"recorded; the review carries it out: retainer workers asked '{asked['id']}'"
    return Answer(asked, text=text)
