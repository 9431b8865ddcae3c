"""`market reports …`: what workers reported of HITs, and what is made of it."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from chalicelib.marketplace.container import Marketplace
from chalicelib.marketplace.domain.errors import MarketplaceError
from chalicelib.marketplace.domain.hit_reports import HitReport, ReportState


def add_to(whats: Any) -> None:
    reports = whats.add_parser("reports", help="HITs that workers have reported")
    does = reports.add_subparsers(dest="do", required=True, metavar="COMMAND")
    listing = does.add_parser("list", help="List reports, the oldest first")
    states = [state.value for state in ReportState]
    listing.add_argument("--state", choices=states, default=ReportState.OPEN.value)
    does.add_parser("dismiss", help="Close a HIT's reports; the HIT stays").add_argument("hit")
    down = does.add_parser("take-down", help="End a HIT for good, and close its reports")
    down.add_argument("hit")
    down.add_argument("--group", action="store_true", help="and all open HITs of its type")
    shut = does.add_parser(
        "take-down-requester", help="Revoke a requester's keys and end all their HITs"
    )
    shut.add_argument("account")


def run(market: Marketplace, args: argparse.Namespace) -> Any:
    """Run one of them; raises `MarketplaceError` if it is refused."""
    if args.do == "dismiss":
        dismissed = market.hit_reports.dismiss(args.hit)
        if not dismissed:
            raise MarketplaceError(f"no report of HIT {args.hit} is open")
        return {"hit": args.hit, "dismissed": dismissed}
    if args.do == "take-down":
        return {"takenDown": market.hit_reports.take_down(args.hit, args.group)}
    if args.do == "take-down-requester":
        ended = market.hit_reports.take_down_requester(args.account)
        return {"account": args.account, "keysRevoked": True, "hitsEnded": ended}
    return [_shown(market, found) for found in market.hit_reports.in_state(ReportState(args.state))]


def _shown(market: Marketplace, found: HitReport) -> dict[str, Any]:
    return {
        "hit": found.hit_id,
        "requester": market.accounts.name_of(found.account_id),
        "account": found.account_id,
        "hitType": found.hit_type_id,
        "worker": found.worker_id,
        "reason": found.reason.value,
        "text": found.text,
        "at": datetime.fromtimestamp(found.at_ms / 1000, UTC).isoformat(timespec="seconds"),
        "state": found.state.value,
    }
