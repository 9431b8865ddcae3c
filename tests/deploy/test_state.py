"""`retainer state make` against moto: the first time, again, after failures, in another place."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.kit.clock import SystemClock
from operate.stages import ROOT, TABLE_PREFIX, Stage
from operate.state.changes import kept_names, steps
from operate.state.make import delete_state, make_state, state_stack
from operate.state.stack import Stack
from operate.target import Refused, Target
from operate.template.state import PROTECTED
from tests.deploy.cloud import TABLES, Cloud, running_cloud

BLOCKED = "/aws/lambda/retainer-dev-mturk"
"""A log group that a function's last line has made again, say: CloudFormation can't make it."""


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running_cloud() as running:
        yield running


@dataclass
class Place:
    """A region of its own for each test: in one server, yet apart."""

    cloud: Cloud
    region: str
    target: Target
    said: list[str] = field(default_factory=list)

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service, region_name=self.region, endpoint_url=self.cloud.url,
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip

    def make(self, **options: Any) -> list[str]:
        self.said.clear()
        make_state(self.target, self.said.append, SystemClock(), **options)
        return self.said

    @property
    def stack(self) -> Stack:
        return state_stack(self.target, self.said.append, SystemClock())

    def tables(self) -> list[str]:
        return list(self.client("dynamodb").list_tables()["TableNames"])

    def block(self) -> None:
        self.client("logs").create_log_group(logGroupName=BLOCKED)

    def unblock(self) -> None:
        self.client("logs").delete_log_group(logGroupName=BLOCKED)


@pytest.fixture
def place_in(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Place]:
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, cloud.env[name])

    def place(region: str, root: Path = ROOT) -> Place:
        monkeypatch.setenv("AWS_REGION", region)
        return Place(cloud, region, Target(Stage.named("dev", root)))

    return place


def test_creation_that_failed__leaves_nothing_and_is_repeated(
    place_in: Callable[..., Place],
) -> None:
    place = place_in("eu-central-1")
    place.block()

    with pytest.raises(Refused, match=r"ROLLBACK_COMPLETE: MturkLogs: .*already exists"):
        place.make()

    assert place.tables() == []
    place.unblock()
    said = place.make()
    assert any("its first creation failed" in line for line in said)
    assert len(place.tables()) == TABLES
    # Nobody deletes them by mistake, nor the stack.
    with pytest.raises(ClientError, match="DeletionProtectionEnabled"):
        place.client("dynamodb").delete_table(TableName="retainer-dev-seats")
    with pytest.raises(ClientError, match="TerminationProtection"):
        place.client("cloudformation").delete_stack(StackName="retainer-dev-state")
    assert not any("changing" in line or "being made" in line for line in place.make())

    # Change sets that nobody carried out are no creation either.
    place.stack.protect(False)
    place.client("cloudformation").delete_stack(StackName="retainer-dev-state")


def test_update__adds_indexes_one_after_another_and_takes_a_failed_one_back(
    place_in: Callable[..., Place],
) -> None:
    place = place_in("eu-north-1")
    place.make()
    wanted = place.stack.template()
    older = json.loads(json.dumps(wanted))
    table = next(
        r for r in older["Resources"].values()
        if len(r["Properties"].get("GlobalSecondaryIndexes", [])) > 1
    )["Properties"]  # fmt: skip
    keys = {key["AttributeName"] for key in table["KeySchema"]}
    del table["GlobalSecondaryIndexes"]
    table["AttributeDefinitions"] = [
        one for one in table["AttributeDefinitions"] if one["AttributeName"] in keys
    ]
    del older["Resources"]["MturkLogs"]
    for step in steps(wanted, older):
        place.stack.apply(step, {})
    name = table["TableName"]
    dynamodb = place.client("dynamodb")
    assert not dynamodb.describe_table(TableName=name)["Table"].get("GlobalSecondaryIndexes")
    place.block()

    with pytest.raises(Refused, match="UPDATE_ROLLBACK_COMPLETE"):
        place.make()
    place.unblock()
    place.make()

    assert place.stack.template() == wanted
    there = dynamodb.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]
    assert len(there) > 1


def test_tables_that_outlived_their_stack__are_taken_over_with_what_is_in_them(
    place_in: Callable[..., Place],
) -> None:
    place = place_in("eu-west-2")
    place.make()
    dynamodb, notes = place.client("dynamodb"), "retainer-dev-notes"
    dynamodb.put_item(TableName=notes, Item={"name": {"S": "kept"}})

    kept = delete_state(place.target, place.said.append, SystemClock())

    assert len(kept) == TABLES + 2
    assert not place.stack.exists()
    assert len(place.tables()) == TABLES
    place.block()
    with pytest.raises(Refused, match="ROLLBACK_COMPLETE"):
        place.make()
    # What a failed takeover takes back is not what it has taken over.
    assert len(place.tables()) == TABLES
    place.unblock()
    said = place.make()
    assert any(
        f"{TABLES + 2} tables and buckets are there already: taken over" in line for line in said
    )
    assert "Item" in dynamodb.get_item(TableName=notes, Key={"name": {"S": "kept"}})
    assert place.stack.is_protected()


def test_older_clone__takes_no_table_out_unasked__and_the_newer_one_takes_it_back(
    place_in: Callable[..., Place], tmp_path: Path
) -> None:
    place = place_in("eu-west-3")
    place.make()
    newer = place.stack.template()
    extra = json.loads(json.dumps(newer["Resources"]["TableNotes"]))
    extra["Properties"]["TableName"] = "retainer-dev-later"
    newer["Resources"]["TableLater"] = extra
    for step in steps(place.stack.template(), newer):
        place.stack.apply(step, {})

    with pytest.raises(Refused, match=r"does not have retainer-dev-later\. If it is older"):
        place.make()
    assert "TableLater" in kept_names(place.stack.template())
    place.make(let_go=True)

    assert "TableLater" not in kept_names(place.stack.template())
    assert "retainer-dev-later" in place.tables()


def test_stage_in_a_second_region_with_another_prefix__leaves_the_first_alone(
    place_in: Callable[..., Place], tmp_path: Path
) -> None:
    first = place_in("us-east-1")
    first.make()
    before = {
        one["DomainName"]
        for one in first.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    }
    shutil.copytree(ROOT / ".chalice" / "policies", tmp_path / ".chalice" / "policies")
    settings = json.loads((ROOT / ".chalice" / "config.json").read_text())
    settings["stages"]["dev"]["environment_variables"][TABLE_PREFIX] = "flood-"
    (tmp_path / ".chalice" / "config.json").write_text(json.dumps(settings))

    second = place_in("us-west-2", tmp_path)
    second.make()

    assert {name.startswith("flood-") for name in second.tables()} == {True}
    assert len(second.tables()) == len(first.tables()) == TABLES
    after = {
        one["DomainName"]
        for one in first.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    }
    assert before < after
    assert len(after - before) == 2
    outputs = second.stack.outputs()
    assert outputs["WaitBucketName"] == "retainer-dev-wait-123456789012-us-west-2"
    assert second.stack.parameters()[PROTECTED] == "true"
