"""The code that is deployed, whichever way it was: Chalice's record in the clone, or a stack."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from chalicelib.kit.clock import SystemClock
from operate.stages import Stage
from operate.state.stack import Stack
from operate.target import Refused, Target


@dataclass(frozen=True, slots=True)
class Deployed:
    """`market_url` is None where `chalice deploy` has made no address yet."""

    is_stack: bool
    api_id: str
    api_url: str
    market_url: str | None = None

    def at_market(self, url: str) -> Deployed:
        return replace(self, market_url=url)


def code_stack_name(stage: Stage) -> str:
    return f"{stage.prefix}-code"


def find_deployed(target: Target) -> Deployed:
    """Find the code that is deployed, at the stage's own domain if it has one.

    Raises `Refused` before a deploy.
    """
    stage = target.need_stage()
    found = _find_made(stage, target)
    return replace(found, api_url=stage.domain_url) if stage.domain else found


def _find_made(stage: Stage, target: Target) -> Deployed:
    stack = Stack(code_stack_name(stage), target.region, lambda _: None, SystemClock())
    if stack.exists():
        outputs = stack.outputs()
        url = outputs["EndpointURL"].rstrip("/")
        return Deployed(True, outputs["RestAPIId"], url, outputs["MarketURL"])
    if not record_of(stage).exists():
        raise Refused(
            f"nothing is deployed: there is neither the stack {stack.name} nor {record_of(stage)}. "
            f"Deploy first (retainer deploy --stage {stage.name}), or link from the clone that "
            "deploys this stage"
        )
    return _of_chalice(stage, target.region)


def record_of(stage: Stage) -> Path:
    """Where Chalice notes what it made."""
    return stage.root / ".chalice" / "deployed" / f"{stage.name}.json"


def check_region(stage: Stage, region: str) -> None:
    """One clone, one region: Chalice's record has one place for a stage, and by it a deploy to
    another region would change the first one's functions. Raises `Refused`."""
    record = record_of(stage)
    if not record.exists():
        return
    arns = [
        str(value)
        for one in json.loads(record.read_text()).get("resources", [])
        for name, value in one.items()
        if name.endswith("_arn") and ":lambda:" in str(value)
    ]
    regions = {arn.split(":")[3] for arn in arns}
    if regions - {region}:
        raise Refused(
            f"this clone has deployed {stage.name} to {', '.join(sorted(regions))}, not {region}: "
            "another region wants a stage of its own in .chalice/config.json, or way two"
        )


def _of_chalice(stage: Stage, region: str) -> Deployed:
    check_region(stage, region)
    record = record_of(stage)
    found = json.loads(record.read_text())["resources"]
    api = next((one for one in found if one["resource_type"] == "rest_api"), None)
    if api is None:
        raise Refused(f"{record} knows no API: the last deploy did not end well; deploy again")
    return Deployed(False, str(api["rest_api_id"]), str(api["rest_api_url"]).rstrip("/"))
