"""The tables as CloudFormation resources, taken from the models that the service uses."""

from __future__ import annotations

import re
from typing import Any

from pynamodb.models import Model

from chalicelib.kit.dynamo.tables import TableDefinition, definition_of
from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS
from operate.stages import Stage


def tables(stage: Stage) -> dict[str, Any]:
    """Every table: on demand, with point-in-time recovery, and left behind by a deleted stack."""
    return {
        _logical_name(model, stage): _table(definition_of(model), stage)
        for model in [*RETAINER_MODELS, *MARKETPLACE_MODELS]
    }


def _logical_name(model: type[Model], stage: Stage) -> str:
    """Recovered tables come beside the ones before: under the same name here, a table's other name
    would make CloudFormation put an empty one in its place."""
    words = definition_of(model).name.split("-")
    if stage.table_prefix != f"{stage.prefix}-":
        words += re.split(r"[^A-Za-z0-9]+", stage.table_prefix)
    return "Table" + "".join(word.capitalize() for word in words)


def _table(table: TableDefinition, stage: Stage) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "TableName": stage.table_prefix + table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": table.attributes,
        "KeySchema": table.keys,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": {"Fn::If": ["IsProtected", True, False]},
    }
    if table.global_indexes:
        properties["GlobalSecondaryIndexes"] = table.global_indexes
    if table.local_indexes:
        properties["LocalSecondaryIndexes"] = table.local_indexes
    if table.ttl_attribute:
        properties["TimeToLiveSpecification"] = {
            "AttributeName": table.ttl_attribute,
            "Enabled": True,
        }
    # What people are owed lies in them: they outlive the stack, until somebody deletes them. Those
    # of a creation that failed are empty, and would stand in the way of the next one.
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": properties,
    }
