"""`market sessions …`: announce a session, see who comes, move it, cancel it."""

from __future__ import annotations

import argparse
from typing import Any

from chalicelib.marketplace.api.session_operations import session_with_replies
from chalicelib.marketplace.container import Marketplace
from chalicelib.marketplace.domain.announced import Announcement, Attendance
from chalicelib.marketplace.domain.errors import MarketplaceError


def add_to(parts: Any) -> None:
    """Add `sessions` to `market …`."""
    does = parts.add_parser("sessions", help="Announced sessions").add_subparsers(
        dest="do", required=True, metavar="COMMAND"
    )
    announce = does.add_parser("announce", help="Announce a session; workers are called for it")
    announce.add_argument("title")
    announce.add_argument("--starts", required=True, help="local to the zone: 2026-11-24T14:00")
    announce.add_argument("--zone", required=True, help="like Europe/Berlin")
    announce.add_argument("--minutes", type=int, required=True)
    announce.add_argument("--people", type=int, required=True, help="about how many")
    announce.add_argument("--description", default="")
    announce.add_argument("--pay", default="", help="a sentence: $12 an hour")
    announce.add_argument("--hit-type", help="only for workers who may accept its HITs")
    announce.add_argument("--token", help="the same token again announces nothing again")
    listing = does.add_parser("list", help="List a requester's sessions")
    show = does.add_parser("show", help="Who said yes, maybe and no")
    move = does.add_parser("move", help="Give a session another time; who said yes is told")
    move.add_argument("--starts", required=True)
    move.add_argument("--zone")
    move.add_argument("--minutes", type=int)
    cancel = does.add_parser("cancel", help="Cancel a session; who said yes is told")
    cancel.add_argument("--reason", default="", help="a sentence for the workers")
    for one in (show, move, cancel):
        one.add_argument("session")
    for one in (announce, listing, show, move, cancel):
        one.add_argument("--account", required=True, help="the requester's id or name")


def run(market: Marketplace, args: argparse.Namespace) -> Any:
    """Run one of them; raises `MarketplaceError` if it is refused."""
    account_id = _account(market, args.account)
    if args.do == "announce":
        announcement = Announcement(
            title=args.title,
            starts=args.starts,
            zone_name=args.zone,
            minutes=args.minutes,
            people=args.people,
            description=args.description,
            pay=args.pay,
            hit_type_id=args.hit_type,
            token=args.token,
        )
        return session_with_replies(
            Attendance(market.announcing.announce(account_id, announcement))
        )
    if args.do == "list":
        found = market.announcing.list(account_id, None, 100)
        return [session_with_replies(market.announcing.get(account_id, p[1])) for p, _ in found]
    if args.do == "move":
        market.announcing.move(account_id, args.session, args.starts, args.zone, args.minutes)
    elif args.do == "cancel":
        market.announcing.cancel(account_id, args.session, args.reason)
    return session_with_replies(market.announcing.get(account_id, args.session))


def _account(market: Marketplace, name: str) -> str:
    found = [r for r, _ in market.accounts.list() if name in {r.account_id, r.name}]
    if not found:
        raise MarketplaceError(f"there is no requester {name!r}")
    if len(found) > 1:
        raise MarketplaceError(f"{len(found)} requesters are named {name!r}; give the id")
    return found[0].account_id
