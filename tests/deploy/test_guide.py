"""docs/deploying.md followed word for word, from a clean clone, as far as moto goes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.cloud import TABLES, Clone, Cloud, clone, running_cloud
from tests.deploy.guide import commands, follow


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with running_cloud() as running:
        yield running


def functions(cloud: Cloud) -> dict[str, Any]:
    found = cloud.client("lambda").list_functions()["Functions"]
    return {one["FunctionName"]: one for one in found}


def test_way_one__is_followed_to_its_end(cloud: Cloud, tmp_path: Path) -> None:
    made = clone(tmp_path, cloud.env)
    wanted = [*commands("State"), *commands("Way one")]
    assert len(wanted) > 15
    *before, delete = wanted
    assert "state delete" in delete

    follow(made, before)

    # What is left behind is what the guide says is left.
    assert not functions(cloud)
    assert not cloud.client("apigateway").get_rest_apis()["items"]
    assert not cloud.client("events").list_rules()["Rules"]
    assert not cloud.client("iam").list_roles()["Roles"]
    # Nobody is woken by what was taken away on purpose.
    alarms = cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarms
    assert not any(alarm["ActionsEnabled"] for alarm in alarms)
    manifest = json.loads((tmp_path / "copies" / "last" / "manifest.json").read_text())
    assert manifest["stage"] == "dev"

    follow(made, [delete])

    for service, listed, named in (
        ("cloudwatch", "describe_alarms", "MetricAlarms"),
        ("cloudwatch", "list_dashboards", "DashboardEntries"),
        ("sns", "list_topics", "Topics"),
        ("logs", "describe_log_groups", "logGroups"),
    ):
        assert not getattr(cloud.client(service), listed)()[named], named
    assert len(cloud.client("dynamodb").list_tables()["TableNames"]) == TABLES
    assert len(cloud.client("s3").list_buckets()["Buckets"]) == 3


def test_way_two__is_followed_the_first_time_again_after_a_failure_and_back(
    cloud: Cloud, tmp_path: Path
) -> None:
    made = clone(tmp_path, cloud.env)
    wanted = commands("Way two")
    again, back = wanted.index("cp packaged.yaml packaged-before.yaml"), wanted[-3:]
    first, second = wanted[:again], wanted[again:-3]
    bucket = next(line for line in first if line.startswith("BUILDS="))
    assert ("packaged-before.yaml" in back[0], "undeploy" in back[2]) == (True, True)

    # A first creation that fails leaves nothing but a stack to be deleted.
    at = next(n for n, line in enumerate(first) if "cloudformation deploy" in line)
    follow(made, first[:at])
    fail(made, bucket, first[at])
    assert status(cloud) == "ROLLBACK_COMPLETE"
    assert not functions(cloud)
    follow(made, ["aws cloudformation delete-stack --stack-name retainer-prod-code"])

    follow(made, [bucket, *first[at:]])

    before = functions(cloud)
    assert len(before) == 7
    (rest,) = cloud.client("apigateway").get_rest_apis()["items"]
    # The alarms look at it by this name, in either way.
    assert rest["name"] == "retainer-prod"
    url = f"https://{rest['id']}.execute-api.eu-west-1.amazonaws.com/api"
    assert parameter(cloud, "site-url") == url
    assert parameter(cloud, "market-url").startswith("https://")
    assert all(a["ActionsEnabled"] for a in
               cloud.client("cloudwatch").describe_alarms()["MetricAlarms"])  # fmt: skip
    for name in ("wait", "desk"):
        assert cloud.client("s3").get_object(
            Bucket=f"retainer-prod-{name}-123456789012-eu-west-1", Key="releases.json"
        )

    # One way can't take over what the other has made.
    refused = made.run("deploy", "--stage", "prod")
    assert (refused.returncode, "is the stack retainer-prod-code" in refused.stderr) == (1, True)

    # A change that fails in the middle is taken back, and made by the same command afterwards.
    page = tmp_path / "chalicelib" / "retainer" / "services" / "review.py"
    page.write_text(page.read_text() + "\n# a later version\n")
    fail(made, bucket, next(line for line in second if "cloudformation deploy" in line))
    assert status(cloud) == "UPDATE_ROLLBACK_COMPLETE"
    assert code_of(functions(cloud)) == code_of(before)
    assert {one["MemorySize"] for one in functions(cloud).values()} == {1024}

    follow(made, [bucket, *second])

    later = functions(cloud)
    assert set(code_of(later).values()).isdisjoint(code_of(before).values())

    follow(made, [bucket, *back[:1]])

    assert code_of(functions(cloud)) == code_of(before)

    follow(made, back[1:])

    assert not functions(cloud)
    assert not cloud.client("apigateway").get_rest_apis()["items"]
    assert len(cloud.client("dynamodb").list_tables()["TableNames"]) == TABLES


def fail(made: Clone, bucket: str, deploy: str) -> None:
    """Deploy a template that asks for more executions than the account has."""
    template = (made.folder / "packaged.yaml").read_text()
    wanted = "ReservedConcurrentExecutions: 50"
    assert wanted in template
    template = template.replace(wanted, "ReservedConcurrentExecutions: 5000")
    template = template.replace("MemorySize: 1024", "MemorySize: 512")
    (made.folder / "broken.yaml").write_text(template)
    script = f"{bucket}\n{deploy.replace('packaged.yaml', 'broken.yaml')}"
    env = {**made.env, "PATH": f"{made.folder}/.venv/bin:{made.env['PATH']}"}
    failed = subprocess.run(
        ["sh", "-c", script], cwd=made.folder, env=env, capture_output=True, text=True
    )
    assert failed.returncode != 0, failed.stdout


def parameter(cloud: Cloud, name: str) -> str:
    found = cloud.client("ssm").get_parameter(Name=f"/retainer/prod/{name}")
    return str(found["Parameter"]["Value"])


def code_of(found: dict[str, Any]) -> dict[str, str]:
    return {name: one["CodeSha256"] for name, one in found.items()}


def status(cloud: Cloud) -> str:
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="retainer-prod-code")[
        "Stacks"
    ]
    return str(stack["StackStatus"])


def test_templates__go_by_the_bucket_as_the_guide_says() -> None:
    """The CLI refuses one of over 51,200 bytes in the call."""
    lines = [line for line in commands("Way two") if "aws cloudformation deploy" in line]

    assert len(lines) == 3
    assert all(" --s3-bucket $BUILDS " in line for line in lines)


def test_region__is_set_for_every_tool() -> None:
    """The AWS CLI of version 1, which `make setup` brings, does not read AWS_REGION."""
    (line,) = [line for line in commands("State") if line.startswith("export ")]

    assert "AWS_REGION=" in line.replace("AWS_DEFAULT_REGION=", "")
    assert "AWS_DEFAULT_REGION=" in line
