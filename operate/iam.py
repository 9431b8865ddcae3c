"""What a call to AWS needs: the action and the resource that a policy must allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """An IAM action, and the resource without what stands for partition, account and region.

    Resources are written `table/NAME`, `table/NAME/index/INDEX`, `function/NAME`, `queue/NAME`,
    `topic/NAME`, `parameter/NAME` and `identity/NAME`. `account` is whose resource it is; empty:
    the caller's own.
    """

    action: str
    resource: str
    account: str = ""


NOBODYS = "nobody"

_WRITES = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def needs_of(service: str, operation: str, params: Mapping[str, Any]) -> list[Need]:
    """Translate a call of botocore's; raises `ValueError` for one that is not known here.

    A call that lacks a permission is refused by AWS, so that an unknown one would be found out in
    production only.
    """
    if service == "dynamodb":
        return list(_of_dynamodb(operation, params))
    if service == "mturk":
        # Signed with a requester's keys, not with the function's role.
        return []
    known = {
        ("lambda", "Invoke"): ("lambda:InvokeFunction", "function", "FunctionName"),
        ("ssm", "GetParameters"): ("ssm:GetParameters", "parameter", "Names"),
        ("sqs", "SendMessage"): ("sqs:SendMessage", "queue", "QueueUrl"),
        ("sqs", "GetQueueUrl"): ("sqs:GetQueueUrl", "queue", "QueueName"),
        ("sns", "Publish"): ("sns:Publish", "topic", "TopicArn"),
        ("sesv2", "SendEmail"): ("ses:SendEmail", "identity", "FromEmailAddress"),
    }
    if (service, operation) not in known:
        raise ValueError(f"what {service}:{operation} needs is not known")
    action, kind, member = known[service, operation]
    given = params.get(member, "")
    names = given if isinstance(given, list) else [given]
    needs = [_need(action, kind, str(name)) for name in names]
    if action == "ses:SendEmail" and "Raw" in params.get("Content", {}):
        # Which of the two it checks of a message that is complete already, SES says only in its
        # refusal: the older API's.
        needs += [Need("ses:SendRawEmail", need.resource) for need in needs]
    return needs


def _need(action: str, kind: str, name: str) -> Need:
    if kind == "parameter":
        return Need(action, f"{kind}/{name.lstrip('/')}")
    if kind == "queue" and "/" in name:
        # Its address: https://sqs.REGION.amazonaws.com/ACCOUNT/NAME.
        account, _, last = urlsplit(name).path.strip("/").rpartition("/")
        # An address that is no queue's is refused by SQS; in any case it is not the caller's.
        return Need(action, f"{kind}/{last}", account or NOBODYS)
    account = name.split(":")[4] if name.startswith("arn:") else ""
    return Need(action, f"{kind}/{name.rpartition(':')[2]}", account)


def _of_dynamodb(operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        for item in params["TransactItems"]:
            for kind, one in item.items():
                yield _on_table(_WRITES.get(kind, "GetItem"), one)
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for table in params["RequestItems"]:
            yield Need(f"dynamodb:{operation}", f"table/{table}")
    else:
        yield _on_table(operation, params)


def _on_table(operation: str, params: Mapping[str, Any]) -> Need:
    resource = f"table/{params['TableName']}"
    if index := params.get("IndexName"):
        resource += f"/index/{index}"
    return Need(f"dynamodb:{operation}", resource)
