"""Policy documents, decided as AWS decides them."""

from __future__ import annotations

from typing import Any

import pytest

from local.iam import Policy, Request, UnsupportedPolicy

OWN, OTHER = "111111111111", "222222222222"
TABLE = "arn:aws:dynamodb:*:*:table/retainer-dev-keys"
ANY_QUEUE = "arn:aws:sqs:*:*:*"
ELSEWHERE = {"StringNotEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}


def statement(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": [resource], **more}


def allows(*statements: dict[str, Any], action: str, resource: str) -> bool:
    policy = Policy({"Version": "2012-10-17", "Statement": list(statements)})
    account = resource.split(":")[4]
    keys = {"aws:ResourceAccount": account, "aws:PrincipalAccount": OWN}
    return bool(policy.allowing(Request(action, resource, keys)))


def table(name: str) -> str:
    return f"arn:aws:dynamodb:eu-west-1:{OWN}:table/{name}"


@pytest.mark.parametrize(
    ("granted", "action", "resource", "is_allowed"),
    [
        ("dynamodb:GetItem", "dynamodb:GetItem", "retainer-dev-keys", True),
        ("DynamoDB:getitem", "dynamodb:GetItem", "retainer-dev-keys", True),
        ("dynamodb:Get*", "dynamodb:GetItem", "retainer-dev-keys", True),
        ("dynamodb:?etItem", "dynamodb:GetItem", "retainer-dev-keys", True),
        ("dynamodb:GetItem", "dynamodb:BatchGetItem", "retainer-dev-keys", False),
        ("dynamodb:GetItem", "dynamodb:GetItem", "retainer-dev-keys-too", False),
        ("dynamodb:GetItem", "dynamodb:GetItem", "Retainer-dev-keys", False),
        # A table's grant is none for its indexes.
        ("dynamodb:Query", "dynamodb:Query", "retainer-dev-keys/index/by_name", False),
    ],
)
def test_request__is_allowed_by_what_names_it(
    granted: str, action: str, resource: str, is_allowed: bool
) -> None:
    found = allows(statement(granted, TABLE), action=action, resource=table(resource))

    assert found is is_allowed


def test_wildcard__reaches_over_no_colon_but_the_last_ones() -> None:
    queue = f"arn:aws:sqs:eu-west-1:{OWN}:events"

    assert allows(statement("sqs:*", ANY_QUEUE), action="sqs:SendMessage", resource=queue)
    other = statement("sqs:SendMessage", "arn:aws:sns:*:*:*")
    assert not allows(other, action="sqs:SendMessage", resource=queue)


def test_deny__outdoes_what_allows() -> None:
    denied = {**statement("dynamodb:GetItem", TABLE), "Effect": "Deny"}

    assert not allows(
        statement("dynamodb:*", "*"), denied,
        action="dynamodb:GetItem", resource=table("retainer-dev-keys"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("operator", "account", "is_allowed"),
    [
        ("StringNotEquals", OWN, False),
        ("StringNotEquals", OTHER, True),
        ("StringEquals", OWN, True),
        ("StringEquals", OTHER, False),
    ],
)
def test_condition__has_to_hold(operator: str, account: str, is_allowed: bool) -> None:
    condition = {operator: ELSEWHERE["StringNotEquals"]}
    granted = statement("sqs:SendMessage", ANY_QUEUE, Condition=condition)
    queue = f"arn:aws:sqs:eu-west-1:{account}:some"

    assert allows(granted, action="sqs:SendMessage", resource=queue) is is_allowed


@pytest.mark.parametrize(
    "more",
    [
        {"Condition": {"ArnLike": {"aws:SourceArn": "*"}}},
        {"Condition": {"StringEquals": {"aws:SourceIp": "127.0.0.1"}}},
        {"Condition": {"StringEquals": {"aws:ResourceAccount": "${aws:username}"}}},
        {"NotAction": "sqs:SendMessage"},
        {"Effect": "Perhaps"},
        {"Resource": "retainer-dev-keys"},
        {"Resource": "arn:aws:sqs:*:*:${aws:username}"},
    ],
    ids=["operator", "key", "variable", "element", "effect", "no ARN", "variable in an ARN"],
)
def test_what_is_not_known_here__is_no_guess(more: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedPolicy):
        allows(
            {**statement("sqs:SendMessage", ANY_QUEUE), **more},
            action="sqs:SendMessage", resource=f"arn:aws:sqs:eu-west-1:{OWN}:q",
        )  # fmt: skip
