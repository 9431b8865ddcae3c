"""moto's server, with what it lacks or refuses of what AWS takes; prints its address.

Chalice's API documents are of an older version of OpenAPI, CloudFront has no headers' policies, and
Lambda and SES lack the settings of an account; CloudFormation is in `moto_cloudformation`.
"""

from __future__ import annotations

import copy
import json
import sys
import uuid
from typing import Any

import xmltodict
from moto.apigateway.models import APIGatewayBackend
from moto.awslambda.urls import url_paths as lambda_paths
from moto.cloudfront.urls import url_paths
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.server import ThreadedMotoServer
from moto.sesv2.urls import url_paths as mail_paths

from tests.deploy import moto_cloudformation, moto_restores

_POLICIES = "{0}/2020-05-31/response-headers-policy"


def main() -> None:
    """Serve until whoever started this is gone."""
    _mend()
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    moto_cloudformation.mend(f"http://{host}:{port}")
    print(f"http://{host}:{port}", flush=True)
    sys.stdin.read()


def _mend() -> None:
    moto_restores.mend()
    for name in ("import_rest_api", "put_rest_api"):
        setattr(APIGatewayBackend, name, _in_openapi3(getattr(APIGatewayBackend, name)))
    # moto takes a policy without its conditions, and so ours for one that denies everything.
    FakeBucket.get_permission = lambda *_: PermissionResult.NEUTRAL
    policies: dict[str, Any] = {}
    for path, method in (
        (f"{_POLICIES}$", _policies_of(policies)),
        (f"{_POLICIES}/(?P<policy_id>[^/]+)$", _policy_of(policies)),
    ):
        url_paths[path] = method
    lambda_paths[r"{0}/2016-08-19/account-settings/?$"] = _settings
    mail_paths["{0}/v2/email/account$"] = _sender


def _in_openapi3(original: Any) -> Any:
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        return original(self, *map(_as_openapi3, args),
                        **{k: _as_openapi3(v) for k, v in kwargs.items()})  # fmt: skip

    return wrapped


def _as_openapi3(given: Any) -> Any:
    if not isinstance(given, dict) or "paths" not in given:
        return given
    document = copy.deepcopy(given)
    if document.pop("swagger", None):
        document["openapi"] = "3.0.1"
        document["info"].setdefault("description", document["info"]["title"])
    for methods in document["paths"].values():
        for operation in methods.values():
            integration = operation.get("x-amazon-apigateway-integration", {})
            if integration.get("type") == "mock":
                integration.setdefault("uri", "")
                integration.setdefault("httpMethod", "POST")
    return document


def _policies_of(policies: dict[str, Any]) -> Any:
    def answer(request: Any, _: str, __: Any) -> Any:
        if request.method == "POST":
            made = str(uuid.uuid4())
            policies[made] = xmltodict.parse(request.data)["ResponseHeadersPolicyConfig"]
            return 201, {"ETag": "E1"}, _xml(_policy(made, policies[made]))
        items = {
            "ResponseHeadersPolicySummary": [
                {"Type": "custom", **_policy(name, one)} for name, one in policies.items()
            ]
        }
        listed = {"MaxItems": "100", "Quantity": str(len(policies)), "Items": items}
        return 200, {}, _xml({"ResponseHeadersPolicyList": listed})

    return answer


def _policy_of(policies: dict[str, Any]) -> Any:
    def answer(request: Any, _: str, __: Any) -> Any:
        name = request.path.rpartition("/")[2]
        if request.method == "PUT":
            policies[name] = xmltodict.parse(request.data)["ResponseHeadersPolicyConfig"]
        return 200, {"ETag": "E1"}, _xml(_policy(name, policies[name]))

    return answer


def _policy(name: str, config: Any) -> dict[str, Any]:
    config = {key: value for key, value in config.items() if not key.startswith("@")}
    return {
        "ResponseHeadersPolicy": {
            "Id": name,
            "LastModifiedTime": "2026-01-01T00:00:00Z",
            "ResponseHeadersPolicyConfig": config,
        }
    }


def _settings(request: Any, _: str, __: Any) -> Any:
    """An account's limits; of a new account, whose access key begins so, they are low."""
    is_new = "Credential=new" in request.headers["Authorization"]
    limit = {"ConcurrentExecutions": 10 if is_new else 1000}
    return 200, {}, json.dumps({"AccountLimit": limit})


def _sender(_: Any, __: str, ___: Any) -> Any:
    """Of an account that has not asked SES for more than its sandbox."""
    return 200, {}, json.dumps({"ProductionAccessEnabled": False, "SendingEnabled": True})


def _xml(value: dict[str, Any]) -> str:
    return str(xmltodict.unparse(value))


if __name__ == "__main__":
    main()
