"""`doctor`: is this service well, and if not, what is to be done?"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from chalicelib.kit.clock import SystemClock
from operate.answers import Answer
from operate.commands import command
from operate.doctor import before, proof, service, stage
from operate.doctor.findings import Check, Finding, run
from operate.doctor.visit import Visit
from operate.target import Target

EVERYWHERE = {
    "tables": service.tables,
    "schema": service.schema,
    "arrivals": service.arrivals,
    "market": service.markets,
    "hits": service.hits,
    "clock": service.clock,
    "routes": service.routes,
}
IN_AWS = {
    "account": stage.account,
    "parameters": stage.parameters,
    "functions": stage.functions,
    "schedules": stage.schedules,
    "queue": stage.queue,
    "sign-in": stage.sign_in,
    "floods": stage.floods,
    "recovery": stage.recovery,
    "pages": stage.pages,
    "alarms": stage.alarms,
    "quotas": stage.quotas,
}


BEFORE = {
    "credentials": before.account,
    "region": before.region,
    "concurrency": before.concurrency,
    "cloudfront": before.cloudfront,
    "cloudformation": before.stack,
    "access logs": before.access_logs,
    "mail": before.mail,
}


PROOF = {
    "signatures": proof.signatures,
    "cold starts": proof.cold_starts,
    "cloudfront": proof.sites,
}


def add_to(rooms: Any) -> None:
    doctor = command(
        rooms, "doctor", _doctor, "Look the service over: what is wrong, and how to mend it"
    )
    which = doctor.add_mutually_exclusive_group()
    which.add_argument(
        "--proof",
        action="store_true",
        help="try what AWS alone can tell: signatures, cold starts, CloudFront; some minutes",
    )
    which.add_argument(
        "--before", action="store_true", help="look at the account, before anything is made in it"
    )


def _doctor(target: Target, args: argparse.Namespace) -> Answer:
    if args.before:
        target.need_stage()
        return _look(BEFORE, target)
    if args.proof:
        local = {"signatures": proof.signatures}
        return _look(local if target.stage is None else PROOF, target)
    visit = Visit(SystemClock())
    checks = {
        **({} if target.stage is None else IN_AWS),
        **EVERYWHERE,
        "calls": visit.keyed_calls,
        "starts": visit.functions,
        # Last: it tells what all that came before has had written.
        "log": visit.log,
    }
    return _look(checks, target)


def _look(checks: Mapping[str, Check], target: Target) -> Answer:
    if target.stage is None:
        # Without a service there is nothing to look at, and one sentence says so.
        _ = target.config
    found = [finding for name, check in checks.items() for finding in run(name, check, target)]
    wrong = [finding for finding in found if not finding.ok]
    data = {
        "well": not wrong,
        "findings": [{**asdict(finding), "ok": finding.ok} for finding in found],
    }
    last = f"{len(wrong)} of {len(found)} findings are wrong." if wrong else "All is well."
    told = map(_line, _together(found))
    return Answer(data, text="\n".join([*told, last]), failed=bool(wrong))


def _together(found: Sequence[Finding]) -> list[Finding]:
    """What keeps several checks from looking is told once, with all their names."""
    told: dict[tuple[str, str], Finding] = {}
    for finding in found:
        # Of what is well each check says something of its own.
        key = (finding.mend or finding.check, finding.what)
        first = told.get(key)
        if first is None:
            told[key] = finding
        elif finding.check not in first.check.split(", "):
            told[key] = replace(first, check=f"{first.check}, {finding.check}")
    return list(told.values())


def _line(finding: Finding) -> str:
    if finding.ok:
        return f"ok     {finding.check}: {finding.what}"
    return f"WRONG  {finding.check}: {finding.what}\n       mend: {finding.mend}"
