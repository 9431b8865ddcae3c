"""The endpoint itself: signatures, bodies, error shapes, CORS; and requesters' accounts."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from chalicelib.kit.config import ConfigError
from chalicelib.marketplace.api import protocol
from chalicelib.marketplace.domain.people import Credentials
from chalicelib.marketplace.services.accounts import Accounts
from tests.integration.function_url import event_of
from tests.integration.market import Market, hit_values, refused

TARGET = "MTurkRequesterServiceV20170117.GetAccountBalance"


@pytest.fixture(scope="module")
def keys(market: Market) -> Credentials:
    return market.credentials()


def signed_event(
    market: Market,
    keys: Credentials,
    body: bytes = b"{}",
    target: str = TARGET,
    path: str = "/",
    service: str = "mturk-requester",
    **headers: str,
) -> dict[str, Any]:
    """An event that was signed rightly, for tests to spoil."""
    request = AWSRequest(
        "POST",
        f"https://abc.lambda-url.us-east-1.on.aws{path}",
        headers={
            "Host": "abc.lambda-url.us-east-1.on.aws",
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": target,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
        data=body,
    )
    SigV4Auth(BotoCredentials(keys.access_key, keys.secret_key), service, "us-east-1").add_auth(
        request
    )
    return event_of("POST", path, list(request.headers.items()), body, market.clock.now_ms())


def answer(market: Market, event: dict[str, Any]) -> tuple[int, str]:
    """The status, and the error's code or "" for none."""
    response = protocol.handle(event, None, market.market)
    body = json.loads(response["body"] or "{}")
    assert response["headers"].get("x-amzn-errortype") == body.get("__type")
    return response["statusCode"], body.get("__type", "")


def test_signature__verifies(market: Market, keys: Credentials) -> None:
    assert answer(market, signed_event(market, keys)) == (200, "")


def test_signature__verifies__a_body_that_came_as_base64(market: Market, keys: Credentials) -> None:
    event = signed_event(market, keys)
    event["body"] = base64.b64encode(event["body"].encode()).decode()
    event["isBase64Encoded"] = True

    assert answer(market, event) == (200, "")


def test_signature__verifies__what_a_javascript_client_signs(
    market: Market, keys: Credentials
) -> None:
    digest = hashlib.sha256(b"{}").hexdigest()
    event = signed_event(market, keys, x_amz_content_sha256=digest, x_amz_user_agent="a   b ")

    assert answer(market, event) == (200, "")


def spoil(event: dict[str, Any], name: str, old: str, new: str) -> dict[str, Any]:
    assert old in event["headers"][name]
    event["headers"][name] = event["headers"][name].replace(old, new)
    return event


def test_signature__refuses__what_was_changed_afterwards(market: Market, keys: Credentials) -> None:
    wrong = (400, "InvalidSignatureException")
    body = signed_event(market, keys)
    body["body"] = "{} "
    assert answer(market, body) == wrong
    target = spoil(signed_event(market, keys), "x-amz-target", "GetAccountBalance", "ListHITs")
    assert answer(market, target) == wrong
    host = spoil(signed_event(market, keys), "host", "abc", "abd")
    assert answer(market, host) == wrong
    query = signed_event(market, keys)
    query["rawQueryString"] = "a=b"
    assert answer(market, query) == wrong
    signature = signed_event(market, keys)
    last = signature["headers"]["authorization"][-1]
    signature["headers"]["authorization"] = signature["headers"]["authorization"][:-1] + (
        "0" if last != "0" else "1"
    )
    assert answer(market, signature) == wrong


def test_signature__refuses__a_body_that_is_not_signed(market: Market, keys: Credentials) -> None:
    event = signed_event(market, keys, x_amz_content_sha256="UNSIGNED-PAYLOAD")

    assert answer(market, event) == (400, "InvalidSignatureException")


def test_signature__refuses__headers_that_are_not_signed(market: Market, keys: Credentials) -> None:
    for name in ("host", "x-amz-date", "x-amz-target"):
        event = spoil(signed_event(market, keys), "authorization", name, "content-type")
        assert answer(market, event) == (400, "IncompleteSignatureException")
    missing = signed_event(market, keys)
    del missing["headers"]["content-type"]
    assert answer(market, missing) == (400, "InvalidSignatureException")


def test_signature__refuses__another_service(market: Market, keys: Credentials) -> None:
    event = signed_event(market, keys, service="dynamodb")

    assert answer(market, event) == (400, "InvalidSignatureException")


def test_signature__refuses__after_five_minutes_and_from_the_future(
    market: Market, keys: Credentials
) -> None:
    event = signed_event(market, keys)
    market.clock.advance(299)
    assert answer(market, event) == (200, "")
    market.clock.advance(3)
    assert answer(market, event) == (400, "InvalidSignatureException")
    event = signed_event(market, keys)
    market.clock.advance(-302)
    assert answer(market, event) == (400, "InvalidSignatureException")
    market.clock.advance(302)


