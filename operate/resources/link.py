"""After each deploy: what the functions have to be told, and what `chalice deploy` leaves open."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.bootstrap import App
from chalicelib.marketplace.domain.people import Credentials
from chalicelib.mturk.prices import format_dollars
from operate import aws
from operate.resources.sites import link_sites
from operate.resources.store import Say
from operate.resources.watching import watch
from operate.stages import Stage
from operate.target import Refused, Target, config_so_far
from operate.template.functions import FUNCTIONS
from operate.template.gateway import LOG_DAYS, gateway

ACCOUNT = "Retainer"
"""The name of the service's own requester at its marketplace."""


def link(target: Target, say: Say, deposit_cents: int = 0) -> None:
    """Give functions, API and sites what they need of each other; all of it can be run again."""
    stage, region = target.need_stage(), target.region
    api_id, api_url = deployed_api(stage)
    market_url = open_market(stage, region)
    say(f"marketplace's endpoint: {market_url}")
    at = link_sites(stage, region, api_id, say)
    queue = aws.client("sqs", region).get_queue_url(QueueName=f"{stage.prefix}-events")
    for name, value in {
        "site-url": api_url,
        "market-url": market_url,
        "wait-url": at["wait"],
        "desk-url": at["desk"],
        "events-queue": queue["QueueUrl"],
    }.items():
        _put(stage, region, name, value, say)
    link_markets(target, market_url, deposit_cents, say)
    finish_gateway(stage, region, api_id)
    report_failures_singly(stage, region)
    end_logs(stage, region)
    watch(stage, region, say)
    say("API's errors and throttling, queue's answers, logs' end: set")


def deployed_api(stage: Stage) -> tuple[str, str]:
    """The REST API's id and address, of Chalice's record; raises `Refused` before a deploy."""
    record = stage.root / ".chalice" / "deployed" / f"{stage.name}.json"
    try:
        found = json.loads(record.read_text())["resources"]
    except FileNotFoundError:
        raise Refused(
            f"{record} is not there: deploy first (retainer deploy --stage {stage.name}), from "
            "the clone that deploys this stage"
        ) from None
    api = next((one for one in found if one["resource_type"] == "rest_api"), None)
    if api is None:
        raise Refused(f"{record} knows no API: the last deploy did not end well; deploy again")
    return str(api["rest_api_id"]), str(api["rest_api_url"]).rstrip("/")


def open_market(stage: Stage, region: str) -> str:
    """Give the marketplace's function its address; the protocol's signature is verified there."""
    functions = aws.client("lambda", region)
    name = stage.function("mturk")
    try:
        made = functions.get_function_url_config(FunctionName=name)
    except functions.exceptions.ResourceNotFoundException:
        made = functions.create_function_url_config(FunctionName=name, AuthType="NONE")
    # Both are asked of an address that was made since October 2025.
    for statement, more in (
        ("public-url", {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"}),
        ("public-call", {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True}),
    ):
        # It may have it already.
        with suppress(functions.exceptions.ResourceConflictException):
            functions.add_permission(
                FunctionName=name, StatementId=statement, Principal="*", **more
            )
    return str(made["FunctionUrl"])


def stored_market_url(target: Target) -> str:
    """The endpoint that is on record, by whichever way to deploy; raises `Refused`."""
    ssm = aws.client("ssm", target.region)
    name = f"{target.need_stage().parameters}/market-url"
    found = ssm.get_parameters(Names=[name])["Parameters"]
    if not found:
        raise Refused(f"there is no parameter {name}: deploy first")
    return str(found[0]["Value"])


def link_markets(target: Target, endpoint: str, deposit_cents: int, say: Say) -> None:
    """Make the service's own account once, and tell the functions of it.

    Its keys are read by those that call markets; the API learns what arrivals are signed with.
    """
    stage = target.need_stage()
    accounts = App(config_so_far(target)).marketplace.accounts
    account = accounts.ensure(ACCOUNT)
    if deposit_cents:
        _, new = accounts.deposit(account.account_id, deposit_cents, f"link {deposit_cents}")
        what = format_dollars(deposit_cents)
        say(f"deposit of {what} dollars: {'made' if new else 'was made before'}")
    say(f"account {account.account_id} ({ACCOUNT}) at the marketplace: there")
    known = {"endpoint": endpoint, "arrival_key": account.arrival_key}
    with_keys = {**known, **_keys(account)}
    for name, market in (("markets", with_keys), ("markets-known", known)):
        # One marketplace is both: what a ProtoHIT calls its sandbox too.
        both = json.dumps({"sandbox": market, "production": market})
        _put(stage, target.region, name, both, say, secret=True)


def _keys(account: Credentials) -> dict[str, str]:
    return {"access_key": account.access_key, "secret_key": account.secret_key}


def finish_gateway(stage: Stage, region: str, api_id: str) -> None:
    """Answers of the gateway's own that pages can read, and throttling: a deploy forgets both."""
    api = aws.client("apigateway", region)
    properties = gateway(stage)["RestAPI"]["Properties"]
    for kind, response in properties["GatewayResponses"].items():
        headers = response["ResponseParameters"]["Headers"]
        api.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            responseParameters={
                f"gatewayresponse.header.{name}": value for name, value in headers.items()
            },
            responseTemplates=response["ResponseTemplates"],
        )
    api.create_deployment(restApiId=api_id, stageName=stage.api_stage)
    (settings,) = properties["MethodSettings"]
    values = {
        "throttling/rateLimit": settings["ThrottlingRateLimit"],
        "throttling/burstLimit": settings["ThrottlingBurstLimit"],
        "metrics/enabled": settings["MetricsEnabled"],
    }
    api.update_stage(
        restApiId=api_id,
        stageName=stage.api_stage,
        patchOperations=[
            {"op": "replace", "path": f"/*/*/{path}", "value": str(value).lower()}
            for path, value in values.items()
        ],
    )


def report_failures_singly(stage: Stage, region: str) -> None:
    """Of a batch of events only those come back that could not be taken."""
    functions, sqs = aws.client("lambda", region), aws.client("sqs", region)
    url = sqs.get_queue_url(QueueName=f"{stage.prefix}-events")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    found = functions.list_event_source_mappings(EventSourceArn=queue["QueueArn"])
    for one in found["EventSourceMappings"]:
        if one.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            functions.update_event_source_mapping(
                UUID=one["UUID"], FunctionResponseTypes=["ReportBatchItemFailures"]
            )


def end_logs(stage: Stage, region: str) -> None:
    """Logs are kept for a time, in groups that a function's first line would make without end."""
    logs = aws.client("logs", region)
    for function in FUNCTIONS.values():
        group = f"/aws/lambda/{stage.function(function)}"
        # The function may have written already.
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=group)
        logs.put_retention_policy(logGroupName=group, retentionInDays=LOG_DAYS)


def _put(
    stage: Stage, region: str, name: str, value: str, say: Say, *, secret: bool = False
) -> None:
    ssm: Any = aws.client("ssm", region)
    full = f"{stage.parameters}/{name}"
    try:
        there = ssm.get_parameter(Name=full, WithDecryption=True)["Parameter"]["Value"]
    except ClientError as error:
        if aws.code_of(error) != "ParameterNotFound":
            raise
        there = None
    if there != value:
        kind = "SecureString" if secret else "String"
        ssm.put_parameter(Name=full, Value=value, Type=kind, Overwrite=True)
    shown = "" if secret else f" {value}"
    say(f"parameter {full}:{shown} ({'there' if there == value else 'written'})")
