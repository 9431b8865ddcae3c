"""`link`, `deploy`, `rollback`, `undeploy`, `package`: the code of a stage, on top of its state."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from chalicelib.kit.clock import SystemClock
from chalicelib.mturk.prices import PriceError, parse_dollars
from operate import package
from operate.answers import Answer
from operate.backup.tables import Tables
from operate.commands import command
from operate.deployed import Deployed, check_region, code_stack_name, find_deployed
from operate.link import link
from operate.migrate import schema
from operate.migrate.run import WANTED, migrate
from operate.pages import publish as pages
from operate.plain import by_outputs
from operate.recover.switching import carry_tables
from operate.releases import Releases
from operate.state.make import is_current, make_state, state_outputs, tell_state
from operate.state.stack import Stack
from operate.target import Refused, Target, config_so_far
from operate.template.addresses import not_linked


def add_to(rooms: Any) -> None:
    linked = command(rooms, "link", _link, "After deploying: addresses, API, own account")
    linked.add_argument(
        "--deposit", type=_amount, default=0, metavar="DOLLARS",
        help="into the service's account at its marketplace; the same amount once only",
    )  # fmt: skip
    deploy = command(
        rooms, "deploy", _deploy, "Bring the state up to date, chalice deploy, link, and migrate"
    )
    deploy.add_argument("--no-link", action="store_true", help="leave link and migrate to you")
    back = command(
        rooms, "rollback", _roll_back, "Deploy the version before, or a named one, and its pages"
    )
    back.add_argument("--to", metavar="VERSION", help="rollback --list has them")
    back.add_argument(
        "--python", type=_python, metavar="3.N",
        help="the runtime to go back to as well, where the version was built for another",
    )  # fmt: skip
    back.add_argument("--list", action="store_true", help="only list what was deployed")
    away = command(rooms, "undeploy", _undeploy, "Take functions, schedules, roles and API away")
    away.add_argument("--yes", action="store_true", help="do it; without, only say what")
    command(rooms, "package", _package, "Write the code's CloudFormation template and its package")


def _link(target: Target, args: argparse.Namespace) -> Answer:
    return _linked(target, link(target, _say, SystemClock(), args.deposit))


def _deploy(target: Target, args: argparse.Namespace) -> Answer:
    return deploy_stage(target, links=not args.no_link)


def deploy_stage(target: Target, *, links: bool = True) -> Answer:
    """Deploy a stage as its configuration has it now."""
    stage = target.need_stage()
    _check_way_one(target)
    _expand(target)
    at = by_outputs(state_outputs(target, _say, SystemClock()))
    source, kept = package.project(stage, addresses=at), Releases(stage)
    release = kept.begin(source, WANTED, pages.shown(target), SystemClock())
    package.deploy(source, stage, target.region)
    kept.finish()
    _say(f"functions, schedules and API: version {release.version} deployed")
    if not links:
        url = find_deployed(target).api_url
        return Answer({"stage": stage.name, "api": url}, text=url)
    code = link(target, _say, SystemClock())
    # The functions of the version before are gone: nobody writes rows of the old form any more.
    migrate(Tables(config_so_far(target)), _say)
    return _linked(target, code)


def _check_way_one(target: Target) -> None:
    """Both ways give functions the same names: one can't take over what the other has made."""
    stage = target.need_stage()
    check_region(stage, target.region)
    stack = Stack(code_stack_name(stage), target.region, _say, SystemClock())
    if stack.describe() is not None:
        raise Refused(
            f"the code of {stage.name} is the stack {stack.name}: deploy the next version there, "
            f"or take it away first (retainer undeploy --stage {stage.name} --yes)"
        )


def _expand(target: Target) -> None:
    """Before functions are replaced: add the tables and indexes that the new ones ask, which those
    that are there do not mind. Raises `Refused` where the tables are too new for this code."""
    clock = SystemClock()
    current = is_current(target, _say, clock)
    schema.read(Tables(config_so_far(target))).check()
    if current:
        _say("state: as this version wants it")
    else:
        make_state(target, _say, clock)


def _roll_back(target: Target, args: argparse.Namespace) -> Answer:
    stage = target.need_stage()
    kept, clock = Releases(stage), SystemClock()
    if args.list:
        rows = [{**asdict(r), "at": _moment(r.at)} for r in kept.all()]
        return Answer(rows, ("version", "at", "whole", "python"))
    to = kept.before(args.to)
    python = kept.python_for(to, args.python)
    found = schema.read(Tables(config_so_far(target)))
    if found.serves > to.schema:
        raise Refused(
            f"the tables have lost what version {to.version} reads: they serve code of version "
            f"{found.serves} and later, and it is of {to.schema}; restore a backup beside them"
        )
    _check_way_one(target)
    source = kept.unpack(to, package.PACKAGES / stage.name / "before")
    if carry_tables(stage, source):
        _say(f"with the tables {stage.table_prefix}…, which it did not have then")
    now = pages.shown(target)
    # Pages first: what is still deployed serves those of the version before as well.
    back = {site: name for site, name in to.pages.items() if now.get(site) not in {None, name}}
    pages.show_again(target, clock, _say, back)
    kept.begin(source, to.schema, now, clock, python)
    package.deploy(source, stage, target.region, python)
    kept.finish()
    _say(f"functions, schedules and API: version {to.version} again")
    link(target, _say, clock)
    data = {"stage": stage.name, "version": to.version, "pages": {**now, **back}}
    return Answer(data, text=f"version {to.version} again")


def _undeploy(target: Target, args: argparse.Namespace) -> Answer:
    stage = target.need_stage()
    if not args.yes:
        raise Refused(
            f"the functions, schedules, roles and the API of {stage.prefix} would be taken away: "
            "nobody is served or paid any more, and the API's address never comes back. Its state "
            "stays: tables, buckets, queue, sites, parameters, alarms. Say --yes to do it."
        )
    code = find_deployed(target)
    # First, so that nobody is woken by what is taken away on purpose.
    tell_state(target, not_linked(stage), _say, SystemClock())
    if code.is_stack:
        Stack(code_stack_name(stage), target.region, _say, SystemClock()).delete()
    else:
        package.undeploy(stage, target.region)
    return Answer({"stage": stage.name, "deployed": False}, text="taken away")


def _linked(target: Target, code: Deployed) -> Answer:
    stage = target.need_stage()
    text = f"the API: {code.api_url}\nnext: ./retainer pages publish --stage {stage.name}"
    return Answer({"stage": stage.name, "api": code.api_url, "linked": True}, text=text)


def _package(target: Target, _: argparse.Namespace) -> Answer:
    folder = package.package(target.need_stage())
    return Answer({"folder": str(folder)}, text=str(folder))


def _python(text: str) -> str:
    if not re.fullmatch(r"3\.[0-9]{1,2}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no version such as 3.13")
    return text


def _amount(text: str) -> int:
    try:
        return parse_dollars(text)
    except PriceError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


def _say(line: str) -> None:
    print(line, file=sys.stderr)
