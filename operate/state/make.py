"""Makes a stage's state, brings it up to date, and tells it where the code is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.kit.clock import Clock
from operate import aws
from operate.answers import Say
from operate.state.changes import (
    BUCKET,
    TABLE,
    Template,
    adopting,
    kept_names,
    leaving,
    losses,
    steps,
)
from operate.state.secrets import make_secrets
from operate.state.stack import Stack
from operate.target import Refused, Target
from operate.template import Place, state_template
from operate.template.builds import builds_template
from operate.template.state import PROTECTED


def place_of(target: Target) -> Place:
    return Place(aws.account(target.region), target.region)


def builds_stack(target: Target, say: Say, clock: Clock) -> Stack:
    return Stack(f"{target.need_stage().prefix}-builds", target.region, say, clock)


def state_stack(target: Target, say: Say, clock: Clock) -> Stack:
    stage = target.need_stage()
    builds = place_of(target).builds_bucket(stage)
    return Stack(f"{stage.prefix}-state", target.region, say, clock, builds)


def make_state(target: Target, say: Say, clock: Clock, *, let_go: bool = False) -> None:
    """Make what is missing, and bring what is there up to date; it can be run again at any time.

    `let_go`: tables that this version does not have leave the stack; they stay in the account. So
    do, unasked, those in whose place the stage was switched to others.
    Raises `Refused`, with nothing changed, if a table would leave without it or be replaced.
    """
    stage = target.need_stage()
    make_secrets(stage, target.region, say)
    _bring(builds_stack(target, say, clock), builds_template(stage, place_of(target)), {}, target)
    stack = state_stack(target, say, clock)
    stack.clear_failed()
    wanted = state_template(stage, place_of(target))
    if stack.exists():
        now = stack.template()
        check_changes(now, wanted, let_go=let_go or _is_switched(now, wanted, target))
        _adopt_new(stack, wanted, target, say)
        for step in steps(stack.template(), wanted):
            stack.apply(step, {})
    else:
        _bring(stack, wanted, {PROTECTED: "false"}, target, say)
    # Only now: a protected table would keep a failed creation from being taken back.
    stack.apply(wanted, {PROTECTED: "true"})
    if not stack.is_protected():
        stack.protect()
    say(f"stack {stack.name}: there, protected; {len(kept_names(wanted))} tables and buckets")


def _is_switched(now: Template, wanted: Template, target: Target) -> bool:
    """Whether tables leave only because others of the same kinds, which are there already, are used
    in their place: recovered ones, or those before."""
    prefix = target.need_stage().table_prefix
    new = {k: v for k, v in kept_names(wanted).items() if k not in now["Resources"]}
    kinds = tuple(name.removeprefix(prefix) for name in new.values() if name.startswith(prefix))
    others = all(name.endswith(kinds) for name in leaving(now, wanted))
    return bool(kinds) and others and len(_found(wanted, target, new)) == len(new)


def check_changes(now: Template, wanted: Template, *, let_go: bool) -> None:
    """Raises `Refused` for what would lose something, or have it leave unasked."""
    if lost := losses(now, wanted):
        raise Refused(f"nothing is changed, since that would empty tables: {'; '.join(lost)}")
    if not let_go and (gone := leaving(now, wanted)):
        raise Refused(
            f"nothing is changed: this version does not have {', '.join(gone)}. If it is older "
            "than what is deployed, take the newer one; if they are not needed any more, say "
            "--let-go: they leave the stack and stay in the account"
        )


def is_current(target: Target, say: Say, clock: Clock) -> bool:
    """Whether the stack is what this version wants; raises `Refused` where there is none."""
    stack = state_stack(target, say, clock)
    if not stack.exists():
        raise Refused(
            f"there is no stack {stack.name}: make the state first "
            f"(./retainer state make --stage {target.need_stage().name})"
        )
    wanted = state_template(target.need_stage(), place_of(target))
    return stack.template() == wanted and stack.parameters().get(PROTECTED) == "true"


def tell_state(target: Target, values: Mapping[str, str], say: Say, clock: Clock) -> None:
    """Give the stack the code's addresses, which its parameters and the pages' headers name."""
    stack = state_stack(target, say, clock)
    if not stack.exists():
        raise Refused(f"there is no stack {stack.name}: make it (./retainer state make)")
    changed = stack.apply(stack.template(), values)
    say(f"addresses in {stack.name}: {'written' if changed else 'there'}")


def state_outputs(target: Target, say: Say, clock: Clock) -> dict[str, str]:
    return state_stack(target, say, clock).outputs()


def delete_state(target: Target, say: Say, clock: Clock) -> list[str]:
    """Delete the stack; return the names of tables and buckets, which stay. Raises `Refused`."""
    stack = state_stack(target, say, clock)
    if not stack.exists():
        raise Refused(f"there is no stack {stack.name}")
    kept = kept_names(stack.template())
    stack.protect(False)
    stack.delete()
    return sorted(kept.values())


def _bring(
    stack: Stack,
    wanted: Template,
    parameters: Mapping[str, str],
    target: Target,
    say: Say | None = None,
) -> None:
    """Make a stack with what is there already, and then what that lacks."""
    stack.clear_failed()
    if not stack.exists():
        there = _found(wanted, target, kept_names(wanted))
        if say is not None and there:
            say(f"{len(there)} tables and buckets are there already: taken over into {stack.name}")
        stack.apply(adopting(wanted, there), parameters)
    for step in steps(stack.template(), wanted):
        stack.apply(step, parameters)


def _adopt_new(stack: Stack, wanted: Template, target: Target, say: Say) -> None:
    """Take over what this version adds and what is there already: left by an update that failed,
    by a version that was gone back from, or recovered."""
    now = stack.template()
    new = {k: v for k, v in kept_names(wanted).items() if k not in now["Resources"]}
    there = _found(wanted, target, new)
    if there:
        say(f"{len(there)} tables and buckets are there already: taken over into {stack.name}")
        stack.apply(adopting(steps(now, wanted)[0], there), {})


def _found(template: Template, target: Target, names: Mapping[str, str]) -> dict[str, list[str]]:
    """Which of these are in the account, with a table's indexes."""
    found: dict[str, list[str]] = {}
    for logical, name in names.items():
        kind = template["Resources"][logical]["Type"]
        looked = {TABLE: _table_indexes, BUCKET: _bucket}[kind](name, target.region)
        if looked is not None:
            found[name] = looked
    return found


def _table_indexes(name: str, region: str) -> list[str] | None:
    dynamodb: Any = aws.client("dynamodb", region)
    try:
        table = dynamodb.describe_table(TableName=name)["Table"]
    except ClientError as error:
        if aws.code_of(error) != "ResourceNotFoundException":
            raise
        return None
    return [index["IndexName"] for index in table.get("GlobalSecondaryIndexes") or []]


def _bucket(name: str, region: str) -> list[str] | None:
    try:
        aws.client("s3", region).head_bucket(Bucket=name)
    except ClientError as error:
        if aws.code_of(error) not in {"404", "NoSuchBucket", "NotFound"}:
            raise
        return None
    return []
