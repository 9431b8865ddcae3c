"""What `retainer doctor` reads in CloudWatch's logs, on moto's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock, SystemClock
from operate.doctor.findings import Finding
from operate.doctor.visit import Visit
from operate.stages import Stage
from operate.target import Target
from tests.deploy.cloud import Clone, Cloud


@pytest.fixture
def target(deployed: Clone, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Target:
    for name, value in cloud.env.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return Target(Stage("dev", deployed.folder))


def write(cloud: Cloud, function: str, at_ms: int, *lines: Any) -> None:
    logs = cloud.client("logs")
    group, stream = f"/aws/lambda/retainer-dev{function}", str(at_ms)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    events = [{"timestamp": at_ms, "message": text} for text in texts]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def test_errors_since_the_visit_began__are_told__each_once(target: Target, cloud: Cloud) -> None:
    visit = Visit(clock := FakeClock(SystemClock().now_ms()))
    now = clock.now_ms()
    failed = {"level": "ERROR", "message": "failed", "error": "Traceback …\nKeyError: 'x'"}
    refused = {"level": "WARNING", "message": "unavailable", "why": "AccessDeniedException"}
    write(cloud, "-review", now - 1000, {"level": "ERROR", "message": "before"})
    write(cloud, "-review", now, failed, failed, {"level": "INFO", "message": "no ERROR"})
    write(cloud, "", now + 1, refused, {"level": "WARNING", "message": "market away"})
    write(cloud, "-mturk", now + 2, "[ERROR] Runtime.ImportModuleError: no module\n x", "REPORT")

    found = list(visit.log(target))

    assert {f.what for f in found} == {
        "retainer-dev-review: failed: KeyError: 'x' (2 times)",
        "retainer-dev: unavailable: AccessDeniedException",
        "retainer-dev-mturk: [ERROR] Runtime.ImportModuleError: no module x",
    }
    assert not any(f.ok for f in found)


def test_function_that_answers_and_writes_nothing__is_told(target: Target, cloud: Cloud) -> None:
    visit = Visit(clock := FakeClock(SystemClock().now_ms() + 60_000))
    visit.answered += ["retainer-dev-size_pools", "retainer-dev-market_tick"]
    write(cloud, "-size_pools", clock.now_ms(), {"level": "INFO", "cause": visit.id})

    silent, clean = visit.log(target)

    assert silent.what == "retainer-dev-market_tick answered, and wrote nothing within 30 s"
    assert clean == Finding("log", "7 functions have logged no error meanwhile")
