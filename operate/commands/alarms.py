"""`alarms …`: what sounds, and who is told."""

from __future__ import annotations

import argparse
from typing import Any

from operate import aws
from operate.alarms import alarm_names, found_alarms, topic_arn
from operate.answers import Answer
from operate.commands import command, group
from operate.target import Refused, Target

_COLUMNS = ("alarm", "state", "since", "what")


def add_to(rooms: Any) -> None:
    does = group(rooms, "alarms", "What sounds, and who is told")
    command(does, "list", _list, "Every alarm of the stage; exit code 1 while one sounds")
    mail = command(does, "mail", _mail, "Have alarms mailed to an address, once it has confirmed")
    mail.add_argument("address")


def _list(target: Target, _: argparse.Namespace) -> Answer:
    stage = target.need_stage()
    wanted = alarm_names(stage)
    there = {one["AlarmName"]: one for one in found_alarms(stage, target.region)}
    rows = [
        {
            "alarm": name.removeprefix(f"{stage.prefix}-"),
            "state": there[name]["StateValue"],
            "since": there[name]["StateUpdatedTimestamp"].isoformat(timespec="seconds"),
            "what": there[name]["AlarmDescription"],
        }
        if name in there
        else {
            "alarm": name.removeprefix(f"{stage.prefix}-"),
            "state": "MISSING",
            "since": None,
            "what": f"make it: ./retainer state make --stage {stage.name}",
        }
        for name in wanted
    ]
    return Answer(rows, _COLUMNS, failed=any(row["state"] in {"ALARM", "MISSING"} for row in rows))


def _mail(target: Target, args: argparse.Namespace) -> Answer:
    stage = target.need_stage()
    if "@" not in args.address.strip("@"):
        raise Refused(f"{args.address!r} is no mail address")
    sns, topic = aws.client("sns", target.region), topic_arn(stage, target.region)
    try:
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=args.address)
    except sns.exceptions.NotFoundException:
        raise Refused(
            f"there is no topic {topic}: make it (./retainer state make --stage {stage.name})"
        ) from None
    text = f"a mail to {args.address} asks to confirm; alarms are sent there afterwards"
    return Answer({"topic": topic, "address": args.address, "confirmed": False}, text=text)
