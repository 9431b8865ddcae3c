"""`market invitations …`: personal links that let workers in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from chalicelib.marketplace.api import admin_wire
from chalicelib.marketplace.command_values import country, day_and_time
from chalicelib.marketplace.container import Marketplace
from chalicelib.marketplace.domain.errors import BadRequest, MarketplaceError
from chalicelib.marketplace.domain.invitations import Invitation


def add_to(parts: Any) -> None:
    invitations = parts.add_parser("invitations", help="Personal links that let workers in")
    does = invitations.add_subparsers(dest="do", required=True, metavar="COMMAND")
    make = does.add_parser("make", help="Invite somebody and show the link, once")
    make.add_argument("name", nargs="?", help="a new worker's name")
    make.add_argument("--file", type=Path, help="many new workers: a text with a name in each line")
    make.add_argument("--worker", metavar="ID", help="a worker who is there, on another device")
    make.add_argument("--country", type=country, metavar="DE[-BE]", help="where a new worker is")
    make.add_argument(
        "--adult", action="store_true", help="a new worker is of age and agrees to adult content"
    )
    make.add_argument("--from", dest="invited_by", default="", help="who invites, as the page says")
    does.add_parser("list", help="List invitations, without the links themselves")
    does.add_parser("revoke", help="Make a link useless").add_argument("invitation")


def run(market: Marketplace, args: argparse.Namespace) -> Any:
    if args.do == "revoke":
        market.invitations.revoke(args.invitation)
        return {"invitation": args.invitation, "revoked": True}
    if args.do == "list":
        now_ms = market.clock.now_ms()
        return [_shown(found, now_ms) for found in market.invitations.list_all()]
    if [args.name, args.file, args.worker].count(None) != 2:
        raise MarketplaceError("give the name of a new worker, --file, or --worker with an id")
    return _make(market, args) if args.file is None else _make_all(market, args)


def _make_all(market: Marketplace, args: argparse.Namespace) -> list[dict[str, Any]]:
    """A link for each name; one that is refused says why, and the others get theirs."""
    try:
        lines = args.file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise MarketplaceError(f"{args.file} cannot be read as a text in UTF-8: {error}") from None
    rows = []
    country, part = args.country or (None, None)
    for name in filter(None, map(str.strip, lines)):
        try:
            worker = market.invitations.newcomer(name, country, part, args.adult)
        except BadRequest as refused:
            rows.append({"name": name, "worker": None, "link": None, "note": str(refused)})
            continue
        made = market.invitations.make(worker, args.invited_by)
        rows.append({"name": name, "worker": worker.worker_id, "link": made.url, "note": ""})
    if not any(row["link"] for row in rows):
        why = rows[0]["note"] if rows else "no line has a name"
        raise MarketplaceError(f"nobody in {args.file} was invited: {why}")
    return rows


def _make(market: Marketplace, args: argparse.Namespace) -> Any:
    if args.worker is not None and (args.country or args.adult):
        raise MarketplaceError("`workers describe` changes what is known of a worker")
    if args.worker is not None:
        worker = market.workforce.show(args.worker)
    else:
        place, part = args.country or (None, None)
        worker = market.invitations.newcomer(args.name, place, part, args.adult)
    made = market.invitations.make(worker, args.invited_by)
    return {
        **_shown(made.invitation, made.invitation.made_ms),
        "link": made.url,
        "note": "shown this once; it lets its first reader in as this worker",
    }


def _shown(found: Invitation, now_ms: int) -> dict[str, Any]:
    shown = admin_wire.invitation(found, now_ms)
    for time in ("made", "expires", "used"):
        shown[time] = shown[time] and day_and_time(shown[time])
    return shown
