"""`resources …` and `deploy`: to AWS without CloudFormation."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from chalicelib.clock import SystemClock
from chalicelib.mturk.prices import PriceError, parse_dollars
from operate import package
from operate.answers import Answer
from operate.backup.tables import Tables
from operate.commands import command, group
from operate.migrate import schema
from operate.migrate.run import WANTED, migrate
from operate.pages import publish as pages
from operate.releases import Releases
from operate.resources.link import deployed_api, link, link_markets, stored_market_url
from operate.resources.store import expand, make, make_secrets
from operate.target import Refused, Target, config_so_far


def add_to(rooms: Any) -> None:
    does = group(rooms, "resources", "What chalice deploy does not make")
    made = command(does, "make", _make, "Before deploying: tables, queue, buckets, secrets")
    made.add_argument(
        "--only", choices=["secrets"], help="all else is made by the CloudFormation stack"
    )
    linked = command(does, "link", _link, "After deploying: addresses, sites, own account")
    linked.add_argument(
        "--deposit", type=_amount, default=0, metavar="DOLLARS",
        help="into the service's account at its marketplace; the same amount once only",
    )  # fmt: skip
    linked.add_argument(
        "--only", choices=["account"], help="all else is linked by the CloudFormation stack"
    )
    deploy = command(
        rooms, "deploy", _deploy, "Assemble the project, chalice deploy, link, and migrate"
    )
    deploy.add_argument(
        "--no-link", action="store_true", help="leave resources link and migrate to you"
    )
    back = command(
        rooms, "rollback", _roll_back, "Deploy the version before, or a named one, and its pages"
    )
    back.add_argument("--to", metavar="VERSION", help="rollback --list has them")
    back.add_argument("--list", action="store_true", help="only list what was deployed")
    away = command(rooms, "undeploy", _undeploy, "Take functions, schedules, roles and API away")
    away.add_argument("--yes", action="store_true", help="do it; without, only say what")
    command(rooms, "package", _package, "Write the CloudFormation template and its package")


def _make(target: Target, args: argparse.Namespace) -> Answer:
    stage = target.need_stage().name
    if args.only == "secrets":
        make_secrets(target.need_stage(), target.region, _say)
        return Answer({"stage": stage, "made": True}, text="the secrets are there")
    make(target, _say)
    return Answer({"stage": stage, "made": True}, text=f"next: ./retainer deploy --stage {stage}")


def _link(target: Target, args: argparse.Namespace) -> Answer:
    if args.only == "account":
        link_markets(target, stored_market_url(target), args.deposit, _say)
        stage = target.need_stage().name
        return Answer({"stage": stage, "linked": True}, text="the account is linked")
    link(target, _say, args.deposit)
    return _linked(target)


def _deploy(target: Target, args: argparse.Namespace) -> Answer:
    stage = target.need_stage()
    expand(target, _say)
    source, kept = package.project(stage), Releases(stage)
    release = kept.begin(source, WANTED, pages.shown(target), SystemClock())
    package.deploy(source, stage, target.region)
    kept.finish()
    _say(f"functions, schedules and API: version {release.version} deployed")
    if args.no_link:
        _, url = deployed_api(stage)
        return Answer({"stage": stage.name, "api": url}, text=url)
    link(target, _say)
    # The functions of the version before are gone: nobody writes rows of the old form any more.
    migrate(Tables(config_so_far(target)), _say)
    return _linked(target)


def _roll_back(target: Target, args: argparse.Namespace) -> Answer:
    stage = target.need_stage()
    kept, clock = Releases(stage), SystemClock()
    if args.list:
        rows = [{**asdict(r), "at": _moment(r.at)} for r in kept.all()]
        return Answer(rows, ("version", "at", "whole"))
    to = kept.before(args.to)
    found = schema.read(Tables(config_so_far(target)))
    if found.serves > to.schema:
        raise Refused(
            f"the tables have lost what version {to.version} reads: they serve code of version "
            f"{found.serves} and later, and it is of {to.schema}; restore a backup beside them"
        )
    source = kept.unpack(to, package.PACKAGES / stage.name / "before")
    now = pages.shown(target)
    # Pages first: what is still deployed serves those of the version before as well.
    back = {site: name for site, name in to.pages.items() if now.get(site) not in {None, name}}
    pages.show_again(target, clock, _say, back)
    kept.begin(source, to.schema, now, clock)
    package.deploy(source, stage, target.region)
    kept.finish()
    _say(f"functions, schedules and API: version {to.version} again")
    link(target, _say)
    data = {"stage": stage.name, "version": to.version, "pages": {**now, **back}}
    return Answer(data, text=f"version {to.version} again")


def _undeploy(target: Target, args: argparse.Namespace) -> Answer:
    stage = target.need_stage()
    if not args.yes:
        raise Refused(
            f"the functions, schedules, roles and the API of {stage.prefix} would be taken away: "
            "nobody is served or paid any more, and the API's address never comes back. Tables, "
            "buckets, queue, sites and parameters stay. Say --yes to do it."
        )
    deployed_api(stage)
    package.undeploy(stage, target.region)
    return Answer({"stage": stage.name, "deployed": False}, text="taken away")


def _linked(target: Target) -> Answer:
    stage = target.need_stage()
    _, url = deployed_api(stage)
    text = f"the API: {url}\nnext: ./retainer pages publish --stage {stage.name}"
    return Answer({"stage": stage.name, "api": url, "linked": True}, text=text)


def _package(target: Target, _: argparse.Namespace) -> Answer:
    folder = package.package(target.need_stage())
    return Answer({"folder": str(folder)}, text=str(folder))


def _amount(text: str) -> int:
    try:
        return parse_dollars(text)
    except PriceError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


def _say(line: str) -> None:
    print(line, file=sys.stderr)