@pytest.mark.parametrize("given", ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=a", "é" * 9_000])
def test_signature__refuses__another_authorization(
    market: Market, keys: Credentials, given: str
) -> None:
    event = signed_event(market, keys)
    event["headers"]["authorization"] = given

    status, code = answer(market, event)

    assert status == 400
    assert code in {"MissingAuthenticationTokenException", "IncompleteSignatureException"}


def test_key__wrong_secret_unknown_and_revoked(market: Market) -> None:
    keys = market.credentials()
    error = refused(market.client(keys, secret_key="wrong").get_account_balance)
    assert error["Error"]["Code"] == "InvalidSignatureException"
    invented = Credentials("A", "RKUNKNOWN", market.market.accounts.secret_of("RKUNKNOWN"), "")
    error = refused(market.client(invented).get_account_balance)
    assert error["Error"]["Code"] == "UnrecognizedClientException"

    assert market.market.accounts.revoke(keys.access_key)

    error = refused(market.client(keys).get_account_balance)
    assert error["Error"]["Code"] == "UnrecognizedClientException"
    assert not market.market.accounts.revoke("RKNEVERMADE")


def test_ensure__gives_the_same_keys_until_they_are_revoked(market: Market) -> None:
    accounts = market.market.accounts
    first = accounts.ensure("demo")

    assert accounts.ensure("demo") == first
    assert accounts.ensure("other").account_id != first.account_id
    assert first.secret_key not in repr(first)
    accounts.revoke(first.access_key)
    second = accounts.ensure("demo")
    assert second.account_id == first.account_id
    assert second.arrival_key == first.arrival_key
    assert second.secret_key != first.secret_key
    names = {requester.name: len(keys) for requester, keys in accounts.list()}
    assert (names["demo"], names["other"]) == (2, 1)


def test_accounts__need_a_master_key_and_a_name(market: Market) -> None:
    accounts: Any = market.market.accounts
    without = Accounts(accounts._store, accounts._lifecycle, market.clock, "", "", 0)

    with pytest.raises(ConfigError, match="MARKETPLACE_MASTER_KEY"):
        without.ensure("demo")
    with pytest.raises(ValueError, match="name"):
        accounts.create("")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", "SerializationException"),
        (b"{", "SerializationException"),
        (b'{"a": NaN}', "SerializationException"),
        (b'{"NextToken": "\\ud800"}', "SerializationException"),
        (b"[" * 100_000, "SerializationException"),
        (b"\xff", "SerializationException"),
        (b'{"NextToken": 1}', "ParameterValidationError"),
        (b'{"Extra": 1}', "ParameterValidationError"),
        (b'{"MaxResults": 101}', "ParameterValidationError"),
        (b'{"MaxResults": null}', ""),
        (b"", ""),
    ],
)
def test_body__is_refused(market: Market, keys: Credentials, body: bytes, code: str) -> None:
    target = TARGET.replace("GetAccountBalance", "ListHITs")
    event = signed_event(market, keys, body, target)
    event["body"], event["isBase64Encoded"] = base64.b64encode(body).decode(), True

    assert answer(market, event) == (400 if code else 200, code)


def test_body__is_refused__when_too_large_or_of_another_kind(
    market: Market, keys: Credentials
) -> None:
    large = signed_event(market, keys, b" " * (protocol.MAX_BODY + 1))
    assert answer(market, large) == (413, "RequestEntityTooLargeException")
    other = signed_event(market, keys, Content_Type="text/plain")
    assert answer(market, other)[0] == 415
    broken = signed_event(market, keys)
    broken["body"], broken["isBase64Encoded"] = "é", True
    assert answer(market, broken) == (400, "SerializationException")


def test_target__unknown_operation_path_and_method(market: Market, keys: Credentials) -> None:
    for target in ("", "GetHIT", TARGET + "x", "Other.GetHIT", "MTurkRequesterServiceV20170117."):
        event = signed_event(market, keys, target=target)
        assert answer(market, event) == (400, "UnknownOperationException")
    assert answer(market, signed_event(market, keys, path="/api"))[0] == 404
    got = signed_event(market, keys)
    got["requestContext"]["http"]["method"] = "GET"
    assert answer(market, got)[0] == 404
    assert answer(market, {})[0] == 404


def test_answer__is_json__where_an_operation_has_nothing_to_say(
    market: Market, keys: Credentials
) -> None:
    target = TARGET.replace("GetAccountBalance", "DeleteWorkerBlock")
    event = signed_event(market, keys, b'{"WorkerId": "A1"}', target)

    assert protocol.handle(event, None, market.market)["body"] == "{}"


def test_fault__is_500_and_tells_nothing(market: Market, keys: Credentials) -> None:
    class Broken:
        clock = market.clock

        @property
        def accounts(self) -> None:
            raise RuntimeError("secret detail")

    event = signed_event(market, keys)

    response = protocol.handle(event, None, Broken())

    assert response["statusCode"] == 500
    assert json.loads(response["body"])["__type"] == "ServiceFault"
    assert "secret detail" not in json.dumps(response)


def test_cors__answers_a_browsers_question(market: Market) -> None:
    event = event_of("OPTIONS", "/", [("Origin", "https://lab.example")], b"", 0)

    response = protocol.handle(event, None, market.market)

    assert response["statusCode"] == 204
    allowed = response["headers"]["access-control-allow-headers"].split(",")
    assert {"authorization", "content-type", "x-amz-date", "x-amz-target"} <= set(allowed)
    assert response["headers"]["access-control-allow-origin"] == "*"


def test_cors__exposes_the_request_id(market: Market, keys: Credentials) -> None:
    response = protocol.handle(signed_event(market, keys), None, market.market)

    assert response["headers"]["access-control-allow-origin"] == "*"
    assert "x-amzn-requestid" in response["headers"]["access-control-expose-headers"]
    client = market.client(keys)
    request_ids = {client.list_hits()["ResponseMetadata"]["RequestId"] for _ in range(2)}
    assert len(request_ids) == 2
    assert client.create_hit(**hit_values())["ResponseMetadata"]["HTTPStatusCode"] == 200
