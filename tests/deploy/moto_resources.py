"""The resource types of the state's stack, made by the API calls that AWS documents for each.

moto's own models of them differ in what they make, change and delete; what these make lies in the
same server, where a test finds it by the API.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError

Properties = dict[str, Any]


@dataclass
class Aws:
    """Clients of the server that this runs in."""

    url: str
    region: str
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(  # type: ignore[call-overload]
                service, region_name=self.region, endpoint_url=self.url,
                aws_access_key_id="test", aws_secret_access_key="test",
            )  # fmt: skip
        return self._clients[service]


@dataclass(frozen=True)
class Kind:
    """`make` gives the physical id and attributes; `change` gets the id, the old and the new.

    `named`: the property that names one; `find` tells whether there is one, for a takeover.
    """

    make: Callable[[Aws, Properties], tuple[str, dict[str, str]]]
    change: Callable[[Aws, str, Properties, Properties], None]
    delete: Callable[[Aws, str], Any]
    named: str | None = None
    find: Callable[[Aws, str], Mapping[str, str] | None] | None = None


def nothing(aws: Aws, name: str, old: Properties, new: Properties) -> None:
    """Nothing of it is ever changed here."""


def picked(properties: Properties, *names: str) -> Properties:
    return {name: properties[name] for name in names if name in properties}


# Tables

_TABLE = ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes",
          "LocalSecondaryIndexes", "DeletionProtectionEnabled")  # fmt: skip


def _make_table(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    dynamodb, name = aws.client("dynamodb"), properties["TableName"]
    made = dynamodb.create_table(**picked(properties, *_TABLE))["TableDescription"]
    _switch(aws, name, properties)
    return name, {"Arn": made["TableArn"]}


def _switch(aws: Aws, name: str, properties: Properties) -> None:
    dynamodb = aws.client("dynamodb")
    if ttl := properties.get("TimeToLiveSpecification"):
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)
    if recovery := properties.get("PointInTimeRecoverySpecification"):
        dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification=recovery
        )


def _change_table(aws: Aws, name: str, old: Properties, new: Properties) -> None:
    for fixed in ("TableName", "KeySchema", "LocalSecondaryIndexes"):
        assert old.get(fixed) == new.get(fixed), f"{name}: {fixed} would replace it"
    before = {index["IndexName"]: index for index in old.get("GlobalSecondaryIndexes", [])}
    after = {index["IndexName"]: index for index in new.get("GlobalSecondaryIndexes", [])}
    added = [{"Create": index} for n, index in after.items() if n not in before]
    removed = [{"Delete": {"IndexName": n}} for n in before if n not in after]
    if len(added) + len(removed) > 1:
        raise ValueError("Cannot perform more than one GSI creation or deletion in a single update")
    keys = {k["AttributeName"] for i in after.values() for k in i["KeySchema"]}
    keys |= {k["AttributeName"] for i in new.get("LocalSecondaryIndexes", [])
             for k in i["KeySchema"]}  # fmt: skip
    keys |= {k["AttributeName"] for k in new["KeySchema"]}
    if keys != {a["AttributeName"] for a in new["AttributeDefinitions"]}:
        raise ValueError(f"{name}: AttributeDefinitions are not those of the keys")
    dynamodb = aws.client("dynamodb")
    if added or removed:
        dynamodb.update_table(
            TableName=name, AttributeDefinitions=new["AttributeDefinitions"],
            GlobalSecondaryIndexUpdates=[*added, *removed],
        )  # fmt: skip
    if old.get("DeletionProtectionEnabled") != new.get("DeletionProtectionEnabled"):
        dynamodb.update_table(
            TableName=name, DeletionProtectionEnabled=new["DeletionProtectionEnabled"]
        )
    _switch(aws, name, new)


def _find_table(aws: Aws, name: str) -> dict[str, str] | None:
    with suppress(ClientError):
        return {"Arn": aws.client("dynamodb").describe_table(TableName=name)["Table"]["TableArn"]}
    return None


# Buckets


def _bucket_attributes(aws: Aws, name: str) -> dict[str, str]:
    return {
        "Arn": f"arn:aws:s3:::{name}",
        "RegionalDomainName": f"{name}.s3.{aws.region}.amazonaws.com",
    }


def _make_bucket(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    name, s3 = properties["BucketName"], aws.client("s3")
    with suppress(ClientError):
        s3.head_bucket(Bucket=name)
        raise ValueError(f"{name} already exists")
    where = {} if aws.region == "us-east-1" else {"LocationConstraint": aws.region}
    s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": where} if where else {}))
    _set_bucket(aws, name, {}, properties)
    return name, _bucket_attributes(aws, name)


def _set_bucket(aws: Aws, name: str, old: Properties, new: Properties) -> None:
    s3 = aws.client("s3")
    s3.put_public_access_block(
        Bucket=name, PublicAccessBlockConfiguration=new["PublicAccessBlockConfiguration"]
    )
    if versioning := new.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)


def _find_bucket(aws: Aws, name: str) -> dict[str, str] | None:
    with suppress(ClientError):
        aws.client("s3").head_bucket(Bucket=name)
        return _bucket_attributes(aws, name)
    return None


def _put_policy(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    aws.client("s3").put_bucket_policy(
        Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"])
    )
    return properties["Bucket"], {}


# Queues, topics, parameters, logs


def _make_queue(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    sqs = aws.client("sqs")
    url = sqs.create_queue(
        QueueName=properties["QueueName"], Attributes=_queue_attributes(properties)
    )["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, {"Arn": found["QueueArn"]}


def _queue_attributes(properties: Properties) -> dict[str, str]:
    return {
        name: json.dumps(value) if isinstance(value, (dict, bool)) else str(value)
        for name, value in properties.items()
        if name != "QueueName"
    }


def _make_topic(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    return aws.client("sns").create_topic(Name=properties["TopicName"])["TopicArn"], {}


def _make_parameter(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    aws.client("ssm").put_parameter(**picked(properties, "Name", "Type", "Value"))
    return properties["Name"], {}


def _make_logs(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    logs, name = aws.client("logs"), properties["LogGroupName"]
    logs.create_log_group(logGroupName=name)
    if days := properties.get("RetentionInDays"):
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    return name, {"Arn": f"arn:aws:logs:{aws.region}:123456789012:log-group:{name}:*"}


# Alarms and dashboards


def _put_alarm(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    aws.client("cloudwatch").put_metric_alarm(**properties)
    return properties["AlarmName"], {}


def _put_dashboard(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    aws.client("cloudwatch").put_dashboard(**properties)
    return properties["DashboardName"], {}


# CloudFront


def _make_access(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    made = aws.client("cloudfront").create_origin_access_control(**properties)
    name = str(made["OriginAccessControl"]["Id"])
    return name, {"Id": name}


def _make_function(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    made = aws.client("cloudfront").create_function(
        Name=properties["Name"], FunctionConfig=properties["FunctionConfig"],
        FunctionCode=properties["FunctionCode"].encode(),
    )  # fmt: skip
    arn = str(made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"])
    return arn, {"FunctionARN": arn}


def _delete_function(aws: Aws, arn: str) -> None:
    name = arn.rpartition("/")[2]
    cloudfront = aws.client("cloudfront")
    mark = cloudfront.describe_function(Name=name)["ETag"]
    cloudfront.delete_function(Name=name, IfMatch=mark)


def _make_headers(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    made = aws.client("cloudfront").create_response_headers_policy(
        ResponseHeadersPolicyConfig=_headers(properties)
    )
    return str(made["ResponseHeadersPolicy"]["Id"]), {}


def _headers(properties: Properties) -> Properties:
    config = dict(properties["ResponseHeadersPolicyConfig"])
    if cors := config.get("CorsConfig"):
        config["CorsConfig"] = {
            name: _counted(value["Items"]) if isinstance(value, dict) else value
            for name, value in cors.items()
        }
    if custom := config.get("CustomHeadersConfig"):
        config["CustomHeadersConfig"] = _counted(custom["Items"])
    return config


def _change_headers(aws: Aws, name: str, old: Properties, new: Properties) -> None:
    aws.client("cloudfront").update_response_headers_policy(
        Id=name, IfMatch="E1", ResponseHeadersPolicyConfig=_headers(new)
    )


def _make_distribution(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    wanted = properties["DistributionConfig"]
    behaviour = dict(wanted["DefaultCacheBehavior"])
    behaviour["AllowedMethods"] = {
        **_counted(behaviour["AllowedMethods"]), "CachedMethods": _counted(["GET", "HEAD"]),
    }  # fmt: skip
    behaviour["FunctionAssociations"] = _counted(behaviour["FunctionAssociations"])
    origins = [{**o, "S3OriginConfig": {"OriginAccessIdentity": ""}} for o in wanted["Origins"]]
    config = {
        **{name: value for name, value in wanted.items() if name != "IPV6Enabled"},
        "DefaultCacheBehavior": behaviour,
        "Origins": _counted(origins),
        "CallerReference": json.dumps(wanted),
    }
    made = aws.client("cloudfront").create_distribution(DistributionConfig=config)["Distribution"]
    return str(made["Id"]), {"DomainName": str(made["DomainName"])}


def _delete_distribution(aws: Aws, name: str) -> None:
    cloudfront = aws.client("cloudfront")
    cloudfront.delete_distribution(Id=name, IfMatch=cloudfront.get_distribution(Id=name)["ETag"])


def _counted(items: list[Any]) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": items}


def replaced(make: Any) -> Any:
    """For what an API puts in the place of what was there."""

    def change(aws: Aws, _: str, __: Properties, new: Properties) -> None:
        make(aws, new)

    return change


STATE_KINDS: dict[str, Kind] = {
    "AWS::DynamoDB::Table": Kind(
        _make_table, _change_table, lambda aws, n: aws.client("dynamodb").delete_table(TableName=n),
        "TableName", _find_table,
    ),
    "AWS::S3::Bucket": Kind(
        _make_bucket, _set_bucket, lambda aws, n: aws.client("s3").delete_bucket(Bucket=n),
        "BucketName", _find_bucket,
    ),
    "AWS::S3::BucketPolicy": Kind(
        _put_policy, replaced(_put_policy),
        lambda aws, n: aws.client("s3").delete_bucket_policy(Bucket=n),
    ),
    "AWS::SQS::Queue": Kind(
        _make_queue,
        lambda aws, url, _, new: aws.client("sqs").set_queue_attributes(
            QueueUrl=url, Attributes=_queue_attributes(new)
        ),
        lambda aws, url: aws.client("sqs").delete_queue(QueueUrl=url),
    ),
    "AWS::SNS::Topic": Kind(
        _make_topic, nothing, lambda aws, arn: aws.client("sns").delete_topic(TopicArn=arn)
    ),
    "AWS::SSM::Parameter": Kind(
        _make_parameter,
        lambda aws, _, __, new: aws.client("ssm").put_parameter(
            **picked(new, "Name", "Type", "Value"), Overwrite=True
        ),
        lambda aws, n: aws.client("ssm").delete_parameter(Name=n),
    ),
    "AWS::Logs::LogGroup": Kind(
        _make_logs, nothing, lambda aws, n: aws.client("logs").delete_log_group(logGroupName=n)
    ),
    "AWS::CloudWatch::Alarm": Kind(
        _put_alarm, replaced(_put_alarm),
        lambda aws, n: aws.client("cloudwatch").delete_alarms(AlarmNames=[n]),
    ),
    "AWS::CloudWatch::Dashboard": Kind(
        _put_dashboard, replaced(_put_dashboard),
        lambda aws, n: aws.client("cloudwatch").delete_dashboards(DashboardNames=[n]),
    ),
    "AWS::CloudFront::OriginAccessControl": Kind(
        _make_access, nothing,
        lambda aws, n: aws.client("cloudfront").delete_origin_access_control(Id=n, IfMatch="any"),
    ),
    "AWS::CloudFront::Function": Kind(_make_function, nothing, _delete_function),
    "AWS::CloudFront::ResponseHeadersPolicy": Kind(
        _make_headers, _change_headers, lambda aws, n: None
    ),
    "AWS::CloudFront::Distribution": Kind(_make_distribution, nothing, _delete_distribution),
}  # fmt: skip
