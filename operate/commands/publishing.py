"""`pages …`: the static pages of a stage."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from chalicelib.kit.clock import SystemClock
from operate.answers import Answer
from operate.commands import command, group
from operate.pages.prune import KEPT, prune
from operate.pages.publish import bucket_of, publish, releases, roll_back
from operate.target import Refused, Target
from operate.template.place import SITES


def add_to(rooms: Any) -> None:
    does = group(rooms, "pages", "The static pages")
    command(does, "publish", _publish, "Publish the pages of this clone")
    command(does, "list", _list, "List what was published, the last one last")
    pruned = command(does, "prune", _prune, "Delete versions that nobody needs any more")
    pruned.add_argument(
        "--keep", type=_versions, default=KEPT, metavar="N",
        help="of each site the last N (5), and all that was shown in the last 7 days",
    )  # fmt: skip
    back = command(does, "rollback", _roll_back, "Show the version before, or a named one, again")
    back.add_argument("--to", metavar="VERSION", help="of either site; pages list has them")


def _publish(target: Target, _: argparse.Namespace) -> Answer:
    return Answer(publish(target, SystemClock(), _say))


def _list(target: Target, _: argparse.Namespace) -> Answer:
    rows = [
        {"site": site, **one, "at": datetime.fromtimestamp(one["at"] / 1000, UTC).isoformat()}
        for site in SITES
        for one in releases(target.region, bucket_of(target, site))
    ]
    return Answer(rows, ("site", "version", "at"))


def _roll_back(target: Target, args: argparse.Namespace) -> Answer:
    if args.to is not None:
        known = {
            one["version"]
            for site in SITES
            for one in releases(target.region, bucket_of(target, site))
        }
        if args.to not in known:
            raise Refused(f"version {args.to} was never published; retainer pages list")
    return Answer(roll_back(target, SystemClock(), _say, args.to))


def _prune(target: Target, args: argparse.Namespace) -> Answer:
    done = prune(target, SystemClock(), _say, args.keep)
    count = sum(map(len, done.values()))
    return Answer(done, text=f"{count or 'no'} version{'' if count == 1 else 's'} deleted")


def _versions(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1,000")
    return int(text)


def _say(line: str) -> None:
    print(line, file=sys.stderr)
