"""Before the first deploy: tables, queue, buckets and secrets."""

from __future__ import annotations

import json
import secrets as randomness
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.bootstrap import create_tables
from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS
from chalicelib.tables import definition_of
from operate import aws
from operate.backup.tables import Tables
from operate.migrate import schema
from operate.resources.rendered import rendered
from operate.stages import Stage
from operate.target import Target, config_so_far
from operate.template.queue import events_queue
from operate.template.sites import sites

Say = Callable[[str], None]

SECRETS = ("seat-secret", "master-key", "keys-secret")
_SECRET_BYTES = 36


def make(target: Target, say: Say) -> None:
    """Make what is missing; nothing that is there is changed, but for switches that are off."""
    stage = target.need_stage()
    make_secrets(stage, target.region, say)
    make_queue(stage, target.region, say)
    for site in ("wait", "desk"):
        make_bucket(stage, target.region, site, say)
    make_tables(target, say)


def make_secrets(stage: Stage, region: str, say: Say) -> None:
    """Make each secret once; it is never shown, and never overwritten: ids follow from it."""
    ssm = aws.client("ssm", region)
    for name in SECRETS:
        full = f"{stage.parameters}/{name}"
        try:
            ssm.put_parameter(
                Name=full,
                Value=randomness.token_urlsafe(_SECRET_BYTES),
                Type="SecureString",
                Overwrite=False,
            )
        except ssm.exceptions.ParameterAlreadyExists:
            say(f"parameter {full}: there")
        else:
            say(f"parameter {full}: made")


def make_queue(stage: Stage, region: str, say: Say) -> None:
    sqs = aws.client("sqs", region)
    parts = events_queue(stage)
    dead = _queue(sqs, parts["EventsDeadLetters"]["Properties"], say)
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    names = {"EventsDeadLetters.Arn": arn["QueueArn"]}
    _queue(sqs, rendered(parts["EventsQueue"]["Properties"], names), say)


def _queue(sqs: Any, properties: dict[str, Any], say: Say) -> str:
    name = properties.pop("QueueName")
    attributes = {key: _text(value) for key, value in properties.items()}
    try:
        url = str(sqs.get_queue_url(QueueName=name)["QueueUrl"])
    except ClientError as error:
        if "NonExistentQueue" not in aws.code_of(error):
            raise
        url = str(sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])
        say(f"queue {name}: made")
    else:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        say(f"queue {name}: there")
    return url


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


def bucket_name(stage: Stage, region: str, site: str) -> str:
    """Buckets' names are one for all the world: the account makes ours different."""
    return f"{stage.prefix}-{site}-{aws.account(region)}-{region}"


def make_bucket(stage: Stage, region: str, site: str, say: Say) -> None:
    s3 = aws.client("s3", region)
    name = bucket_name(stage, region, site)
    properties = sites(stage)[f"{site.capitalize()}Bucket"]["Properties"]
    # Of us-east-1 S3 wants to hear nothing.
    where = {} if region == "us-east-1" else {"LocationConstraint": region}
    more = {"CreateBucketConfiguration": where} if where else {}
    try:
        s3.head_bucket(Bucket=name)
        say(f"bucket {name}: there")
    except ClientError as error:
        if aws.code_of(error) not in {"404", "NoSuchBucket", "NotFound"}:
            raise
        s3.create_bucket(Bucket=name, **more)
        say(f"bucket {name}: made")
    s3.put_public_access_block(
        Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"]
    )
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=properties["OwnershipControls"])
    s3.put_bucket_versioning(
        Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"]
    )


def expand(target: Target, say: Say) -> None:
    """Before functions are replaced: add the tables and indexes that the new ones ask, which those
    that are there do not mind. Raises `Refused` where the tables are too new for this code."""
    config = config_so_far(target)
    create_tables(config)
    schema.read(Tables(config)).check()
    say("tables and indexes: there")


def make_tables(target: Target, say: Say) -> None:
    """Make missing tables and indexes; then see to clearing by time, recovery and protection."""
    stage = target.need_stage()
    config = config_so_far(target)
    create_tables(config)
    dynamodb = aws.client("dynamodb", target.region)
    for model in (*RETAINER_MODELS, *MARKETPLACE_MODELS):
        definition = definition_of(model)
        table = stage.table_prefix + definition.name
        done = []
        if definition.ttl_attribute:
            found = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
            if found["TimeToLiveStatus"] not in {"ENABLED", "ENABLING"}:
                dynamodb.update_time_to_live(
                    TableName=table,
                    TimeToLiveSpecification={
                        "Enabled": True,
                        "AttributeName": definition.ttl_attribute,
                    },
                )
                done.append("clearing by time")
        if not _has_recovery(dynamodb, table):
            dynamodb.update_continuous_backups(
                TableName=table,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
            done.append("point-in-time recovery")
        there = dynamodb.describe_table(TableName=table)["Table"]
        if stage.is_production and not there.get("DeletionProtectionEnabled"):
            dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)
            done.append("protection from deletion")
        say(f"table {table}: there" + (f", {' and '.join(done)} switched on" if done else ""))


def _has_recovery(dynamodb: Any, table: str) -> bool:
    found = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    state = found.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    return bool(state == "ENABLED")
