"""`market workers …`: who works here, and what is known of them."""

from __future__ import annotations

import argparse
from typing import Any

from chalicelib.marketplace.api import admin_wire
from chalicelib.marketplace.command_values import country, yes_or_no
from chalicelib.marketplace.container import Marketplace
from chalicelib.marketplace.domain.errors import MarketplaceError
from chalicelib.marketplace.domain.people import Profile, Worker
from chalicelib.mturk.prices import format_dollars


def add_to(parts: Any) -> None:
    workers = parts.add_parser("workers", help="The workers")
    does = workers.add_subparsers(dest="do", required=True, metavar="COMMAND")
    does.add_parser("list", help="List workers by name")
    does.add_parser("show", help="Show a worker").add_argument("worker")
    describe = does.add_parser("describe", help="Change what is known of a worker")
    describe.add_argument("worker")
    describe.add_argument("--country", type=country, metavar="DE[-BE]", help="where they are")
    describe.add_argument("--adult", type=yes_or_no, metavar="yes|no", help="agrees to adult HITs")
    describe.add_argument("--master", type=yes_or_no, metavar="yes|no", help="is a master")
    does.add_parser("close", help="Shut a worker out").add_argument("worker")
    does.add_parser(
        "erase", help="Delete all data of a worker, in every table of this deployment"
    ).add_argument("worker")
    does.add_parser("reopen", help="Let them in again").add_argument("worker")


def run(market: Marketplace, args: argparse.Namespace) -> Any:
    if args.do == "list":
        return [admin_wire.worker(worker) for worker in market.workforce.list_all()]
    worker = market.workforce.show(args.worker)
    if args.do == "describe":
        if args.country is None and args.adult is None and args.master is None:
            raise MarketplaceError("nothing to change: give --country, --adult or --master")
        place, part = args.country or (None, None)
        market.profiles.describe(worker.worker_id, Profile(place, part, args.adult, args.master))
    elif args.do == "close":
        market.workforce.close(worker.worker_id)
    elif args.do == "reopen":
        market.workforce.reopen(worker.worker_id)
    return _full(market.workforce.show(worker.worker_id))


def _full(worker: Worker) -> dict[str, Any]:
    return {
        **admin_wire.worker(worker),
        "rejected": worker.rejected,
        "returned": worker.returned,
        "abandoned": worker.abandoned,
        "approvalPercent": worker.approval_percent,
        "accepted": len(worker.queue),
        "pending": format_dollars(worker.pending_cents),
        "rewards": format_dollars(worker.rewards_cents),
        "bonuses": format_dollars(worker.bonuses_cents),
    }
