"""docs/deploying.md followed word for word, from a clean clone, as far as moto goes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.cloud import Clone, Cloud, clone, running_cloud
from tests.deploy.guide import commands, is_followed


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with running_cloud() as running:
        yield running


def follow(clone: Clone, command: str) -> str:
    done = subprocess.run(
        ["sh", "-c", command], cwd=clone.folder, env=clone.env, capture_output=True, text=True
    )
    if " doctor " in command and "--before" not in command:
        # moto runs no functions: what asks them finds nobody.
        wrong = {f["check"] for f in json.loads(done.stdout)["findings"] if not f["ok"]}
        assert wrong == {"market", "clock", "routes", "calls", "starts"}
    else:
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_way_one__is_followed_to_its_end(cloud: Cloud, tmp_path: Path) -> None:
    made = clone(tmp_path, cloud.env)
    wanted = [c for c in commands("Way one") if is_followed(c)]
    assert len(wanted) > 10

    for command in wanted:
        follow(made, command.replace(" doctor ", " --json doctor "))

    # What is left behind is what the guide says is left.
    assert not cloud.client("lambda").list_functions()["Functions"]
    assert not cloud.client("apigateway").get_rest_apis()["items"]
    assert not cloud.client("events").list_rules()["Rules"]
    assert not cloud.client("iam").list_roles()["Roles"]
    # Nobody is woken by what was taken away on purpose.
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarms
    assert not any(alarm["ActionsEnabled"] for alarm in alarms)
    assert cloud.client("dynamodb").list_tables()["TableNames"]
    assert len(cloud.client("s3").list_buckets()["Buckets"]) == 3
    assert (tmp_path / "copies" / "last" / "manifest.json").is_file()
    assert json.loads((tmp_path / "copies/last/manifest.json").read_text())["stage"] == "dev"


def test_way_two__is_followed_up_to_the_stack(cloud: Cloud, tmp_path: Path) -> None:
    made = clone(tmp_path, cloud.env)
    wanted = commands("Way two")
    stack = next(n for n, c in enumerate(wanted) if c.startswith("aws cloudformation"))

    for command in wanted[:stack]:
        if is_followed(command):
            follow(made, command)

    named = next(word for word in wanted[stack].split() if word.endswith("sam.json"))
    assert (tmp_path / named).is_file()
    names = cloud.client("ssm").get_parameters_by_path(Path="/retainer/prod")["Parameters"]
    assert len(names) == 10
