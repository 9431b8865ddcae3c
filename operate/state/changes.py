"""What a stack of state may be asked to change, and in which steps. Pure: templates in and out."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from typing import Any

Template = dict[str, Any]

TABLE, BUCKET = "AWS::DynamoDB::Table", "AWS::S3::Bucket"
KEPT = {TABLE: "TableName", BUCKET: "BucketName"}
"""Types of what is never to be lost, with the property that names one."""

_INDEXES = "GlobalSecondaryIndexes"


def kept_names(template: Template) -> dict[str, str]:
    """Logical name: name in the account, of all tables and buckets."""
    return {
        logical: str(resource["Properties"][KEPT[resource["Type"]]])
        for logical, resource in template["Resources"].items()
        if resource["Type"] in KEPT
    }


def leaving(now: Template, wanted: Template) -> list[str]:
    """Names of tables and buckets that would not be in the stack any more."""
    stay = kept_names(wanted)
    return [name for logical, name in kept_names(now).items() if logical not in stay]


def losses(now: Template, wanted: Template) -> list[str]:
    """Sentences on changes that DynamoDB makes only by an empty table in the old one's place."""
    return [
        f"{kept_names(now)[logical]}: {what}"
        for logical, resource in wanted["Resources"].items()
        if resource["Type"] in KEPT and logical in now["Resources"]
        for what in _losses_of(now["Resources"][logical], resource)
    ]


def _losses_of(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    before, after = now["Properties"], wanted["Properties"]
    named = KEPT[wanted["Type"]]
    for fixed in (named, "KeySchema", "LocalSecondaryIndexes"):
        if before.get(fixed) != after.get(fixed):
            yield f"its {fixed} can't be changed"
    types = _types(before)
    for name, kind in _types(after).items():
        if types.get(name, kind) != kind:
            yield f"the type of its key {name} can't be changed"
    there = {index["IndexName"]: index for index in before.get(_INDEXES, [])}
    for index in after.get(_INDEXES, []):
        if there.get(index["IndexName"], index) != index:
            yield f"its index {index['IndexName']} needs another name, to be made beside the old"


def _types(properties: Mapping[str, Any]) -> dict[str, str]:
    found = properties.get("AttributeDefinitions", [])
    return {one["AttributeName"]: one["AttributeType"] for one in found}


def adopting(wanted: Template, there: Mapping[str, Collection[str]]) -> Template:
    """The template that takes over tables and buckets which are there already.

    `there`: the name in the account, and a table's indexes. A change that fails leaves them alone;
    indexes that they lack come afterwards.
    """
    first = copy.deepcopy(wanted)
    for logical, name in kept_names(first).items():
        if name in there:
            resource = first["Resources"][logical]
            resource["DeletionPolicy"] = "Retain"
            _keep_indexes(resource["Properties"], there[name])
    return first


def steps(now: Template, wanted: Template) -> list[Template]:
    """Templates from the one to the other, the wanted one last.

    DynamoDB adds or removes one index of a table in one change. A table that is new is protected
    only by the last step: a failed change must be able to take it back.
    """
    whole: list[Template] = []
    while True:
        step = copy.deepcopy(wanted)
        for logical in kept_names(wanted):
            if wanted["Resources"][logical]["Type"] == TABLE:
                _take_step(step["Resources"][logical], now["Resources"].get(logical))
        whole.append(step)
        if step == wanted:
            return whole
        now = step


def _take_step(resource: dict[str, Any], now: Mapping[str, Any] | None) -> None:
    properties = resource["Properties"]
    if now is None:
        properties["DeletionProtectionEnabled"] = False
        return
    indexes = properties.get(_INDEXES, [])
    wanted = [index["IndexName"] for index in indexes]
    has = [index["IndexName"] for index in now["Properties"].get(_INDEXES, [])]
    missing = [name for name in wanted if name not in has]
    surplus = [name for name in has if name not in wanted]
    if len(missing) + len(surplus) <= 1:
        return
    if missing:
        old = [i for i in now["Properties"].get(_INDEXES, []) if i["IndexName"] in surplus]
        attributes = {**_types(now["Properties"]), **_types(properties)}
        properties["AttributeDefinitions"] = [
            {"AttributeName": name, "AttributeType": attributes[name]} for name in attributes
        ]
        properties[_INDEXES] = [*indexes, *old]
        _keep_indexes(properties, {*has, missing[0]})
    else:
        _keep_indexes_of(properties, now["Properties"], {*has} - {surplus[0]})


def _keep_indexes_of(
    properties: dict[str, Any], now: Mapping[str, Any], names: Collection[str]
) -> None:
    properties["AttributeDefinitions"] = list(now["AttributeDefinitions"])
    properties[_INDEXES] = list(now[_INDEXES])
    _keep_indexes(properties, names)


def _keep_indexes(properties: dict[str, Any], names: Collection[str]) -> None:
    """Leave these indexes, and of the attributes those that they and the table have as keys: others
    are refused."""
    kept = [index for index in properties.get(_INDEXES, []) if index["IndexName"] in names]
    if kept:
        properties[_INDEXES] = kept
    else:
        properties.pop(_INDEXES, None)
    indexes = [*kept, *properties.get("LocalSecondaryIndexes", [])]
    schemas = [properties.get("KeySchema", []), *(index["KeySchema"] for index in indexes)]
    keys = {key["AttributeName"] for schema in schemas for key in schema}
    if "AttributeDefinitions" in properties:
        properties["AttributeDefinitions"] = sorted(
            (a for a in properties["AttributeDefinitions"] if a["AttributeName"] in keys),
            key=lambda a: str(a["AttributeName"]),
        )
