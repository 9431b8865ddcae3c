"""`recover` and `switch`: a stage back at an earlier moment, and which tables it works on."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from chalicelib.kit.clock import SystemClock
from operate import aws
from operate.answers import Answer, table
from operate.commands import command
from operate.commands.deploying import deploy_stage
from operate.recover.moment import LATEST, moment_of, prefix_of, written
from operate.recover.restores import DynamoRestores
from operate.recover.run import Recovered, Recovery, latest, recover, source_of
from operate.recover.switching import switch
from operate.stages import Stage, check_table_prefix
from operate.target import Refused, Target, config_so_far


def add_to(rooms: Any) -> None:
    does = command(
        rooms, "recover", _recover, "Restore all tables as of one second, beside those in use"
    )
    does.add_argument(
        "--to", metavar="TIME", required=True,
        help=f"2026-12-01T03:00:00Z, '10m ago' or {LATEST}",
    )  # fmt: skip
    does.add_argument("--prefix", help="of the new tables; without, it is made of the time")
    does.add_argument(
        "--from", dest="source", metavar="PREFIX", help="of tables that the stage does not use"
    )
    does.add_argument(
        "--switch", action="store_true", help="then have the stage use them, and deploy it so"
    )
    other = command(
        rooms, "switch", _switch, "Have a stage use other tables: recovered ones, or those before"
    )
    other.add_argument("prefix")
    other.add_argument("--deploy", action="store_true", help="deploy it so, too")


def _recover(target: Target, args: argparse.Namespace) -> Answer:
    stage = target.need_stage()
    restores = _restores(target)
    recovery, to = _planned(target, stage, restores, args)
    _say(f"interrupted, it goes on by: {_again(stage, recovery, to, args.switch)}")
    done = recover(recovery, to, restores, SystemClock(), _say)
    text = _text(done, stage)
    if args.switch and not done.comparison.wrong:
        _say(text)
        return _switched(target, stage, done.prefix, deploy=True)
    return Answer(
        {"to": written(done.to), "prefix": done.prefix, **asdict(done.comparison)},
        text=f"{text}\nnext: ./retainer switch {done.prefix} --deploy --stage {stage.name}",
        failed=bool(done.comparison.wrong),
    )


def _planned(
    target: Target, stage: Stage, restores: DynamoRestores, args: argparse.Namespace
) -> tuple[Recovery, datetime]:
    config, protect = config_so_far(target), stage.is_production
    now = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC)
    source = args.source or stage.table_prefix
    check_table_prefix(source, "--from")
    to = moment_of(args.to, now) or latest(Recovery(config, source, "", protect), restores)
    prefix = args.prefix or prefix_of(to, stage.prefix)
    check_table_prefix(prefix, "--prefix")
    if prefix == source:
        # Switched over before: what is left is done on, from where its tables came.
        source = source_of(prefix, restores) or source
    if prefix == source:
        raise Refused(f"{prefix}… are the tables that are there: take another --prefix")
    return Recovery(config, source, prefix, protect), to


def _again(stage: Stage, recovery: Recovery, to: datetime, is_switched: bool) -> str:
    return (
        f"./retainer recover --to {written(to)} --from {recovery.source} --prefix "
        f"{recovery.target} --stage {stage.name}" + (" --switch" if is_switched else "")
    )


def _switch(target: Target, args: argparse.Namespace) -> Answer:
    return _switched(target, target.need_stage(), args.prefix, args.deploy)


def _switched(target: Target, stage: Stage, prefix: str, deploy: bool) -> Answer:
    before = stage.table_prefix
    after = switch(stage, prefix, config_so_far(target), _restores(target), SystemClock(), _say)
    back = f"./retainer switch {before} --deploy --stage {stage.name}"
    if before != prefix:
        _say(f".chalice/config.json and policies name {prefix}…: commit them. Back by: {back}")
    if deploy:
        return deploy_stage(Target(after))
    text = (
        f"next: ./retainer deploy --stage {stage.name}\n"
        f"or, of a CloudFormation stack, docs/deploying.md; back: {back}"
    )
    return Answer({"stage": stage.name, "prefix": prefix, "before": before}, text=text)


def _text(done: Recovered, stage: Stage) -> str:
    found = done.comparison
    counts = table([asdict(count) for count in found.counts], ("table", "now", "recovered"))
    lines = [counts, "Counts may differ: the service went on. What is undone:"]
    lines += [f"  {one}" for one in found.undone] or ["  nothing that is looked for"]
    lines += [f"WRONG: {one}" for one in found.wrong]
    lines.append(
        f"look: ./retainer reservations list --table-prefix {done.prefix} --stage {stage.name}"
    )
    return "\n".join(lines)


def _restores(target: Target) -> DynamoRestores:
    return DynamoRestores(aws.client("dynamodb", target.region), SystemClock())


def _say(line: str) -> None:
    print(line, file=sys.stderr)
