"""`retainer recover` and `switch` against moto: DynamoDB's own restores, and what they lack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from chalicelib.kit.dynamo.tables import definition_of
from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS
from operate import policies
from operate.recover.restores import DynamoRestores
from operate.recover.switching import use_tables
from operate.stages import Stage
from operate.template.tables import tables as template_tables
from tests.deploy.cloud import Clone, Cloud, clone, running_cloud
from tests.deploy.moto_restores import AT_ONCE

DEFINITIONS = [definition_of(model) for model in (*RETAINER_MODELS, *MARKETPLACE_MODELS)]
NEW = "retainer-dev-after-"
POLL = {
    "hit_type_id": {"S": "Poll"},
    "spec": {"S": "{}"},
    "sandbox": {"BOOL": True},
    "stopped": {"BOOL": False},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cloud, Clone]]:
    with running_cloud() as cloud:
        there = clone(tmp_path_factory.mktemp("clone"), cloud.env)
        there.done("state", "make", "--stage", "dev")
        there.done("migrate", "--stage", "dev")
        dynamodb = cloud.client("dynamodb")
        dynamodb.put_item(TableName="retainer-dev-protohits", Item=POLL)
        arn = dynamodb.describe_table(TableName="retainer-dev-seats")["Table"]["TableArn"]
        tags = [{"Key": "project", "Value": "lab 7"}]
        dynamodb.tag_resource(ResourceArn=arn, Tags=tags)
        yield cloud, there


def names(cloud: Cloud) -> set[str]:
    pages = cloud.client("dynamodb").get_paginator("list_tables").paginate()
    return {name for page in pages for name in page["TableNames"]}


def test_stage__is_recovered_beside_itself_and_switched_over_and_back(
    made: tuple[Cloud, Clone],
) -> None:
    cloud, there = made
    dynamodb, before = cloud.client("dynamodb"), names(cloud)

    early = there.run("recover", "--to", "1d ago", "--prefix", NEW, "--stage", "dev")
    assert (early.returncode, "was there at" in early.stderr) == (1, True), early.stderr
    assert names(cloud) == before

    first = there.run("--json", "recover", "--to", "latest", "--prefix", NEW, "--stage", "dev")
    assert first.returncode == 0, first.stderr
    found = json.loads(first.stdout)
    assert names(cloud) - before == {NEW + d.name for d in DEFINITIONS}
    for definition in DEFINITIONS:
        assert_whole(dynamodb, NEW, definition)
    assert f"{AT_ONCE} under way" in first.stderr
    counts = {row["table"]: row for row in found["counts"]}
    assert counts["protohits"] == {"table": "protohits", "now": 1, "recovered": 1}
    arn = dynamodb.describe_table(TableName=f"{NEW}seats")["Table"]["TableArn"]
    tags = dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "project", "Value": "lab 7"}]
    # Those before are as they were.
    old = dynamodb.scan(TableName="retainer-dev-protohits")["Items"]
    assert old == [POLL]
    new = dynamodb.scan(TableName=f"{NEW}protohits")["Items"]
    assert [row["stopped"] for row in new] == [{"BOOL": True}]

    # The line that says how to go on does so, and finds all done.
    (line,) = [one for one in first.stderr.splitlines() if "it goes on by" in one]
    words = line.partition("./retainer ")[2].split()
    again = there.run("--json", *words)
    assert again.returncode == 0, again.stderr
    assert "switched on" not in again.stderr
    assert json.loads(again.stdout)["counts"] == found["counts"]

    there.done("switch", NEW, "--stage", "dev")
    stage = Stage.named("dev", there.folder)
    assert stage.table_prefix == NEW
    policies.check_files(stage)
    checks = json.loads(there.run("--json", "doctor", "--stage", "dev").stdout)["findings"]
    (recovery,) = [one for one in checks if one["check"] == "recovery"]
    assert recovery["ok"], recovery
    # Switched over, it goes on from where its tables came from.
    after = there.run("--json", *words)
    assert after.returncode == 0, after.stderr
    there.done("switch", "retainer-dev-", "--stage", "dev")
    assert (there.folder / ".chalice" / "config.json").read_text() == (
        Path(__file__).parents[2] / ".chalice" / "config.json"
    ).read_text()


def test_prefix_of_no_tables__does_not_have_empty_ones_made(made: tuple[Cloud, Clone]) -> None:
    cloud, there = made
    stage, before = Stage.named("dev", there.folder), names(cloud)
    own = stage.table_prefix
    try:
        use_tables(stage, "nowhere-")
        refused = there.run("state", "make", "--stage", "dev")
    finally:
        use_tables(stage, own)

    assert (refused.returncode, "nothing is changed" in refused.stderr) == (1, True)
    assert names(cloud) == before


def assert_whole(dynamodb: Any, prefix: str, definition: Any) -> None:
    name = prefix + definition.name
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    indexes = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])}
    assert indexes == {index["IndexName"] for index in definition.global_indexes}
    kept = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert kept["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert (ttl["TimeToLiveStatus"] == "ENABLED") == (definition.ttl_attribute is not None)


def test_table_that_lacks_everything__is_given_it_once(made: tuple[Cloud, Clone]) -> None:
    cloud, _ = made
    dynamodb = cloud.client("dynamodb")
    restores = DynamoRestores(dynamodb, FakeClock())
    (seats,) = [one for one in DEFINITIONS if one.name == "seats"]
    source, target = "retainer-dev-seats", "bare-seats"
    whole = restores.source(source)
    assert whole is not None
    assert whole.latest is not None
    assert restores.begin(source, target, whole.latest)
    restored = restores.restored(target)
    assert restored is not None
    assert (restored.source, restored.at, restored.ready) == (source, whole.latest, False)
    # The answer to the first try got lost.
    assert restores.begin(source, target, whole.latest)
    while not restored.ready:
        restored = restores.restored(target)
        assert restored is not None

    done = restores.finish(target, source, seats, protect=True)

    assert {"clearing by time", "point-in-time recovery", "protection from deletion"} < set(done)
    assert dynamodb.describe_table(TableName=target)["Table"]["DeletionProtectionEnabled"]
    assert restores.finish(target, source, seats, protect=True) == []
    copied = restores.source(target)
    assert copied is not None
    assert copied.copied_from == source


def test_table_of_a_backup__is_known_to_be_of_no_moment(made: tuple[Cloud, Clone]) -> None:
    cloud, _ = made
    dynamodb = cloud.client("dynamodb")
    backup = dynamodb.create_backup(TableName="retainer-dev-keys", BackupName="by-hand")
    arn = backup["BackupDetails"]["BackupArn"]
    dynamodb.restore_table_from_backup(TargetTableName="hand-keys", BackupArn=arn)
    restores = DynamoRestores(dynamodb, FakeClock())

    restored = restores.restored("hand-keys")

    assert restored is not None
    assert (restored.source, restored.at, restored.ready) == ("retainer-dev-keys", None, True)
    assert restores.restored("hand-none") is None
    assert restores.source("hand-none") is None
    # Only what DynamoDB itself kept of a table that was deleted counts as that.
    assert restores.deleted_copy("retainer-dev-keys") is None


def test_table_names__are_those_of_the_template(made: tuple[Cloud, Clone]) -> None:
    cloud, there = made
    stage = Stage.named("dev", there.folder)

    wanted = {resource["Properties"]["TableName"] for resource in template_tables(stage).values()}

    assert wanted <= names(cloud)
