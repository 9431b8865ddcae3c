"""`costs`: what was spent and is owed, by ProtoHIT and day."""

from __future__ import annotations

import argparse
from typing import Any

from chalicelib.retainer.api import pay_routes
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
