"""Which changes of a stage's state are made, in which steps, and which are refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from operate.stages import Stage
from operate.state.changes import Template, adopting, leaving, losses, steps
from operate.state.make import check_changes
from operate.target import Refused
from operate.template import Place, state_template

STAGE, PLACE = Stage.named("dev"), Place("123456789012", "eu-west-1")


def table(*indexes: str, keys: str = "id", types: str = "S", **more: Any) -> dict[str, Any]:
    """A table whose indexes are each by an attribute of the same name."""
    properties: dict[str, Any] = {
        "TableName": "retainer-dev-things",
        "KeySchema": [{"AttributeName": keys, "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": types} for name in sorted({keys, *indexes})
        ],
        "DeletionProtectionEnabled": {"Fn::If": ["IsProtected", True, False]},
        **more,
    }
    if indexes:
        properties["GlobalSecondaryIndexes"] = [
            {"IndexName": name, "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
             "Projection": {"ProjectionType": "ALL"}}
            for name in indexes
        ]  # fmt: skip
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "RetainExceptOnCreate",
        "Properties": properties,
    }


def template(**resources: Any) -> Template:
    return {"Resources": resources}


def indexes_of(step: Template, name: str = "Things") -> list[str]:
    found = step["Resources"][name]["Properties"].get("GlobalSecondaryIndexes", [])
    return [index["IndexName"] for index in found]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((), ("a", "b", "c")),
        (("a", "b", "c"), ()),
        (("a", "b"), ("b", "c", "d")),
        (("a",), ("b",)),
        (("a",), ("a", "b")),
    ],
)
def test_steps__change_one_index_of_a_table_each_and_end_where_they_should(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    now, wanted = template(Things=table(*before)), template(Things=table(*after))
    way = steps(now, wanted)

    assert way[-1] == wanted
    for earlier, later in pairwise([now, *way]):
        assert len({*indexes_of(earlier)} ^ {*indexes_of(later)}) == 1
        properties = later["Resources"]["Things"]["Properties"]
        # Attributes that no key names are refused, as are keys without one.
        defined = [one["AttributeName"] for one in properties["AttributeDefinitions"]]
        assert defined == sorted({"id", *indexes_of(later)})


def test_tables_of_one_change__take_their_steps_together() -> None:
    now = template(Things=table(), Others=table("z"))
    wanted = template(Things=table("a", "b"), Others=table("z", "x", "y"))

    way = steps(now, wanted)

    assert [(indexes_of(s), indexes_of(s, "Others")) for s in way] == [
        (["a"], ["z", "x"]), (["a", "b"], ["z", "x", "y"]),
    ]  # fmt: skip


def test_new_table__is_protected_only_by_the_last_step() -> None:
    """A change that fails must be able to take it back."""
    way = steps(template(Things=table()), template(Things=table(), New=table("a", "b")))

    protected = [s["Resources"]["New"]["Properties"]["DeletionProtectionEnabled"] for s in way]
    assert protected == [False, {"Fn::If": ["IsProtected", True, False]}]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (table(keys="other"), "its KeySchema"),
        (table(types="N"), "the type of its key id"),
        (table(TableName="another"), "its TableName"),
        (table(LocalSecondaryIndexes=[{"IndexName": "local", "KeySchema": []}]), "its Local"),
    ],
)
def test_change_that_would_empty_a_table__is_refused(wanted: dict[str, Any], said: str) -> None:
    now = template(Things=table())

    (found,) = losses(now, template(Things=wanted))

    assert found.startswith(f"retainer-dev-things: {said}")
    with pytest.raises(Refused, match="nothing is changed"):
        check_changes(now, template(Things=wanted), let_go=True)


def test_index_of_another_kind_under_the_same_name__is_refused() -> None:
    now, changed = template(Things=table("a")), template(Things=table("a"))
    index = changed["Resources"]["Things"]["Properties"]["GlobalSecondaryIndexes"][0]
    index["Projection"] = {"ProjectionType": "KEYS_ONLY"}

    assert "index a needs another name" in losses(now, changed)[0]


def test_table_of_a_later_version__leaves_only_when_that_is_said() -> None:
    now, wanted = template(Things=table(), Later=table()), template(Things=table())

    assert leaving(now, wanted) == ["retainer-dev-things"]
    with pytest.raises(Refused, match="--let-go"):
        check_changes(now, wanted, let_go=False)
    check_changes(now, wanted, let_go=True)


def test_taking_over__leaves_alone_what_is_there__and_asks_no_index_that_it_lacks() -> None:
    wanted = template(Things=table("a", "b"))
    first = adopting(wanted, {"retainer-dev-things": ["b"]})

    # A change that fails deletes what it has made, and this it has not.
    assert first["Resources"]["Things"]["DeletionPolicy"] == "Retain"
    assert indexes_of(first) == ["b"]
    assert adopting(wanted, {}) == wanted
    assert indexes_of(steps(first, wanted)[-1]) == ["a", "b"]


def test_state__has_names_that_another_region_does_not_share() -> None:
    """CloudFront's and dashboards' names are one for all regions, buckets' for all the world."""
    named = {
        "AWS::CloudFront::Function": ("Name",),
        "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig", "Name"),
        "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig", "Name"),
        "AWS::CloudWatch::Dashboard": ("DashboardName",),
        "AWS::S3::Bucket": ("BucketName",),
    }

    def names(region: str) -> set[str]:
        found = set()
        whole = state_template(STAGE, Place("123456789012", region))
        for resource in whole["Resources"].values():
            value = resource["Properties"]
            for key in named.get(resource["Type"], ()):
                value = value[key]
            if isinstance(value, str):
                found.add(value)
        return found

    here, there = names("eu-west-1"), names("us-west-2")
    assert len(here) == len(there) == 7
    assert not here & there
    assert all(len(name) <= 64 for name in here | there)


def test_queue__hides_a_message_for_six_times_its_functions_limit() -> None:
    queue = state_template(STAGE, PLACE)["Resources"]["EventsQueue"]["Properties"]
    assert queue["VisibilityTimeout"] == 360 == 6 * STAGE.timeout_s("market_events")
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5

    slower = Stage.named("dev")
    slower.settings["lambda_timeout"] = 200
    later = state_template(slower, PLACE)["Resources"]["EventsQueue"]["Properties"]
    # Lambda refuses a queue whose messages are hidden for less than the function may take.
    assert later["VisibilityTimeout"] == 1200


def test_nobody_is_woken__before_the_code_is_there() -> None:
    alarms = [r["Properties"] for r in state_template(STAGE, PLACE)["Resources"].values()
              if r["Type"] == "AWS::CloudWatch::Alarm"]  # fmt: skip

    assert len(alarms) > 10
    assert all(a["ActionsEnabled"] == {"Fn::If": ["IsLinked", True, False]} for a in alarms)
