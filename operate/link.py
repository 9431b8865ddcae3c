"""After each deploy: what the state must know of the code, and what `chalice deploy` leaves open.

CloudFormation gives the same to functions of its own stack; Chalice's it can't reach.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from chalicelib.bootstrap import App
from chalicelib.kit.clock import Clock
from chalicelib.marketplace.domain.people import Credentials
from chalicelib.mturk.prices import format_dollars
from operate import aws
from operate.answers import Say
from operate.deployed import Deployed, find_deployed
from operate.stages import Stage
from operate.state.make import state_outputs, tell_state
from operate.state.secrets import MARKETS, MARKETS_KNOWN, put_secret
from operate.target import Refused, Target, config_so_far
from operate.template.addresses import MARKET_URL, SITE_URL
from operate.template.functions import FUNCTIONS, NO_RETRIES, STARTED
from operate.template.gateway import gateway
from operate.template.guards import ACCESS_FORMAT, log_group
from operate.template.queue import events_name

ACCOUNT = "Retainer"
"""The name of the service's own requester at its marketplace."""

_LOOK_S, _LONGEST_S = 2, 60
"""For what AWS has begun a moment ago and finishes within seconds."""


def link(target: Target, say: Say, clock: Clock, deposit_cents: int = 0) -> Deployed:
    """Give state, functions and API what they need of each other; it can be run again."""
    stage, region = target.need_stage(), target.region
    code = find_deployed(target)
    if code.market_url is None:
        code = code.at_market(open_market(stage, region))
    say(f"API: {code.api_url}; marketplace's endpoint: {code.market_url}")
    if stage.domain:
        say(f"DNS: {stage.domain} must be a CNAME of {domain_target(stage, region)}")
    values = {SITE_URL: code.api_url, MARKET_URL: str(code.market_url)}
    tell_state(target, values, say, clock)
    # What stands in front of the function, if anything does.
    endpoint = state_outputs(target, say, clock)["MarketURL"]
    link_markets(target, endpoint, deposit_cents, say)
    if not code.is_stack:
        finish_gateway(stage, region, code.api_id)
        end_retries(stage, region)
        report_failures_singly(stage, region, clock)
        say("API's name, errors and throttling, queue's answers: set")
    return code


def domain_target(stage: Stage, region: str) -> str:
    """What the name of the API's own domain must lead to."""
    api = aws.client("apigateway", region)
    found = api.get_domain_name(domainName=stage.domain)
    return str(found.get("regionalDomainName") or found["distributionDomainName"])


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
    for name, market in ((MARKETS, with_keys), (MARKETS_KNOWN, known)):
        # One marketplace is both: what a ProtoHIT calls its sandbox too.
        both = json.dumps({"sandbox": market, "production": market})
        put_secret(stage, target.region, name, both, say)


def _keys(account: Credentials) -> dict[str, str]:
    return {"access_key": account.access_key, "secret_key": account.secret_key}


def finish_gateway(stage: Stage, region: str, api_id: str) -> None:
    """The name that metrics go by, answers of the gateway's own that pages can read, throttling: a
    deploy forgets all of it."""
    api = aws.client("apigateway", region)
    properties = gateway(stage)["RestAPI"]["Properties"]
    name = properties["DefinitionBody"]["info"]["title"]
    api.update_rest_api(
        restApiId=api_id,
        patchOperations=[{"op": "replace", "path": "/name", "value": name}],
    )
    for kind, response in properties["GatewayResponses"].items():
        headers = response["ResponseParameters"]["Headers"]
        api.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            **({"statusCode": response["StatusCode"]} if "StatusCode" in response else {}),
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
            *(
                {"op": "replace", "path": f"/*/*/{path}", "value": str(value).lower()}
                for path, value in values.items()
            ),
            *(_access_logs(stage, region) if stage.has_access_logs else ()),
        ],
    )


def _access_logs(stage: Stage, region: str) -> list[dict[str, str]]:
    where = f"arn:{aws.partition(region)}:logs:{region}:{aws.account(region)}:log-group:"
    values = {"destinationArn": where + log_group(stage), "format": ACCESS_FORMAT}
    return [
        {"op": "replace", "path": f"/accessLogSettings/{name}", "value": value}
        for name, value in values.items()
    ]


def end_retries(stage: Stage, region: str) -> None:
    """Of asynchronous calls, which Lambda would keep for six hours and try three times."""
    functions = aws.client("lambda", region)
    for resource in STARTED:
        name = stage.function(FUNCTIONS[resource])
        functions.put_function_event_invoke_config(FunctionName=name, **NO_RETRIES)


def report_failures_singly(stage: Stage, region: str, clock: Clock) -> None:
    """Of a batch of events only those come back that could not be taken."""
    functions, sqs = aws.client("lambda", region), aws.client("sqs", region)
    url = sqs.get_queue_url(QueueName=events_name(stage))["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    found = functions.list_event_source_mappings(EventSourceArn=queue["QueueArn"])
    for one in found["EventSourceMappings"]:
        if one.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            wait_until_settled(functions, one["UUID"], clock)
            functions.update_event_source_mapping(
                UUID=one["UUID"], FunctionResponseTypes=["ReportBatchItemFailures"]
            )


def wait_until_settled(functions: Any, mapping: str, clock: Clock) -> None:
    """A mapping that Chalice has just made refuses changes for some seconds."""

    def is_settled() -> bool:
        state = functions.get_event_source_mapping(UUID=mapping)["State"]
        return state in {"Enabled", "Disabled"}

    wait_until(is_settled, f"the event source mapping {mapping}", clock)


def wait_until(is_done: Callable[[], bool], what: str, clock: Clock) -> None:
    """Look again and again for a minute at the most; raises `Refused`."""
    end_ms = clock.now_ms() + _LONGEST_S * 1000
    while not is_done():
        if clock.now_ms() >= end_ms:
            raise Refused(f"{what} is not ready after {_LONGEST_S} s: run this again")
        clock.sleep(_LOOK_S)
