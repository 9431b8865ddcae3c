"""`costs`: what was spent and is owed, by ProtoHIT and day; `costs estimate`: what a pool costs."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from chalicelib.retainer.api import pay_routes
from operate import charges
from operate.answers import Answer, table
from operate.commands import command
from operate.routes import ask
from operate.target import Target


def add_to(rooms: Any) -> None:
    costs = command(rooms, "costs", _costs, "What was spent and is owed, by ProtoHIT and day")
    costs.add_argument("--hit-type")
    costs.add_argument("--from", dest="first", metavar="DAY", help="2026-01-31; none: today")
    costs.add_argument("--to", dest="last", metavar="DAY", help="the last day; none: today")
    costs.add_argument("--csv", action="store_true", help="for a spreadsheet")
    _add_estimate(costs.add_subparsers(dest="do", metavar="COMMAND"))


def _add_estimate(does: Any) -> None:
    made = command(does, "estimate", _estimate, "What a pool costs an hour: AWS's charges and pay")
    made.add_argument("--workers", type=_whole(1), required=True, metavar="N", help="who wait")
    made.add_argument(
        "--ready-for", type=_whole(0), default=1, metavar="N", help="called without warning (1)"
    )
    made.add_argument(
        "--poll", type=_amount(0.1), metavar="SECONDS", help="in place of the pace of the service"
    )
    made.add_argument(
        "--pay", type=_amount(0), default=0.0, metavar="DOLLARS", help="a worker's, an hour"
    )
    made.add_argument(
        "--reward", type=_amount(0), metavar="DOLLARS", help="in place of --pay: a HIT's, with ..."
    )
    made.add_argument(
        "--wait", type=_amount(0.1), default=10.0, metavar="MINUTES", help="... its wait (10)"
    )
    made.add_argument(
        "--fee", type=_amount(0), default=0.0, metavar="PERCENT", help="the market's, on pay (0)"
    )


def _costs(target: Target, args: argparse.Namespace) -> Answer:
    shape = "csv" if args.csv else "json"
    values = {"hitType": args.hit_type, "from": args.first, "to": args.last, "format": shape}
    answer = ask(pay_routes.costs, target.app.retainer, **values)
    return Answer(answer, text=answer.rstrip("\r\n") if args.csv else _text(answer))


def _text(report: dict[str, Any]) -> str:
    rows = [
        {"hitType": row["hitType"], "day": row["day"], **_amounts(row)} for row in report["rows"]
    ]
    total = {"hitType": "all", "day": f"{report['from']} to {report['to']}", **_amounts(report)}
    troubles = [
        f"not paid: {t['amount']} to {t['worker']} for {t['assignment']}: {t['why']}"
        for t in report["troubles"]
    ]
    return "\n".join([table([*rows, total], ()), *troubles])


def _amounts(of: dict[str, Any]) -> dict[str, str]:
    return {**of["spent"], "owed": of["owed"]["total"]}


def _estimate(_: Target, args: argparse.Namespace) -> Answer:
    hourly = args.pay if args.reward is None else args.reward * 60 / args.wait
    pay = hourly * (1 + args.fee / 100)
    every_ms = None if args.poll is None else round(args.poll * 1_000)
    found = charges.of_pool(args.workers, args.ready_for, every_ms=every_ms)
    data = {
        "workers": args.workers,
        "readyFor": args.ready_for,
        "charges": {**asdict(found), "total": found.total},
        "pay": args.workers * pay,
        "levers": [
            {
                "change": lever.change,
                "charges": lever.charges,
                "pay": lever.pay,
                "answeredSeconds": lever.answered_s,
            }
            for lever in charges.levers(args.workers, args.ready_for, pay, every_ms)
        ],
    }
    return Answer(data, text=_estimate_text(data))


def _estimate_text(data: dict[str, Any]) -> str:
    parts = {name: value for name, value in data["charges"].items() if name != "polls"}
    rows = [
        {
            "in an hour": lever["change"],
            "charges, $": f"{lever['charges']:.4f}",
            "pay, $": f"{lever['pay']:,.2f}",
            "95 of 100 calls answered": (
                "-" if lever["answeredSeconds"] is None else f"in {lever['answeredSeconds']:g} s"
            ),
        }
        for lever in data["levers"]
    ]
    return "\n".join(
        [
            f"{data['workers']:,} waiting make {data['charges']['polls']:,} polls an hour, of which"
            " AWS charges, in dollars:",
            *(f"  {name:<8}{value:>12.4f}" for name, value in parts.items()),
            "",
            table(rows, ()),
        ]
    )


def _whole(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= 1_000_000:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} on")
        return value

    return read


def _amount(least: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= 1_000_000:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least:g} on")
        return value

    return read
