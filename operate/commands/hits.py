"""`hits …`: what is out, taken back, and deleted, after saying what that means."""

from __future__ import annotations

import argparse
from typing import Any

from chalicelib.mturk.prices import format_dollars, parse_dollars
from chalicelib.retainer.api import proto_routes, record_routes
from chalicelib.retainer.container import Retainer
from operate.answers import Answer
from operate.commands import command, group, most
from operate.routes import ask, every
from operate.target import Refused, Target


def add_to(rooms: Any) -> None:
    does = group(rooms, "hits", "HITs, as they are on record")
    listed = command(does, "list", _list, "List HITs, newest first")
    listed.add_argument("--state", choices=["out", "closed", "past"])
    most(listed)
    expire = command(does, "expire", _expire, "Take back the free seats of one HIT")
    expire.add_argument("hit")
    for name, run, help in (
        ("expire-all", _expire_all, "Take back the free seats of all HITs that are out"),
        ("delete-all", _delete_all, "Expire all, and delete at the market what is done with"),
    ):
        all_of = command(does, name, run, help)
        all_of.add_argument("--yes", action="store_true", help="do it; without, only say what")
        all_of.add_argument("--hit-type", help="only those of one ProtoHIT")
    listed.add_argument("--hit-type")


def _list(target: Target, args: argparse.Namespace) -> Answer:
    rows = every(
        record_routes.hits, target.app.retainer, args.most, hitType=args.hit_type, state=args.state
    )
    columns = ("hit", "hitType", "market", "stage", "available", "pending", "completed")
    return Answer(rows, (*columns, "committed"))


def _expire(target: Target, args: argparse.Namespace) -> Answer:
    ask(record_routes.expire, target.app.retainer, hit=args.hit)
    return Answer({"hit": args.hit, "expiring": 1})


def _expire_all(target: Target, args: argparse.Namespace) -> Answer:
    room = target.app.retainer
    plan = _plan(room, args.hit_type)
    said = [_will_expire(plan), *_warning(plan)]
    _check_tables(target, plan)
    if not args.yes:
        raise Refused(f"{' '.join(said)} Say --yes to do it.")
    expiring = _ask_expiry(room, plan)
    _carry_out(target, plan)
    return Answer({**plan, "expiring": expiring}, text="\n".join([*said, "Done."]))


def _check_tables(target: Target, plan: dict[str, Any]) -> None:
    if target.table_prefix is not None and plan["running"]:
        raise Refused(
            f"posting is not stopped there for {', '.join(plan['running'])}, so that HITs might be "
            f"posted: retainer stop --table-prefix {target.table_prefix} first"
        )


def _carry_out(target: Target, plan: dict[str, Any]) -> None:
    """Of tables that no function works on, nobody else carries out what is asked for there."""
    if target.table_prefix is not None:
        for name in plan["hitTypes"]:
            target.app.retainer.sizing.run(name, "expire")


def _delete_all(target: Target, args: argparse.Namespace) -> Answer:
    room = target.app.retainer
    plan = _plan(room, args.hit_type)
    said = [
        _will_expire(plan),
        "HITs reviewed to the end, with nothing owed, are deleted at the market: their work is not "
        "to be read there any more, nor can a bonus be paid for it. The record here stays.",
        *_warning(plan),
    ]
    if not args.yes:
        raise Refused(f"{' '.join(said)} Say --yes to do it.")
    expiring = _ask_expiry(room, plan)
    deleted = sum(room.hits.delete_past(name) for name in plan["hitTypes"])
    left = len(every(record_routes.hits, room, hitType=args.hit_type, state="out")) + len(
        every(record_routes.hits, room, hitType=args.hit_type, state="closed")
    )
    done = f"{deleted} deleted."
    if left:
        done += f" {left} not done with yet: run it again when they are."
    data = {**plan, "expiring": expiring, "deleted": deleted, "left": left}
    return Answer(data, text="\n".join([*said, done]))


def _plan(room: Retainer, hit_type: str | None) -> dict[str, Any]:
    out = every(record_routes.hits, room, hitType=hit_type, state="out")
    protos = every(proto_routes.search, room) + every(proto_routes.search, room, state="archived")
    names = [p["id"] for p in protos if hit_type in {None, p["id"]}]
    return {
        "hitTypes": names,
        "running": [p["id"] for p in protos if p["id"] in names and not p["stopped"]],
        "hits": len(out),
        "free": sum(hit["available"] for hit in out),
        "workers": sum(hit["pending"] for hit in out),
        "committed": format_dollars(sum(parse_dollars(hit["committed"]) for hit in out)),
    }


def _will_expire(plan: dict[str, Any]) -> str:
    return (
        f"{plan['hits']} HITs are out, with {plan['free']} free seats, {plan['workers']} workers "
        f"in them and ${plan['committed']} committed, as of the last sizing run. The free seats "
        "are taken back; workers who are in them stay, are served and paid."
    )


def _warning(plan: dict[str, Any]) -> list[str]:
    if not plan["running"]:
        return []
    names = ", ".join(plan["running"])
    return [f"Posting goes on for {names}: what reservations need is posted anew (retainer stop)."]


def _ask_expiry(room: Retainer, plan: dict[str, Any]) -> int:
    expiring = (
        ask(record_routes.expire_all, room, hitType=name)["expiring"] for name in plan["hitTypes"]
    )
    return sum(expiring)
