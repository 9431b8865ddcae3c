"""`market accounts …`: requesters, their keys and their money."""

from __future__ import annotations

import argparse
import secrets
from typing import Any

from chalicelib.marketplace import consent_commands
from chalicelib.marketplace.command_values import day_and_time
from chalicelib.marketplace.container import Marketplace
from chalicelib.marketplace.domain.errors import MarketplaceError
from chalicelib.marketplace.domain.people import AccessKey, Requester
from chalicelib.mturk.prices import PriceError, format_dollars, parse_dollars


def add_to(parts: Any) -> None:
    accounts = parts.add_parser("accounts", help="Requesters")
    does = accounts.add_subparsers(dest="do", required=True, metavar="COMMAND")
    does.add_parser("make", help="Make an account and show its keys").add_argument("name")
    does.add_parser("list", help="List accounts and their keys, without secrets")
    does.add_parser("revoke", help="Revoke an access key").add_argument("access_key")
    does.add_parser("show", help="Show an account's money").add_argument("account")
    consent_commands.add_to(does)
    deposit = does.add_parser("deposit", help="Add to what an account can spend")
    deposit.add_argument("account")
    deposit.add_argument("amount", type=_amount, help="dollars, such as 250.00")
    deposit.add_argument(
        "--token", default="", help="a name for this deposit; a second one of it adds nothing"
    )


def run(market: Marketplace, args: argparse.Namespace) -> Any:
    if args.do == "make":
        return _make(market, args.name)
    if args.do == "revoke":
        if not market.accounts.revoke(args.access_key):
            raise MarketplaceError(f"there is no access key {args.access_key!r}")
        return {"accessKey": args.access_key, "revoked": True}
    if args.do == "show":
        return _show(market, args.account)
    if args.do == "deposit":
        token = args.token or secrets.token_hex(8)
        if len(token) > 64 or not token.isprintable():
            raise MarketplaceError("a token is 1 to 64 printable characters")
        made, new = market.accounts.deposit(args.account, args.amount, token)
        return {
            "account": made.account_id,
            "deposited": format_dollars(made.cents) if new else "0.00",
            "token": token,
            "at": day_and_time(made.at_ms),
            "available": format_dollars(market.accounts.requester(args.account).available_cents),
        }
    return [_account(requester, keys) for requester, keys in market.accounts.list()]


def _make(market: Marketplace, name: str) -> Any:
    try:
        made = market.accounts.create(name)
    except ValueError as error:
        raise MarketplaceError(str(error)) from None
    return {
        "account": made.account_id,
        "accessKey": made.access_key,
        "secretKey": made.secret_key,
        "arrivalKey": made.arrival_key,
    }


def _show(market: Marketplace, account_id: str) -> Any:
    requester, keys, deposits = market.accounts.show(account_id)
    fees = market.config.fees
    return {
        **_account(requester, keys),
        "deposits": [
            {
                "at": day_and_time(deposit.at_ms),
                "amount": format_dollars(deposit.cents),
                "token": deposit.token,
            }
            for deposit in deposits
        ],
        "fees": {
            "percent": fees.percent,
            "percentFromTenAssignments": fees.percent_many,
            "percentMasters": fees.percent_masters,
            "least": format_dollars(fees.least_cents),
        },
    }


def _account(requester: Requester, keys: list[AccessKey]) -> dict[str, Any]:
    return {
        "account": requester.account_id,
        "name": requester.name,
        "available": format_dollars(requester.available_cents),
        "held": format_dollars(requester.held_cents),
        "spent": format_dollars(requester.spent_cents),
        "keys": [
            {"accessKey": key.access_key, "revoked": key.revoked_ms is not None} for key in keys
        ],
    }


def _amount(text: str) -> int:
    try:
        cents = parse_dollars(text)
    except PriceError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not cents:
        raise argparse.ArgumentTypeError("a deposit is at least 0.01")
    return cents
