"""`retainer deploy` and what goes with it, against moto: what is made, and made again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from chalicelib.kit.dynamo.tables import definition_of
from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS
from operate.policies import policy
from operate.stages import Stage
from operate.template.alarms import all_alarms, anchor
from tests.deploy.cloud import Clone, Cloud

FUNCTIONS = ("api_handler", "size_pools", "review", "market_events", "mturk", "market_tick",
             "market_calls")  # fmt: skip
STAGE = Stage.named("dev")
SECRETS = ("seat-secret", "master-key", "keys-secret")


def secrets(cloud: Cloud) -> dict[str, str]:
    names = [f"/retainer/dev/{name}" for name in SECRETS]
    found = cloud.client("ssm").get_parameters(Names=names, WithDecryption=True)["Parameters"]
    return {one["Name"]: one["Value"] for one in found}


def parameter(cloud: Cloud, name: str) -> str:
    found = cloud.client("ssm").get_parameter(Name=f"/retainer/dev/{name}", WithDecryption=True)
    return str(found["Parameter"]["Value"])


def test_tables__are_those_of_the_template(deployed: Clone, cloud: Cloud) -> None:
    dynamodb = cloud.client("dynamodb")

    for model in (*RETAINER_MODELS, *MARKETPLACE_MODELS):
        wanted = definition_of(model)
        name = f"retainer-dev-{wanted.name}"
        table = dynamodb.describe_table(TableName=name)["Table"]
        indexes = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])}
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        assert indexes == {index["IndexName"] for index in wanted.global_indexes}
        found = dynamodb.describe_continuous_backups(TableName=name)
        recovery = found["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
        ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        is_cleared = ttl["TimeToLiveStatus"] == "ENABLED"
        assert is_cleared == (wanted.ttl_attribute is not None)


def test_functions__are_seven_with_our_policies_and_nothing_more(
    deployed: Clone, cloud: Cloud
) -> None:
    functions = {f["FunctionName"]: f for f in cloud.client("lambda").list_functions()["Functions"]}
    iam = cloud.client("iam")

    assert set(functions) == {STAGE.function(name) for name in FUNCTIONS}
    for name in FUNCTIONS:
        found = functions[STAGE.function(name)]
        assert found["MemorySize"] == 1024
        assert found["Timeout"] == (29 if name in {"api_handler", "mturk"} else 60)
        role = found["Role"].rpartition("/")[2]
        (attached,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=attached)["PolicyDocument"]
        assert document == policy(STAGE, name)
        assert not iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        variables = found["Environment"]["Variables"]
        assert not set(secrets(cloud).values()) & set(variables.values())


def test_alarms_and_dashboard__are_those_of_the_template(deployed: Clone, cloud: Cloud) -> None:
    topic = "arn:aws:sns:eu-west-1:123456789012:retainer-dev-alarms"
    wanted = {p["Properties"]["AlarmName"]: p["Properties"] for p in all_alarms(STAGE).values()}
    found = {
        a["AlarmName"]: a for a in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    }

    assert set(found) == set(wanted)
    for name, alarm in wanted.items():
        told = {"AlarmActions": [topic], "OKActions": [topic], "ActionsEnabled": True}
        for key, value in {**alarm, **told}.items():
            if key != "Metrics":
                assert found[name][key] == value, (name, key)
            else:
                assert [m["Id"] for m in found[name][key]] == [m["Id"] for m in value]
    name = "retainer-dev-eu-west-1-service"
    body = cloud.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]
    assert len(json.loads(body)["widgets"]) == 16
    assert "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:retainer-dev-api-failing" in body
    # References are resolved; what CloudWatch itself fills in stands as it reads it.
    assert set(re.findall(r"\$\{[^}]*\}", body)) == {"${PROP('Dim.hitType')}"}


def test_alarms__are_mailed_to_whoever_confirms__and_stay_so(deployed: Clone, cloud: Cloud) -> None:
    assert deployed.run("alarms", "mail", "nobody", "--stage", "dev").returncode == 1
    deployed.done("alarms", "mail", "ops@example.org", "--stage", "dev")
    deployed.done("link", "--stage", "dev")

    (one,) = cloud.client("sns").list_subscriptions()["Subscriptions"]
    assert (one["Protocol"], one["Endpoint"]) == ("email", "ops@example.org")
    rows = deployed.done("alarms", "list", "--stage", "dev")
    assert {row["alarm"] for row in rows} == {anchor(name) for name in all_alarms(STAGE)}

    alarm = {"AlarmName": "retainer-dev-api-failing", "StateReason": "a test"}
    cloud.client("cloudwatch").set_alarm_state(**alarm, StateValue="ALARM")
    sounding = deployed.run("alarms", "list", "--stage", "dev")
    found = json.loads(deployed.run("--json", "doctor", "--stage", "dev").stdout)["findings"]
    cloud.client("cloudwatch").set_alarm_state(**alarm, StateValue="OK")
    assert [f["what"] for f in found if f["check"] == "alarms" and not f["ok"]] == [
        "retainer-dev-api-failing sounds"
    ]
    assert sounding.returncode == 1
    (line,) = [line for line in sounding.stdout.splitlines() if line.startswith("api-failing")]
    assert "ALARM" in line
    assert "docs/runbook.md#api-failing" in line


def test_addresses_of_the_sites__are_plain_variables__and_what_preflights_say(
    deployed: Clone, cloud: Cloud
) -> None:
    desk, wait = parameter(cloud, "desk-url"), parameter(cloud, "wait-url")
    client = cloud.client("lambda")
    api, sizing = (
        client.get_function_configuration(FunctionName=STAGE.function(name))["Environment"]
        for name in ("api_handler", "size_pools")
    )
    assert api["Variables"]["MARKETPLACE_WORKER_ORIGIN"] == desk
    assert sizing["Variables"]["RETAINER_WAIT_URL"] == wait

    gateway = cloud.client("apigateway")
    (rest,) = gateway.get_rest_apis()["items"]
    found = gateway.get_resources(restApiId=rest["id"], limit=500, embed=["methods"])["items"]
    entry = next(one["id"] for one in found if one["path"] == "/market/entry")
    answer = gateway.get_integration_response(
        restApiId=rest["id"], resourceId=entry, httpMethod="OPTIONS", statusCode="200"
    )
    origin = "method.response.header.Access-Control-Allow-Origin"
    assert answer["responseParameters"][origin] == f"'{desk}'"


def test_asynchronous_calls__are_not_tried_again__and_soon_forgotten(
    deployed: Clone, cloud: Cloud
) -> None:
    client = cloud.client("lambda")

    for name in ("size_pools", "review", "market_tick", "market_calls"):
        found = client.get_function_event_invoke_config(FunctionName=f"retainer-dev-{name}")
        assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (0, 60)


def test_schedules_queue_and_api__are_wired(deployed: Clone, cloud: Cloud) -> None:
    events = cloud.client("events")
    rules = {rule["Name"]: rule for rule in events.list_rules()["Rules"]}
    assert len(rules) == 4
    for name, rule in rules.items():
        assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
        (target,) = events.list_targets_by_rule(Rule=name)["Targets"]
        assert ":function:retainer-dev-" in target["Arn"]

    (mapping,) = cloud.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert mapping["EventSourceArn"].endswith(":retainer-dev-events")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName="retainer-dev-events")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    dead = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
    assert dead.endswith(":retainer-dev-events-dead")
    assert attributes["VisibilityTimeout"] == "360"

    api = cloud.client("apigateway")
    (rest,) = api.get_rest_apis()["items"]
    # What its alarms and graphs go by; each deploy of Chalice's sets it back.
    assert rest["name"] == STAGE.api_name
    paths = {one["path"] for one in api.get_resources(restApiId=rest["id"], limit=500)["items"]}
    assert {"/retainer/puttask", "/retainer/gettask/assignment/{assignment}"} & paths
    assert len(paths) > 60
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        answer = api.get_gateway_response(restApiId=rest["id"], responseType=kind)
        headers = answer["responseParameters"]
        assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
    settings = api.get_stage(restApiId=rest["id"], stageName="api")["methodSettings"]["*/*"]
    assert settings["throttlingRateLimit"] == 500


def test_addresses_and_account__are_told_to_those_who_need_them(
    deployed: Clone, cloud: Cloud
) -> None:
    (rest,) = cloud.client("apigateway").get_rest_apis()["items"]
    assert rest["id"] in parameter(cloud, "site-url")
    assert parameter(cloud, "site-url").endswith("/api")
    assert parameter(cloud, "market-url").startswith("https://")
    for name in ("wait-url", "desk-url"):
        assert parameter(cloud, name).startswith("https://")
    markets = json.loads(parameter(cloud, "markets"))
    known = json.loads(parameter(cloud, "markets-known"))
    assert set(markets) == set(known) == {"sandbox", "production"}
    assert markets["sandbox"]["secret_key"]
    assert set(known["sandbox"]) == {"endpoint", "arrival_key"}
    (account,) = deployed.done("market", "accounts", "list", "--stage", "dev")
    assert account["keys"][0]["accessKey"] == markets["sandbox"]["access_key"]


def test_sites__are_private_and_behind_a_distribution(deployed: Clone, cloud: Cloud) -> None:
    s3 = cloud.client("s3")
    names = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    assert sorted(name.split("-")[2] for name in names) == ["builds", "desk", "wait"]
    found = cloud.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    by_comment = {one["Comment"]: one for one in found}
    assert set(by_comment) == {"retainer-dev wait", "retainer-dev desk"}
    for name in [name for name in names if "-builds-" not in name]:
        blocked = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        assert all(blocked.values())
        document = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
        allow = next(s for s in document["Statement"] if s["Effect"] == "Allow")
        site = by_comment[f"retainer-dev {name.split('-')[2]}"]
        assert allow["Condition"]["StringEquals"]["AWS:SourceArn"].endswith(site["Id"])


def test_everything_again__changes_nothing_that_matters(deployed: Clone, cloud: Cloud) -> None:
    before = {name: parameter(cloud, name) for name in (*SECRETS, "markets", "wait-url")}

    made = deployed.run("state", "make", "--stage", "dev")
    assert made.returncode == 0, made.stderr
    assert not re.search(r": made|being made|changing", made.stderr)
    deployed.done("deploy", "--stage", "dev")
    linked = deployed.run("link", "--stage", "dev", "--deposit", "25.00")
    assert linked.returncode == 0, linked.stderr
    deployed.done("link", "--stage", "dev", "--deposit", "25.00")

    assert {name: parameter(cloud, name) for name in before} == before
    assert len(cloud.client("lambda").list_functions()["Functions"]) == len(FUNCTIONS)
    (account,) = deployed.done("market", "accounts", "list", "--stage", "dev")
    # Paid in once, however often it is said.
    assert account["available"] == "25.00"


def test_stage__is_worked_on_by_its_name(deployed: Clone, cloud: Cloud, tmp_path: Path) -> None:
    spec: dict[str, Any] = {
        "hit_type_id": "Photos", "title": "Which photo?", "description": "Choose.",
        "url": "https://example.org/wait.html", "reward": 0.05,
    }  # fmt: skip
    (tmp_path / "photos.json").write_text(json.dumps(spec))
    deployed.done("protohit", "put", str(tmp_path / "photos.json"), "--stage", "dev")

    assert [p["id"] for p in deployed.done("protohit", "list", "--stage", "dev")] == ["Photos"]
    rows = cloud.client("dynamodb").scan(TableName="retainer-dev-protohits")["Items"]
    assert len(rows) == 1
    wrong = deployed.run("protohit", "list", "--stage", "staging")
    assert (wrong.returncode, "dev, prod" in wrong.stderr) == (1, True)
