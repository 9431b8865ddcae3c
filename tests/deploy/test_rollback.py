"""`retainer rollback` against moto: functions, routes and pages as they were before."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.kit.dynamo.tables import definition_of
from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS
from operate.migrate.migrations import WANTED
from operate.stages import Stage
from tests.deploy.cloud import Clone, Cloud

STAGE = Stage.named("dev")
NAMES = [definition_of(model).name for model in (*RETAINER_MODELS, *MARKETPLACE_MODELS)]
KINDS = f"({'|'.join(sorted(NAMES, key=len, reverse=True))})$"


def code(cloud: Cloud) -> dict[str, str]:
    found = cloud.client("lambda").list_functions()["Functions"]
    return {function["FunctionName"]: function["CodeSha256"] for function in found}


def routes(cloud: Cloud) -> set[str]:
    api = cloud.client("apigateway")
    (rest,) = api.get_rest_apis()["items"]
    return {one["path"] for one in api.get_resources(restApiId=rest["id"], limit=500)["items"]}


def test_version_before__comes_back_with_its_pages(deployed: Clone, cloud: Cloud) -> None:
    shown: dict[str, Any] = deployed.done("pages", "publish", "--stage", "dev")
    before, paths = code(cloud), routes(cloud)
    changed = {
        "chalicelib/retainer/api/worker_routes.py": ('"/retainer/page/hit/{hit_id}"',
                                                     '"/retainer/page/of/{hit_id}"'),
        "static/wait/text.js": ("// @ts-check", "// @ts-check, later"),
    }  # fmt: skip
    texts = {name: (deployed.folder / name).read_text() for name in changed}
    try:
        for name, (old, new) in changed.items():
            assert texts[name].count(old) == 1
            (deployed.folder / name).write_text(texts[name].replace(old, new))
        deployed.done("deploy", "--stage", "dev")
        later: dict[str, Any] = deployed.done("pages", "publish", "--stage", "dev")
    finally:
        for name, text in texts.items():
            (deployed.folder / name).write_text(text)
    assert set(code(cloud).values()).isdisjoint(before.values())
    assert routes(cloud) != paths
    assert later["wait"] != shown["wait"]

    back = deployed.done("rollback", "--stage", "dev")

    assert code(cloud) == before
    assert routes(cloud) == paths
    assert back["pages"] == shown
    listed = deployed.done("rollback", "--list", "--stage", "dev")
    assert [one["version"] for one in listed][-1] == back["version"]
    assert all(one["whole"] for one in listed)
    pages = deployed.done("pages", "list", "--stage", "dev")
    assert [one["version"] for one in pages if one["site"] == "wait"][-1] == shown["wait"]
    # What the deploy leaves open is linked again.
    api = cloud.client("apigateway")
    (rest,) = api.get_rest_apis()["items"]
    settings = api.get_stage(restApiId=rest["id"], stageName="api")["methodSettings"]["*/*"]
    assert settings["throttlingRateLimit"] == 500


def test_recovered_tables__are_deployed_and_no_version_before_leaves_them(
    deployed: Clone, cloud: Cloud
) -> None:
    first = deployed.done("rollback", "--list", "--stage", "dev")[-1]["version"]
    recovered = deployed.done("recover", "--to", "latest", "--switch", "--stage", "dev")
    assert recovered["linked"]
    prefix = tables_of(cloud)
    assert re.fullmatch(r"retainer-dev-\d{8}T\d{6}Z-", prefix)
    assert granted(cloud) == {prefix}
    # Those before have left the stack, and are in the account still.
    listed = cloud.client("dynamodb").get_paginator("list_tables").paginate()
    names = {name for page in listed for name in page["TableNames"]}
    assert {"retainer-dev-seats", f"{prefix}seats"} <= names

    back = deployed.done("rollback", "--to", first, "--stage", "dev")

    assert back["version"] == first
    assert tables_of(cloud) == prefix
    assert granted(cloud) == {prefix}

    deployed.done("switch", "retainer-dev-", "--stage", "dev")
    taken = deployed.run("state", "make", "--stage", "dev")

    assert taken.returncode == 0, taken.stderr
    assert f"{len(NAMES)} tables and buckets are there already: taken over" in taken.stderr


def tables_of(cloud: Cloud) -> str:
    """The prefix that all functions are given."""
    found = cloud.client("lambda").list_functions()["Functions"]
    (prefix,) = {f["Environment"]["Variables"]["RETAINER_TABLE_PREFIX"] for f in found}
    return str(prefix)


def granted(cloud: Cloud) -> set[str]:
    """The prefixes of the tables that the functions' roles may touch."""
    iam, found = cloud.client("iam"), set()
    for function in cloud.client("lambda").list_functions()["Functions"]:
        role = function["Role"].rpartition("/")[2]
        (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        tables = [r for s in document["Statement"] for r in s["Resource"] if ":table/" in r]
        found |= {re.sub(KINDS, "", r.partition(":table/")[2].partition("/")[0]) for r in tables}
    return found


def test_tables_that_lost_what_it_reads__keep_it_from_coming_back(
    deployed: Clone, cloud: Cloud
) -> None:
    notes = {"TableName": "retainer-dev-notes", "Key": {"name": {"S": "schema"}}}
    dynamodb = cloud.client("dynamodb")
    row = dynamodb.get_item(**notes)["Item"]
    try:
        dynamodb.put_item(
            TableName=notes["TableName"], Item={**row, "serves": {"N": str(WANTED + 1)}}
        )
        refused = deployed.run("rollback", "--stage", "dev")
    finally:
        dynamodb.put_item(TableName=notes["TableName"], Item=row)

    assert (refused.returncode, "the tables have lost" in refused.stderr) == (1, True)
