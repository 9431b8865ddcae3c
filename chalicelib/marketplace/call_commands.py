"""`market calls …`: how a worker is called, and addresses that mail came back from."""

from __future__ import annotations

import argparse
from typing import Any

from chalicelib.marketplace.container import Marketplace
from chalicelib.marketplace.domain.errors import MarketplaceError


def add_to(parts: Any) -> None:
    """Add `calls` to `market …`."""
    does = parts.add_parser("calls", help="How workers are called").add_subparsers(
        dest="do", required=True, metavar="COMMAND"
    )
    does.add_parser("show", help="A worker's choices, their address included").add_argument(
        "worker_id"
    )
    does.add_parser("bounced", help="Send nothing more to an address").add_argument("address")
    does.add_parser(
        "allow", help="Write again to an address whose owner wanted none, and has asked for it"
    ).add_argument("address")


def run(market: Marketplace, args: argparse.Namespace) -> Any:
    """Run one of them."""
    if args.do == "bounced":
        count = market.callings.refuse_everywhere(args.address)
        if not count:
            raise MarketplaceError(f"no worker is called at {args.address!r}")
        return {"workers": count}
    if args.do == "allow":
        market.callings.allow(args.address)
        return {"allowed": True}
    # Of nobody there are choices too: those of a worker who has made none.
    found = market.callings.of(market.workforce.show(args.worker_id).worker_id)
    return {
        "worker": found.worker_id,
        "address": found.address,
        "state": found.address_state and found.address_state.value,
        "browsers": len(found.subscriptions),
        "calendar": found.feed_on,
        "choices": sorted(found.choices),
        "zone": found.zone_name,
        "mostADay": found.most_a_day,
    }
