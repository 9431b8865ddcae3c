"""Checks that call the service as its callers do: with a key, by its functions, and by its log."""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any

from chalicelib.health import OF_MARKETPLACE, OF_RETAINER
from chalicelib.kit.clock import Clock
from chalicelib.kit.config import Config
from chalicelib.kit.invocation import DOCTOR
from chalicelib.retainer.services.keys import Scope
from operate import aws
from operate.doctor.asking import ask
from operate.doctor.findings import Finding
from operate.target import Refused, Target

_WRITTEN_WITHIN_S = 30
"""CloudWatch has a line some seconds after it was written."""

_SHOWN = 300
_NOBODYS = "0" * 16
_SEVERE = ("ERROR", "CRITICAL")
_REFUSED = "AccessDenied"
"""A call to AWS that the role may not make: never right, even where it is only warned of."""

_OF_THE_RUNTIME = ("[ERROR]", "Task timed out", "Runtime exited", "Runtime.")
"""What Lambda itself writes, in no form of ours, where a function could not even begin or end."""


class Visit:
    """One look at a service, whose traces can be told from everybody else's by its id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_ms = clock.now_ms()
        self.id = f"doctor-{secrets.token_hex(8)}"
        self.answered: list[str] = []

    def keyed_calls(self, target: Target) -> Iterator[Finding]:
        """What an application asks, with a key made for this and taken away afterwards; and what
        pages ask, of nobody."""
        site = target.config.marketplace.site_url
        with target.app.retainer.keys.lent(Scope.APPLICATION) as key:
            for path in ("/retainer/protohit/list", "/retainer/reservation/list?limit=1&v=1"):
                yield from self._answer(site + path, list, {"x-api-key": key})
        yield from self._answer(f"{site}/retainer/gettask/assignment/{_NOBODYS}", dict)
        market = target.config.marketplace
        if market.enabled:
            yield from self._answer(f"{site}/market/entry", dict)
            yield from _open_to(f"{site}/market/entry", market.worker_origin, _deploy(target))

    def _answer(
        self, address: str, kind: type, headers: dict[str, str] | None = None
    ) -> Iterator[Finding]:
        asked = ask(address, headers=headers)
        path = address.partition("/retainer/")[2] or address.partition("/market/")[2]
        who = "with a key" if headers else "by a page"
        if asked.status == 200 and isinstance(asked.json, kind):
            yield Finding("calls", f"{path} asked {who}: answered")
            return
        what = f"GET {path} asked {who} answers {asked.status}: {asked.text[:_SHOWN]}"
        yield Finding("calls", what, _mend(asked.status))

    def functions(self, target: Target) -> Iterator[Finding]:
        """Start each function with an event that has it touch what it needs and change nothing."""
        client = aws.client("lambda", target.region)
        for full in _names(target):
            payload = json.dumps(self.event(target.region)).encode()
            try:
                answer = client.invoke(FunctionName=full, Payload=payload)
            except client.exceptions.ResourceNotFoundException:
                yield Finding("starts", f"{full} is not there", _deploy(target))
                continue
            said = _read(answer["Payload"].read())
            if "FunctionError" in answer or not isinstance(said, dict) or "read" not in said:
                yield Finding(
                    "starts",
                    f"{full} was started and fails: {_text(said)[:_SHOWN]}",
                    "its log says why; where it was refused something by AWS, "
                    f"its role is not this version's: {_deploy(target)}",
                )
                continue
            self.answered.append(full)
            read = f", reads {', '.join(said['read'])}" if said["read"] else ""
            yield Finding("starts", f"{full} starts{read}")

    def event(self, region: str) -> dict[str, Any]:
        """Of the form that all of them take, be they a schedule's, a queue's or an address's."""
        return {
            "version": "0",
            "id": self.id,
            "detail-type": "Health check",
            "source": DOCTOR,
            "account": "",
            "time": "",
            "region": region,
            "resources": [],
            "detail": {"doctor": self.id},
            "Records": [],
        }

    def log(self, target: Target) -> Iterator[Finding]:
        """What was written since this visit began: errors of whatever was served meanwhile."""
        full_names = [*_names(target), *_api(target)]
        waiting = set(self.answered) if target.stage is not None else set()
        end_ms = self._clock.now_ms() + _WRITTEN_WITHIN_S * 1000
        while True:
            lines = {name: self._lines(target, name) for name in full_names}
            waiting -= {name for name in waiting if any(self.id in t for t in lines[name])}
            if not waiting or self._clock.now_ms() >= end_ms:
                break
            self._clock.sleep(1)
        for name in sorted(waiting):
            what = f"{name} answered, and wrote nothing within {_WRITTEN_WITHIN_S} s"
            yield Finding("log", what, f"its role may not write logs, or late: {_deploy(target)}")
        met = Counter(
            (name, text) for name in full_names for text in map(_error_of, lines[name]) if text
        )
        for (name, text), times in met.items():
            again = f" ({times} times)" if times > 1 else ""
            mend = "what stands there says; docs/runbook.md#errors-logged goes on from it"
            yield Finding("log", f"{name}: {text[:_SHOWN]}{again}", mend)
        if not met:
            yield Finding("log", f"{len(full_names)} functions have logged no error meanwhile")

    def _lines(self, target: Target, name: str) -> list[str]:
        """Those of errors, and this visit's own."""
        logs = aws.client("logs", target.region)
        wanted = [*_SEVERE, _REFUSED, *_OF_THE_RUNTIME, self.id]
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{name}",
            startTime=self._began_ms,
            filterPattern=" ".join(f'?"{term}"' for term in wanted),
        )
        try:
            return [event["message"] for page in pages for event in page["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []


def _open_to(address: str, origin: str, mend: str) -> Iterator[Finding]:
    """Whose pages may read the worker site's answers, by a preflight."""
    asking = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    found = ask(address, "OPTIONS", headers=asking).headers.get("access-control-allow-origin")
    if found == origin:
        yield Finding("calls", f"the worker site's routes are open to pages of {origin}")
    else:
        what = f"the worker site's routes are open to pages of {found}, not of {origin}"
        yield Finding("calls", what, f"the functions were deployed with another address: {mend}")


def _names(target: Target) -> list[str]:
    """The functions that are started by events, by their full names."""
    config = target.config
    short = [*OF_RETAINER, *(OF_MARKETPLACE if config.marketplace.enabled else ())]
    if not config.retainer.events_queue:
        short.remove("market_events")
    if target.stage is not None:
        return [target.stage.function(name) for name in short]
    return [f"{_local_prefix(config)}-{name}" for name in short]


def _api(target: Target) -> list[str]:
    stage = target.stage
    return [_local_prefix(target.config) if stage is None else stage.function("api_handler")]


def _local_prefix(config: Config) -> str:
    prefix = config.retainer.sizing_function.removesuffix("-size_pools")
    if not prefix:
        raise Refused("RETAINER_SIZING_FUNCTION is not set: no function can be started")
    return prefix


def _deploy(target: Target) -> str:
    if target.stage is None:
        return "start the local stack again"
    return f"retainer deploy --stage {target.stage.name}, or deploy the stack again"


def _mend(status: int) -> str:
    if status in {401, 403}:
        return "the key was not found where the API looks: see its RETAINER_TABLE_PREFIX"
    return "see the API's log below, or docs/runbook.md#api-failing"


def _read(payload: bytes) -> Any:
    try:
        return json.loads(payload or b"null")
    except ValueError:
        return payload.decode("utf-8", "replace")


def _text(said: Any) -> str:
    if isinstance(said, dict) and "errorMessage" in said:
        return f"{said.get('errorType', 'an error')}: {said['errorMessage']}"
    return str(said)


def _error_of(line: str) -> str:
    """What an error's line says, so that the same one reads the same; empty for no error."""
    try:
        said = json.loads(line)
    except ValueError:
        return re.sub(r"\s+", " ", line) if any(t in line for t in _OF_THE_RUNTIME) else ""
    if not isinstance(said, dict):
        return ""
    if said.get("level") not in _SEVERE and _REFUSED not in line:
        return ""
    cause = str(said.get("error") or said.get("why") or "").strip().rpartition("\n")[2]
    return ": ".join(part for part in (str(said.get("message", "")), cause) if part)
