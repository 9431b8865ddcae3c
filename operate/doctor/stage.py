"""Checks of a stage in AWS: account, parameters, functions, schedules, queue, sites, quotas."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from chalicelib.kit.config import SSM
from chalicelib.kit.dynamo.tables import definition_of
from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS
from operate import aws
from operate.alarms import alarm_names, found_alarms, topic_arn
from operate.doctor.findings import Finding
from operate.pages.publish import bucket_of, releases
from operate.plain import is_as_wanted, of_the_stage
from operate.state.secrets import MARKETS_KNOWN, SECRETS
from operate.target import Target, variables_of
from operate.template.functions import FUNCTIONS
from operate.template.place import SITES

LEAST_CONCURRENCY = 100
"""Of an account: new ones may have ten, which a dozen waiting workers use up."""

SCHEDULED = ("size_pools", "review", "market_tick", "market_calls")


def account(target: Target) -> Iterator[Finding]:
    found = aws.client("sts", target.region).get_caller_identity()
    yield Finding("account", f"{found['Account']} in {target.region}, as {found['Arn']}")


def parameters(target: Target) -> Iterator[Finding]:
    stage = target.need_stage()
    values = variables_of(stage).values()
    wanted = sorted(
        {value.removeprefix(SSM) for value in values if value.startswith(SSM)}
        | {f"{stage.parameters}/{name}" for name in (*SECRETS, MARKETS_KNOWN, "market-url")}
    )
    ssm = aws.client("ssm", target.region)
    there: set[str] = set()
    for at in range(0, len(wanted), 10):
        answer = ssm.get_parameters(Names=wanted[at : at + 10])
        there |= {one["Name"] for one in answer["Parameters"]}
    missing = [name for name in wanted if name not in there]
    for name in missing:
        what = f"the parameter {name} is not there"
        yield Finding("parameters", what, f"retainer state make --stage {stage.name}")
    if not missing:
        yield Finding("parameters", f"{len(wanted)} parameters {stage.parameters}/… there")


def recovery(target: Target) -> Iterator[Finding]:
    """Point-in-time recovery and clearing by time."""
    stage = target.need_stage()
    dynamodb = aws.client("dynamodb", target.region)
    mend = f"retainer state make --stage {stage.name}"
    wrong = 0
    for model in (*RETAINER_MODELS, *MARKETPLACE_MODELS):
        definition = definition_of(model)
        table = stage.table_prefix + definition.name
        found = dynamodb.describe_continuous_backups(TableName=table)
        point = found["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        if point.get("PointInTimeRecoveryStatus") != "ENABLED":
            wrong += 1
            yield Finding("recovery", f"{table} has no point-in-time recovery", mend)
        ttl = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if definition.ttl_attribute and not ttl["TimeToLiveStatus"].startswith("ENABL"):
            wrong += 1
            yield Finding("recovery", f"{table} does not clear what is past its time", mend)
    if not wrong:
        yield Finding("recovery", "all tables can be recovered to any moment of 35 days")


def functions(target: Target) -> Iterator[Finding]:
    stage = target.need_stage()
    client = aws.client("lambda", target.region)
    deploy = f"retainer deploy --stage {stage.name}"
    shared, made = stage.settings.get("environment_variables", {}), of_the_stage(stage)
    for name in FUNCTIONS.values():
        full = stage.function(name)
        try:
            found = client.get_function_configuration(FunctionName=full)
        except client.exceptions.ResourceNotFoundException:
            yield Finding("functions", f"{full} is not there", deploy)
            continue
        own = stage.settings["lambda_functions"][name]
        wanted = {**shared, **own.get("environment_variables", {}), **made.get(name, {})}
        has = found.get("Environment", {}).get("Variables", {})
        wrong = [k for k, value in wanted.items() if not is_as_wanted(stage, value, has.get(k))]
        wrong += [key for key in has if key.startswith(("RETAINER_", "MARKETPLACE_"))
                  and key not in wanted]  # fmt: skip
        sizes = {
            "MemorySize": own.get("lambda_memory_size", stage.settings["lambda_memory_size"]),
            "Timeout": own.get("lambda_timeout", stage.settings["lambda_timeout"]),
        }
        wrong += [key for key, value in sizes.items() if found.get(key) != value]
        if wrong:
            what = f"{full} has other settings than .chalice/config.json: {', '.join(wrong)}"
            yield Finding("functions", what, deploy)
        state = (found.get("State", "Active"), found.get("LastUpdateStatus", "Successful"))
        if state != ("Active", "Successful"):
            yield Finding("functions", f"{full} is {' and '.join(state)}", deploy)
    yield Finding("functions", f"{len(FUNCTIONS)} functions looked at")


def schedules(target: Target) -> Iterator[Finding]:
    stage = target.need_stage()
    events = aws.client("events", target.region)
    where = f"arn:aws:lambda:{target.region}:{aws.account(target.region)}:function:"
    for name in SCHEDULED:
        full = stage.function(name)
        rules = events.list_rule_names_by_target(TargetArn=where + full)["RuleNames"]
        if not rules:
            yield Finding(
                "schedules", f"nothing starts {full}", f"retainer deploy --stage {stage.name}"
            )
        for rule in rules:
            if events.describe_rule(Name=rule)["State"] != "ENABLED":
                yield Finding(
                    "schedules",
                    f"the schedule {rule} is switched off",
                    f"aws events enable-rule --name {rule}",
                )
    yield Finding("schedules", f"{len(SCHEDULED)} functions started each minute, looked at")


def queue(target: Target) -> Iterator[Finding]:
    sqs = aws.client("sqs", target.region)
    stage = target.need_stage()
    for name in (f"{stage.prefix}-events", f"{stage.prefix}-events-dead"):
        try:
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        except ClientError as error:
            if "NonExistentQueue" not in aws.code_of(error):
                raise
            mend = f"retainer state make --stage {stage.name}"
            yield Finding("queue", f"the queue {name} is not there", mend)
            continue
        kind = "ApproximateNumberOfMessages"
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[kind])["Attributes"]
        if name.endswith("-dead") and int(found[kind]):
            yield Finding(
                "queue",
                f"{found[kind]} events could not be taken and lie in {name}",
                "see market_events' log; nothing is lost: the schedules look for themselves",
            )
        else:
            yield Finding("queue", f"{name} there, {found[kind]} messages in it")


def sign_in(target: Target) -> Iterator[Finding]:
    """Who picks a name is that worker, those who were invited included."""
    stage, name = target.need_stage(), "MARKETPLACE_OPEN_SIGN_IN"
    if variables_of(stage).get(name) == "1":
        what = f"{name} lets anybody be any worker, by their name alone"
        mend = f"take {name} out of .chalice/config.json, and retainer deploy --stage {stage.name}"
        yield Finding("sign-in", what, mend)
    else:
        yield Finding("sign-in", "workers come in by links of their own")


def floods(target: Target) -> Iterator[Finding]:
    """What one address can use up of the API. A hint at most: whole classes share an address."""
    stage = target.need_stage()
    if most := stage.calls_per_address:
        yield Finding("floods", f"one address calls the API at most {most} times in five minutes")
        return
    text = "one address may call the API as often as the stage takes calls"
    if variables_of(stage).get("MARKETPLACE_OPEN_SIGN_UP") == "1":
        text += ", and anybody may make a worker's account"
    yield Finding("floods", f"{text}: calls_per_address bounds it (docs/security.md, Floods)")


def pages(target: Target) -> Iterator[Finding]:
    stage = target.need_stage()
    for site in SITES:
        bucket = bucket_of(target, site)
        blocked = aws.client("s3", target.region).get_public_access_block(Bucket=bucket)
        if not all(blocked["PublicAccessBlockConfiguration"].values()):
            mend = f"retainer state make --stage {stage.name}"
            yield Finding("pages", f"{bucket} may be opened to the public", mend)
        published = releases(target.region, bucket)
        if not published:
            mend = f"retainer pages publish --stage {stage.name}"
            yield Finding("pages", f"{site}: nothing is published", mend)
        else:
            yield Finding("pages", f"{site}: version {published[-1]['version']}")


def alarms(target: Target) -> Iterator[Finding]:
    """Those that are missing, and those that sound."""
    stage = target.need_stage()
    states = {a["AlarmName"]: a["StateValue"] for a in found_alarms(stage, target.region)}
    wanted = alarm_names(stage)
    missing = [name for name in wanted if name not in states]
    if missing:
        what = f"{len(missing)} of {len(wanted)} alarms are not there, {missing[0]} among them"
        again = f"retainer state make --stage {stage.name}"
        yield Finding("alarms", what, again)
    for name in wanted:
        if states.get(name) == "ALARM":
            anchor = name.removeprefix(f"{stage.prefix}-")
            yield Finding("alarms", f"{name} sounds", f"docs/runbook.md#{anchor}")
    if not missing:
        yield Finding("alarms", f"{len(wanted)} alarms looked at")
        yield from listeners(target)


def listeners(target: Target) -> Iterator[Finding]:
    """Who is told of alarms; a mail's address must have confirmed that it wants to be."""
    stage = target.need_stage()
    pages = aws.client("sns", target.region).get_paginator("list_subscriptions_by_topic")
    found = [
        one
        for page in pages.paginate(TopicArn=topic_arn(stage, target.region))
        for one in page["Subscriptions"]
    ]
    waiting = [one["Endpoint"] for one in found if one["SubscriptionArn"] == "PendingConfirmation"]
    for address in waiting:
        what = f"{address} has not confirmed and is told of no alarm"
        again = f"retainer alarms mail {address} --stage {stage.name} sends the mail again"
        yield Finding("alarms", what, again)
    if len(found) == len(waiting):
        text = f"nobody is told of alarms yet: retainer alarms mail ADDRESS --stage {stage.name}"
        yield Finding("alarms", text)
    else:
        yield Finding("alarms", f"{len(found) - len(waiting)} are told of alarms")


def quotas(target: Target) -> Iterator[Finding]:
    limit = aws.client("lambda", target.region).get_account_settings()["AccountLimit"]
    most = limit["ConcurrentExecutions"]
    wanted = sum(target.need_stage().reservations.values()) + LEAST_CONCURRENCY
    if most < wanted:
        yield Finding(
            "quotas",
            f"the account runs {most} functions at once; this stage wants {wanted}",
            "ask AWS for more: Service Quotas, Lambda, concurrent executions",
        )
    else:
        yield Finding("quotas", f"{most} functions may run at once")
