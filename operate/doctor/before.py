"""Checks of an account before anything is made in it: what a first deploy would stumble over."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.kit.clock import SystemClock
from chalicelib.kit.config import parse_sender
from operate import aws
from operate.doctor.findings import Finding
from operate.doctor.service import SKEW_MOST_S
from operate.doctor.stage import LEAST_CONCURRENCY
from operate.target import Target, variables_of

CLOUDFRONT_REGION = "us-east-1"
_ASK_FOR_CONCURRENCY = "ask AWS for more: Service Quotas, Lambda, Concurrent executions"
_CLI_WAIT_S = 60
_NO_REGION = {"<not", "None", ""}


def account(target: Target) -> Iterator[Finding]:
    """Whose credentials they are, and whether signatures of this machine's time are taken."""
    answer = aws.client("sts", target.region).get_caller_identity()
    yield Finding("credentials", f"{answer['Account']}, as {answer['Arn']}")
    if answer["Arn"].endswith(":root"):
        yield Finding(
            "credentials",
            "these are the account's root credentials",
            "make a user or a role for deploying; docs/deploying.md lists what it must be allowed",
        )
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    skew = SystemClock().now_ms() / 1000 - parsedate_to_datetime(date).timestamp() if date else 0
    if abs(skew) > SKEW_MOST_S:
        what = f"this machine's clock is {skew:+.0f} s from AWS's"
        yield Finding("credentials", what, "set it by a time server: signatures depend on it")


def region(target: Target) -> Iterator[Finding]:
    """Where these commands work, and where the AWS CLI does: its version 1 ignores AWS_REGION."""
    ours = target.region
    yield Finding("region", f"{ours}, for these commands")
    cli = _find_cli()
    if cli is None:
        what = "there is no AWS CLI here: only the way by CloudFormation needs it"
        yield Finding("cli", what)
        return
    version = _ask_cli(cli, "--version").partition(" ")[0].removeprefix("aws-cli/")
    if not re.match(r"[12]\.", version):
        what = f"{cli} does not say that it is the AWS CLI: {version[:80]}"
        yield Finding("cli", what, "install the AWS CLI, version 1 or 2")
        return
    listed = _ask_cli(cli, "configure", "list")
    found = re.search(r"^\s*region\s*[|:]?\s*(\S+)", listed, re.MULTILINE)
    theirs = "" if found is None or found[1] in _NO_REGION else found[1]
    if theirs == ours:
        yield Finding("cli", f"version {version}, which works in {theirs} too")
    else:
        yield Finding(
            "cli",
            f"version {version} works in {theirs or 'no region'}, these commands in {ours}",
            f"export AWS_REGION={ours} AWS_DEFAULT_REGION={ours} (version 1 of the CLI knows the "
            "second only)",
        )


def _find_cli() -> str | None:
    beside = Path(sys.executable).parent / "aws"
    return shutil.which("aws") or (str(beside) if beside.exists() else None)


def _ask_cli(cli: str, *words: str) -> str:
    environment = {**os.environ, "AWS_PAGER": ""}
    done = subprocess.run(
        [cli, *words], env=environment, capture_output=True, text=True, timeout=_CLI_WAIT_S
    )
    return (done.stdout or done.stderr).strip()


def concurrency(target: Target) -> Iterator[Finding]:
    """What the account runs at once, against what the stage sets aside for single functions.

    Lambda wants a part of the account's left to whatever else there is: a hundred, as documented.
    """
    client = aws.client("lambda", target.region)
    limits = client.get_account_settings()["AccountLimit"]
    most = limits["ConcurrentExecutions"]
    stage = target.need_stage()
    wanted = stage.reservations
    # What is set aside for this stage already is not asked for again.
    there = sum(_reserved(client, stage.function(name)) for name in wanted)
    left = limits.get("UnreservedConcurrentExecutions", most) + there - sum(wanted.values())
    if sum(wanted.values()) and left < LEAST_CONCURRENCY:
        yield Finding(
            "concurrency",
            f"the account runs {most} functions at once; {sum(wanted.values())} set aside for "
            f"{stage.prefix} would leave {left}, and AWS wants {LEAST_CONCURRENCY} left: "
            "the deploy would fail",
            f'{_ASK_FOR_CONCURRENCY}; or until it is granted say "reserve_concurrency": '
            "false in the stage's part of .chalice/config.json",
        )
    elif most < LEAST_CONCURRENCY:
        yield Finding(
            "concurrency",
            f"the account runs {most} functions at once: enough to try it out, too few for a dozen "
            "workers who wait",
            _ASK_FOR_CONCURRENCY,
        )
    else:
        aside = f", {sum(wanted.values())} of them set aside" if any(wanted.values()) else ""
        yield Finding("concurrency", f"{most} functions may run at once{aside}")


