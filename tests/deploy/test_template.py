"""The two stacks, as CloudFormation takes them: one of state, one of code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from chalicelib.kit.dynamo.tables import definition_of
from chalicelib.marketplace.store.tables import MODELS as MARKETPLACE_MODELS
from chalicelib.retainer.store.tables import MODELS as RETAINER_MODELS
from operate.stages import ROOT, Stage
from operate.template import Place, code_template, state_template
from operate.template.builds import builds_template
from tests.size import FULL

PLACE = Place("123456789012", "eu-west-1")


@pytest.fixture(params=["dev", "prod"])
def code(request: pytest.FixtureRequest) -> dict[str, Any]:
    folder: Path = request.getfixturevalue(f"{request.param}_package")
    return dict(json.loads((folder / "sam.json").read_text()), stage=request.param)


@pytest.fixture(params=["dev", "prod"])
def state(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(state_template(Stage.named(request.param), PLACE), stage=request.param)


def test_templates_and_their_translations__are_clean(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    # They differ in names and sizes only.
    stages = ["dev", "prod"] if FULL else ["prod"]
    templates = [request.getfixturevalue(f"{stage}_package") / "sam.json" for stage in stages]
    written = {f"{s}-code": translated(json.loads(t.read_text()))
               for s, t in zip(stages, templates, strict=True)}  # fmt: skip
    for name in stages:
        stage = Stage.named(name)
        written[f"{name}-state"] = state_template(stage, PLACE)
        written[f"{name}-builds"] = builds_template(stage, PLACE)
    for name, template in written.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(template))

    command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "eu-west-1", "--"]
    done = subprocess.run(
        [*command, *map(str, [*templates, *tmp_path.iterdir()])], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout


def stage_with(folder: Path, **settings: Any) -> Stage:
    """`dev`, with more in its part of config.json."""
    (folder / ".chalice").mkdir()
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    config["stages"]["dev"] |= settings
    (folder / ".chalice" / "config.json").write_text(json.dumps(config))
    return Stage.named("dev", folder)


def lint(folder: Path, template: dict[str, Any]) -> None:
    (folder / "template.json").write_text(json.dumps(template))
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "eu-west-1", "--"]
    done = subprocess.run([*command, str(folder / "template.json")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def fronted(tmp_path: Path) -> dict[str, Any]:
    """The state of a stage that has CloudFront in front of its marketplace."""
    return state_template(stage_with(tmp_path, market_front=True), PLACE)


def test_front_of_the_market__is_made_where_a_stage_wants_it__and_is_its_address(
    fronted: dict[str, Any], state: dict[str, Any], tmp_path: Path
) -> None:
    resources = fronted["Resources"]
    front = resources["MarketFront"]["Properties"]["DistributionConfig"]
    url = {"Fn::Sub": "https://${MarketFront.DomainName}/"}
    (function,) = front["DefaultCacheBehavior"]["FunctionAssociations"]

    assert resources["MarketUrlParameter"]["Properties"]["Value"] == url
    assert fronted["Outputs"]["MarketURL"]["Value"] == url
    assert resources["MarketHostParameter"]["Properties"]["Name"] == "/retainer/dev/market-host"
    assert "POST" in front["DefaultCacheBehavior"]["AllowedMethods"]
    assert function["FunctionARN"] == {"Fn::GetAtt": ["CarrySignature", "FunctionARN"]}
    assert "x-retainer-authorization" in resources["CarrySignature"]["Properties"]["FunctionCode"]
    assert "MarketFront" not in state["Resources"]
    assert state["Outputs"]["MarketURL"]["Value"] == {"Ref": "MarketURL"}
    lint(tmp_path, fronted)


def test_access_logs_and_rate_of_calls__are_made_where_a_stage_wants_them(
    tmp_path: Path, state: dict[str, Any]
) -> None:
    stage = stage_with(tmp_path, access_logs=True, calls_per_address=3000)
    made = state_template(stage, PLACE)
    api = code_template(stage)["Resources"]["RestAPI"]["Properties"]
    (rule,) = made["Resources"]["ApiFirewall"]["Properties"]["Rules"]
    arn, names = made["Resources"]["ApiFirewallPlace"]["Properties"]["ResourceArn"]["Fn::Sub"]

    line = json.loads(api["AccessLogSetting"]["Format"])
    assert line["route"] == "$context.resourcePath"
    # Paths have ids of people and their work in them.
    assert not {"$context.path", "$context.customDomain.path"} & set(line.values())
    group = made["Resources"]["AccessLogs"]["Properties"]
    assert api["AccessLogSetting"]["DestinationArn"]["Fn::Sub"].endswith(group["LogGroupName"])
    assert group["RetentionInDays"] == 30
    assert rule["Statement"]["RateBasedStatement"]["Limit"] == 3000
    assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    assert arn.endswith("/restapis/${api}/stages/api")
    assert list(names) == ["api"]
    assert not {"AccessLogs", "ApiFirewall", "ApiFirewallPlace"} & set(state["Resources"])
    lint(tmp_path, made)


def test_asynchronous_calls__are_not_tried_again__and_soon_forgotten(code: dict[str, Any]) -> None:
    made = translated(code)["Resources"].values()
    found = [r["Properties"] for r in made if r["Type"] == "AWS::Lambda::EventInvokeConfig"]

    assert sorted(one["FunctionName"]["Ref"] for one in found) == [
        "MarketCalls", "MarketTick", "Review", "SizePools",
    ]  # fmt: skip
    for one in found:
        assert (one["MaximumRetryAttempts"], one["MaximumEventAgeInSeconds"]) == (0, 60)


def test_routes_of_the_worker_site__are_open_to_its_own_pages_alone(code: dict[str, Any]) -> None:
    desk = f"{{{{resolve:ssm:/retainer/{code['stage']}/desk-url}}}}"
    paths = code["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    preflights = {
        path: methods["options"]["x-amazon-apigateway-integration"]["responses"]["default"][
            "responseParameters"
        ]["method.response.header.Access-Control-Allow-Origin"]
        for path, methods in paths.items()
        if "options" in methods
    }
    variables = code["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]

    assert {preflights[path] for path in preflights if path.startswith("/market/")} >= {f"'{desk}'"}
    assert preflights["/market/entry"] == f"'{desk}'"
    assert preflights["/retainer/gettask/assignment/{assignment_id}"] == "'*'"
    assert variables["MARKETPLACE_WORKER_ORIGIN"] == desk


def test_tables__are_those_of_the_service(state: dict[str, Any]) -> None:
    prefix = f"retainer-{state['stage']}-"
    tables = {
        r["Properties"]["TableName"]: r
        for r in state["Resources"].values()
        if r["Type"] == "AWS::DynamoDB::Table"
    }
    models = [definition_of(m) for m in (*RETAINER_MODELS, *MARKETPLACE_MODELS)]

    assert set(tables) == {prefix + m.name for m in models}
    for model in models:
        table = tables[prefix + model.name]
        properties = table["Properties"]
        indexes = properties.get("GlobalSecondaryIndexes", [])
        assert [i["IndexName"] for i in indexes] == [i["IndexName"] for i in model.global_indexes]
        assert ("TimeToLiveSpecification" in properties) == (model.ttl_attribute is not None)
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        # Money lies in them: a deleted stack leaves them behind, but not a creation that failed.
        assert table["DeletionPolicy"] == "RetainExceptOnCreate"
        assert table["UpdateReplacePolicy"] == "Retain"
        assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["IsProtected", True, False]}


def test_sites__are_private_and_say_who_may_frame_them(state: dict[str, Any]) -> None:
    resources = state["Resources"]

    for site in ("Wait", "Desk"):
        bucket = resources[f"{site}Bucket"]["Properties"]
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        behaviour = resources[f"{site}Site"]["Properties"]["DistributionConfig"][
            "DefaultCacheBehavior"
        ]
        assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
    desk = _headers_of(resources, "Desk")
    text, values = desk["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    assert "frame-ancestors 'none'" in text
    # No other API than ours, which is known once it is deployed.
    assert "connect-src 'self' ${ApiOrigin};" in text
    assert "SiteURL" in json.dumps(values["ApiOrigin"])
    assert desk["FrameOptions"]["FrameOption"] == "DENY"
    config = resources["DeskHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    opener = {"Header": "Cross-Origin-Opener-Policy", "Value": "same-origin", "Override": True}
    assert config["CustomHeadersConfig"]["Items"] == [opener]
    wait = _headers_of(resources, "Wait")
    policy, _ = wait["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    assert "frame-ancestors 'self' https://${DeskSite.DomainName}" in policy
    assert "FrameOptions" not in wait
    # Requesters' pages import from the one, nobody from the other.
    assert _cors_of(resources, "Wait") == ["*"]
    assert _cors_of(resources, "Desk") == []


def test_gateway__answers_pages_and_is_throttled(code: dict[str, Any]) -> None:
    api = code["Resources"]["RestAPI"]["Properties"]

    # SAM makes a second stage else, with all routes and no bounds.
    made = translated(code)["Resources"].values()
    stages = [r["Properties"] for r in made if r["Type"] == "AWS::ApiGateway::Stage"]
    assert [one["StageName"] for one in stages] == ["api"]
    assert "StageName" not in next(
        r["Properties"] for r in made if r["Type"] == "AWS::ApiGateway::Deployment"
    )
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        headers = api["GatewayResponses"][kind]["ResponseParameters"]["Headers"]
        assert headers["Access-Control-Allow-Origin"] == "'*'"
    assert api["MethodSettings"][0]["ThrottlingRateLimit"] > 0
    assert api["EndpointConfiguration"] == "REGIONAL"


def test_functions__have_names_logs_and_no_more_than_their_policy(
    code: dict[str, Any],
) -> None:
    stage, resources = code["stage"], code["Resources"]
    logs = state_template(Stage.named(stage), PLACE)["Resources"]
    functions = {n: r for n, r in resources.items() if r["Type"] == "AWS::Serverless::Function"}

    assert len(functions) == 7
    for name, function in functions.items():
        group = logs[f"{name}Logs"]["Properties"]
        called = function["Properties"]["FunctionName"]
        assert called.startswith(f"retainer-{stage}")
        assert group["LogGroupName"] == f"/aws/lambda/{called}"
        assert group["RetentionInDays"] > 0
        role = resources[function["Properties"]["Role"]["Fn::GetAtt"][0]]["Properties"]
        (policy,) = role["Policies"]
        written = f".chalice/policies/{stage}/{_file_of(called, stage)}.json"
        assert policy["PolicyDocument"] == json.loads(Path(written).read_text())


def _file_of(called: str, stage: str) -> str:
    return called.removeprefix(f"retainer-{stage}").removeprefix("-") or "api_handler"


def _cors_of(resources: dict[str, Any], site: str) -> list[str]:
    config = resources[f"{site}Headers"]["Properties"]["ResponseHeadersPolicyConfig"]
    return list(config.get("CorsConfig", {}).get("AccessControlAllowOrigins", {}).get("Items", []))


def _headers_of(resources: dict[str, Any], site: str) -> dict[str, Any]:
    config = resources[f"{site}Headers"]["Properties"]["ResponseHeadersPolicyConfig"]
    return dict(config["SecurityHeadersConfig"])


def translated(template: dict[str, Any]) -> dict[str, Any]:
    """What CloudFormation makes of it: SAM's own translator."""
    copy = json.loads(json.dumps(template))
    for resource in copy["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/deployment.zip"
    session = boto3.Session("test", "test", region_name="us-east-1")
    translator = Translator({}, Parser(), boto_session=session)
    return dict(translator.translate(copy, {}))
