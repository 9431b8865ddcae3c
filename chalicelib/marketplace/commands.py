"""The marketplace's commands: requesters' accounts, and pay records."""

from __future__ import annotations

import argparse
import json
from datetime import date
from typing import Any, TextIO

from chalicelib.marketplace import call_commands, session_commands
from chalicelib.marketplace.assembly import Marketplace
from chalicelib.marketplace.domain.errors import MarketplaceError
from chalicelib.mturk.prices import format_dollars


def add_to(rooms: Any) -> None:
    """Add `market …` to the operator's commands."""
    market = rooms.add_parser("market", help="the marketplace")
    whats = market.add_subparsers(dest="part", required=True)
    does = whats.add_parser("accounts", help="requesters").add_subparsers(dest="do", required=True)
    does.add_parser("make", help="make an account and show its keys").add_argument("name")
    does.add_parser("list", help="list accounts and their keys, without secrets")
    does.add_parser("revoke", help="revoke an access key").add_argument("access_key")
    earnings = whats.add_parser("earnings", help="what workers earned in a period, as CSV")
    earnings.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    earnings.add_argument(
        "--to", dest="last", type=date.fromisoformat, required=True, help="the last day"
    )

    session_commands.add_to(whats)
    call_commands.add_to(whats)


def run(market: Marketplace, args: argparse.Namespace, out: TextIO) -> None:
    """Run one of them; raises `MarketplaceError` if it is refused."""
    if args.part == "sessions":
        print(json.dumps(session_commands.run(market, args), indent=1), file=out)
        return
    if args.part == "calls":
        print(json.dumps(call_commands.run(market, args), indent=1), file=out)
        return
    if args.part == "earnings":
        if args.last < args.first:
            raise MarketplaceError("--to is before --from")
        market.pay.write(args.first, args.last, out)
        return
    print(json.dumps(_accounts(market, args), indent=1), file=out)


def _accounts(market: Marketplace, args: argparse.Namespace) -> Any:
    if args.do == "make":
        try:
            made = market.accounts.create(args.name)
        except ValueError as error:
            raise MarketplaceError(str(error)) from None
        return {
            "account": made.account_id,
            "accessKey": made.access_key,
            "secretKey": made.secret_key,
            "arrivalKey": made.arrival_key,
        }
    if args.do == "revoke":
        if not market.accounts.revoke(args.access_key):
            raise MarketplaceError(f"there is no access key {args.access_key!r}")
        return {"accessKey": args.access_key, "revoked": True}
    return [
        {
            "account": requester.account_id,
            "name": requester.name,
            "available": format_dollars(requester.available_cents),
            "held": format_dollars(requester.held_cents),
            "spent": format_dollars(requester.spent_cents),
            "keys": [
                {"accessKey": key.access_key, "revoked": key.revoked_ms is not None} for key in keys
            ],
        }
        for requester, keys in market.accounts.list()
    ]
