"""`doctor`: is this service well, and if not, what is to be done?"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from chalicelib.clock import SystemClock
from operate.answers import Answer
from operate.commands import command
from operate.doctor import service, stage
from operate.doctor.findings import Finding, run
from operate.doctor.visit import Visit
from operate.target import Target

EVERYWHERE = {
    "tables": service.tables,
    "schema": service.schema,
    "market": service.markets,
    "clock": service.clock,
    "routes": service.routes,
}
IN_AWS = {
    "account": stage.account,
    "parameters": stage.parameters,
    "functions": stage.functions,
    "schedules": stage.schedules,
    "queue": stage.queue,
    "recovery": stage.recovery,
    "pages": stage.pages,
    "alarms": stage.alarms,
    "quotas": stage.quotas,
}


def add_to(rooms: Any) -> None:
    command(rooms, "doctor", _doctor, "Look the service over: what is wrong, and how to mend it")


def _doctor(target: Target, _: argparse.Namespace) -> Answer:
    visit = Visit(SystemClock())
    checks = {
        **({} if target.stage is None else IN_AWS),
        **EVERYWHERE,
        "calls": visit.keyed_calls,
        "starts": visit.functions,
        # Last: it tells what all that came before has had written.
        "log": visit.log,
    }
    found = [finding for name, check in checks.items() for finding in run(name, check, target)]
    wrong = [finding for finding in found if not finding.ok]
    data = {
        "well": not wrong,
        "findings": [{**asdict(finding), "ok": finding.ok} for finding in found],
    }
    last = f"{len(wrong)} of {len(found)} findings are wrong." if wrong else "All is well."
    return Answer(data, text="\n".join([*map(_line, found), last]), failed=bool(wrong))


def _line(finding: Finding) -> str:
    if finding.ok:
        return f"ok     {finding.check}: {finding.what}"
    return f"WRONG  {finding.check}: {finding.what}\n       mend: {finding.mend}"