def _reserved(client: Any, function: str) -> int:
    try:
        found = client.get_function_concurrency(FunctionName=function)
    except ClientError as error:
        if aws.code_of(error) != "ResourceNotFoundException":
            raise
        return 0
    return int(found.get("ReservedConcurrentExecutions", 0))


def cloudfront(target: Target) -> Iterator[Finding]:
    """Whether it may be asked; whether it may be used shows at the first distribution only."""
    client = aws.client("cloudfront", CLOUDFRONT_REGION)
    listed = client.list_distributions(MaxItems="1")["DistributionList"]
    client.list_response_headers_policies(Type="custom", MaxItems="1")
    client.list_functions(MaxItems="1")
    if listed.get("Items"):
        yield Finding("cloudfront", "may be used: the account has distributions")
        return
    yield Finding(
        "cloudfront",
        "may be asked. Whether this account may use it shows only when the first distribution is "
        "made: if AWS then says that the account must be verified, open a case at AWS Support "
        "(Account and billing, which is free), wait for the answer, and run the same command again",
    )


def stack(target: Target) -> Iterator[Finding]:
    """Whether CloudFormation may be asked, and what it has of this stage already."""
    stage = target.need_stage()
    client = aws.client("cloudformation", target.region)
    pages = client.get_paginator("describe_stacks").paginate()
    found = {
        one["StackName"]: one["StackStatus"]
        for page in pages
        for one in page["Stacks"]
        if one["StackName"].startswith(f"{stage.prefix}-") or one["StackName"] == stage.prefix
    }
    for name, status in found.items():
        if status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}:
            what = f"the stack {name} is {status}: it can't be changed any more"
            mend = f"see its events, then: aws cloudformation delete-stack --stack-name {name}"
            yield Finding("cloudformation", what, mend)
        else:
            yield Finding("cloudformation", f"the stack {name} is there ({status})")
    if not found:
        yield Finding("cloudformation", f"may be asked; nothing of {stage.prefix} is there yet")


def access_logs(target: Target) -> Iterator[Finding]:
    """API Gateway writes logs by a role that an account has once for each region."""
    if not target.need_stage().has_access_logs:
        yield Finding("access logs", "not asked for (access_logs)")
        return
    found = aws.client("apigateway", target.region).get_account().get("cloudwatchRoleArn")
    if found:
        yield Finding("access logs", f"API Gateway writes as {found}")
    else:
        yield Finding(
            "access logs",
            "API Gateway has no role to write logs with in this account and region",
            "make one (policy AmazonAPIGatewayPushToCloudWatchLogs, trusting "
            "apigateway.amazonaws.com) and set it: API Gateway, Settings, CloudWatch log role",
        )


def mail(target: Target) -> Iterator[Finding]:
    """SES, where the stage calls workers by it."""
    variables = variables_of(target.need_stage())
    if variables.get("MARKETPLACE_MAIL") != "ses":
        yield Finding("mail", "not by SES")
        return
    client = aws.client("sesv2", target.region)
    settings = client.get_account()
    if not settings.get("ProductionAccessEnabled"):
        yield Finding(
            "mail",
            "SES is in its sandbox: it sends to addresses that you have verified, and to no others",
            "ask for production access: SES, Account dashboard, in this region",
        )
    if not settings.get("SendingEnabled", True):
        yield Finding("mail", "SES sends nothing for this account", "see SES's Account dashboard")
    address = parse_sender(variables.get("MARKETPLACE_MAIL_FROM", ""))[1]
    host = address.rpartition("@")[2]
    if any(_is_verified(client, identity) for identity in (address, host)):
        yield Finding("mail", f"SES sends as {address}")
    else:
        what = f"SES may not send as {address}: neither it nor {host} is verified"
        yield Finding("mail", what, "verify one of them: SES, Identities, in this region")


def _is_verified(client: Any, identity: str) -> bool:
    try:
        found = client.get_email_identity(EmailIdentity=identity)
    except ClientError as error:
        if aws.code_of(error) != "NotFoundException":
            raise
        return False
    return bool(found.get("VerificationStatus") == "SUCCESS")
