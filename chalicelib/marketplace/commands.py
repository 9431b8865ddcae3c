"""The marketplace's commands: requesters' accounts, invitations, workers, and pay records."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any, TextIO

from chalicelib.marketplace import (
    account_commands,
    call_commands,
    consent_commands,
    invitation_commands,
    model_commands,
    report_commands,
    session_commands,
    worker_commands,
)
from chalicelib.marketplace.container import Marketplace
from chalicelib.marketplace.domain.errors import MarketplaceError

_PARTS: dict[str, Callable[[Marketplace, argparse.Namespace], Any]] = {
    "accounts": account_commands.run,
    "invitations": invitation_commands.run,
    "model": lambda _, args: model_commands.run(args),
    "reports": report_commands.run,
    "workers": worker_commands.run,
    "sessions": session_commands.run,
    "calls": call_commands.run,
}


def add_to(rooms: Any) -> None:
    """Add `market …` to the operator's commands."""
    market = rooms.add_parser("market", help="The marketplace: requesters, workers, sessions")
    parts = market.add_subparsers(dest="part", required=True, metavar="COMMAND")
    account_commands.add_to(parts)
    invitation_commands.add_to(parts)
    worker_commands.add_to(parts)
    report_commands.add_to(parts)
    session_commands.add_to(parts)
    call_commands.add_to(parts)
    model_commands.add_to(parts)
    earnings = parts.add_parser("earnings", help="What workers earned in a period, as CSV")
    earnings.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    earnings.add_argument(
        "--to", dest="last", type=date.fromisoformat, required=True, help="the last day"
    )


def run(market: Marketplace, args: argparse.Namespace, out: TextIO) -> Any:
    """Run one of them and return its answer; None where it has written CSV to `out`.

    Raises `MarketplaceError` if it is refused.
    """
    if args.part == "earnings":
        if args.last < args.first:
            raise MarketplaceError("--to is before --from")
        market.pay.write(args.first, args.last, out)
        return None
    if args.part == "accounts" and args.do == "consent":
        return consent_commands.run(market, args, out)
    return _PARTS[args.part](market, args)
