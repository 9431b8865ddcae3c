"""The resource types of the code's stack, as `moto_resources` has those of the state's."""

from __future__ import annotations

import json
import uuid
from typing import Any

from tests.deploy.moto_resources import Aws, Kind, Properties, nothing, picked, replaced

_CONFIGURATION = ("FunctionName", "Handler", "MemorySize", "Role", "Runtime", "Timeout",
                  "Environment")  # fmt: skip

_RESERVED_MOST = 900
"""Of the thousand that an account has."""


def _new(what: str) -> str:
    """A name as CloudFormation makes them up."""
    return f"{what}-{uuid.uuid4().hex[:12]}"


def _make_role(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    iam, name = aws.client("iam"), _new("role")
    made = iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps(properties["AssumeRolePolicyDocument"])
    )["Role"]
    _set_role(aws, name, {}, properties)
    return name, {"Arn": made["Arn"]}


def _set_role(aws: Aws, name: str, _: Properties, new: Properties) -> None:
    for policy in new.get("Policies", []):
        aws.client("iam").put_role_policy(
            RoleName=name, PolicyName=policy["PolicyName"],
            PolicyDocument=json.dumps(policy["PolicyDocument"]),
        )  # fmt: skip


def _delete_role(aws: Aws, name: str) -> None:
    iam = aws.client("iam")
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def _make_function(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    functions = aws.client("lambda")
    _check_reservation(properties)
    made = functions.create_function(
        **picked(properties, *_CONFIGURATION, "Code", "Architectures"),
        Tags={tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])},
    )
    _reserve(aws, properties)
    return properties["FunctionName"], {"Arn": made["FunctionArn"]}


def _check_reservation(properties: Properties) -> None:
    """Before anything is made: what fails leaves nothing of the resource itself."""
    if properties.get("ReservedConcurrentExecutions", 0) > _RESERVED_MOST:
        raise ValueError(
            "Specified ReservedConcurrentExecutions for function decreases account's "
            "UnreservedConcurrentExecution below its minimum value of [100]."
        )


def _reserve(aws: Aws, properties: Properties) -> None:
    if reserved := properties.get("ReservedConcurrentExecutions"):
        aws.client("lambda").put_function_concurrency(
            FunctionName=properties["FunctionName"], ReservedConcurrentExecutions=reserved
        )


def _change_function(aws: Aws, name: str, _: Properties, new: Properties) -> None:
    functions = aws.client("lambda")
    _check_reservation(new)
    functions.update_function_code(FunctionName=name, **new["Code"])
    functions.update_function_configuration(**picked(new, *_CONFIGURATION))
    _reserve(aws, new)


def _permit(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    statement = _new("permission")
    aws.client("lambda").add_permission(StatementId=statement, **properties)
    return f"{properties['FunctionName']} {statement}", {}


def _forbid(aws: Aws, named: str) -> None:
    function, statement = named.split()
    aws.client("lambda").remove_permission(FunctionName=function, StatementId=statement)


def _make_url(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    made = aws.client("lambda").create_function_url_config(
        FunctionName=properties["TargetFunctionArn"], AuthType=properties["AuthType"]
    )
    return properties["TargetFunctionArn"], {"FunctionUrl": made["FunctionUrl"]}


def _set_invoke(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    aws.client("lambda").put_function_event_invoke_config(
        **picked(properties, "FunctionName", "MaximumRetryAttempts", "MaximumEventAgeInSeconds")
    )
    return properties["FunctionName"], {}


def _make_mapping(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    made = aws.client("lambda").create_event_source_mapping(**properties)
    return made["UUID"], {}


def _make_rule(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    events, name = aws.client("events"), _new("rule")
    arn = events.put_rule(Name=name, ScheduleExpression=properties["ScheduleExpression"])["RuleArn"]
    events.put_targets(Rule=name, Targets=properties["Targets"])
    return name, {"Arn": arn}


def _delete_rule(aws: Aws, name: str) -> None:
    events = aws.client("events")
    found = events.list_targets_by_rule(Rule=name)["Targets"]
    events.remove_targets(Rule=name, Ids=[target["Id"] for target in found])
    events.delete_rule(Name=name)


def _make_api(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    made = aws.client("apigateway").import_rest_api(body=json.dumps(properties["Body"]).encode())
    return made["id"], {}


def _change_api(aws: Aws, name: str, _: Properties, new: Properties) -> None:
    aws.client("apigateway").put_rest_api(
        restApiId=name, mode="overwrite", body=json.dumps(new["Body"]).encode()
    )


def _make_deployment(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    api = properties["RestApiId"]
    made = aws.client("apigateway").create_deployment(restApiId=api)
    return f"{api} {made['id']}", {}


def _make_stage(aws: Aws, properties: Properties) -> tuple[str, dict[str, str]]:
    api, name = properties["RestApiId"], properties["StageName"]
    deployment = properties["DeploymentId"].split()[1]
    gateway = aws.client("apigateway")
    gateway.create_stage(restApiId=api, stageName=name, deploymentId=deployment)
    (settings,) = properties["MethodSettings"]
    patches: list[dict[str, Any]] = [
        {"op": "replace", "path": f"/*/*/throttling/{kind}Limit",
         "value": str(settings[f"Throttling{kind.capitalize()}Limit"])}
        for kind in ("rate", "burst")
    ]  # fmt: skip
    gateway.update_stage(restApiId=api, stageName=name, patchOperations=patches)
    return name, {}


def _gone_with_api(_: Aws, __: str) -> None:
    """Deployments and stages go with their API."""


CODE_KINDS: dict[str, Kind] = {
    "AWS::IAM::Role": Kind(_make_role, _set_role, _delete_role),
    "AWS::Lambda::Function": Kind(
        _make_function, _change_function,
        lambda aws, n: aws.client("lambda").delete_function(FunctionName=n),
    ),
    "AWS::Lambda::Permission": Kind(_permit, nothing, _forbid),
    "AWS::Lambda::Url": Kind(
        _make_url, nothing,
        lambda aws, n: aws.client("lambda").delete_function_url_config(FunctionName=n),
    ),
    "AWS::Lambda::EventInvokeConfig": Kind(
        _set_invoke, replaced(_set_invoke),
        lambda aws, n: aws.client("lambda").delete_function_event_invoke_config(FunctionName=n),
    ),
    "AWS::Lambda::EventSourceMapping": Kind(
        _make_mapping, nothing,
        lambda aws, n: aws.client("lambda").delete_event_source_mapping(UUID=n),
    ),
    "AWS::Events::Rule": Kind(_make_rule, nothing, _delete_rule),
    "AWS::ApiGateway::RestApi": Kind(
        _make_api, _change_api, lambda aws, n: aws.client("apigateway").delete_rest_api(restApiId=n)
    ),
    "AWS::ApiGateway::Deployment": Kind(_make_deployment, nothing, _gone_with_api),
    "AWS::ApiGateway::Stage": Kind(_make_stage, nothing, _gone_with_api),
}  # fmt: skip
