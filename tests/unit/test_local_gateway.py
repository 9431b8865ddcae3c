"""The gateway, the Function URL and the Invoke API, on a toy app, without sockets."""

from __future__ import annotations

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.kit.clock import FakeClock
from local.function_url import FunctionUrl
from local.functions import Functions
from local.gateway import Gateway, Throttle
from local.http_server import Reply, Request
from local.lambda_api import AsyncInvoker, LambdaApi
from local.schedules import Schedules, UnsupportedSchedule, rate_seconds, schedules_of
from tests.toy import toy_app

ORIGIN = ("Origin", "https://a.example")


def functions(clock: FakeClock | None = None) -> tuple[Functions, dict[str, Any]]:
    app, seen = toy_app()
    return Functions(app, "toy-local", clock), seen


def ask(
    method: str, target: str, *headers: tuple[str, str], body: bytes = b"", **kwargs: Any
) -> Reply:
    gateway = Gateway(functions()[0], **kwargs)
    return gateway.handle(Request(method, target, [("Host", "127.0.0.1:8000"), *headers], body))


def values(reply: Reply, name: str) -> list[str]:
    return [value for key, value in reply.headers if key.lower() == name]


def test_rest_event__has_what_aws_sends() -> None:
    reply = ask(
        "GET", "/api/echo?a=1&a=2&b=%20x", ("X-One", "1"), ("X-One", "2"), ("User-Agent", "me")
    )

    event = json.loads(reply.body)
    assert reply.status == 200
    assert event["resource"] == event["path"] == "/echo"
    assert event["requestContext"]["path"] == "/api/echo"
    assert event["requestContext"]["stage"] == "api"
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert event["requestContext"]["identity"]["userAgent"] == "me"
    assert event["requestContext"]["domainName"] == "127.0.0.1"
    assert isinstance(event["requestContext"]["requestTimeEpoch"], int)
    assert values(reply, "x-amzn-requestid") == [event["requestContext"]["requestId"]]
    assert event["headers"]["X-One"] == "2"
    assert event["multiValueHeaders"]["X-One"] == ["1", "2"]
    assert event["queryStringParameters"] == {"a": "2", "b": " x"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [" x"]}
    assert event["pathParameters"] is None
    assert event["body"] is None
    assert event["headers"]["X-Forwarded-For"] == "127.0.0.1"


def test_rest_event__without_query__has_null() -> None:
    event = json.loads(ask("GET", "/api/echo").body)

    assert event["queryStringParameters"] is None
    assert event["multiValueQueryStringParameters"] is None


def test_body__is_text__and_base64_for_binary_types() -> None:
    text = ask(
        "POST", "/api/form", ("Content-Type", "text/plain;charset=UTF-8"), body=b"caf\xc3\xa9"
    )
    binary = json.loads(
        ask(
            "POST",
            "/api/echo",
            ("Content-Type", "application/json"),
            body=b'{"a": 1}',
        ).body
    )

    assert json.loads(text.body) == {"raw": "café"}
    assert (binary["body"], binary["isBase64Encoded"]) == ('{"a": 1}', False)


def test_signature_v4_header__is_dropped__and_others_pass() -> None:
    signed = ask("GET", "/api/echo", ("Authorization", "AWS4-HMAC-SHA256 Credential=x"))
    bearer = ask("GET", "/api/echo", ("Authorization", "Bearer x"))

    assert "Authorization" not in json.loads(signed.body)["headers"]
    assert json.loads(bearer.body)["headers"]["Authorization"] == "Bearer x"


def test_preflight__is_answered_from_the_route() -> None:
    reply = ask("OPTIONS", "/api/echo", ORIGIN)

    assert reply.status == 200
    assert values(reply, "access-control-allow-origin") == ["https://a.example"]
    assert values(reply, "access-control-allow-methods") == ["GET,POST,OPTIONS"]
    assert reply.body == b""


@pytest.mark.parametrize(
    ("method", "target", "status", "said"),
    [
        ("GET", "/api/nothing", 404, "There is no route '/nothing' below /api."),
        ("GET", "/api/ecko", 404, "Did you mean GET or POST echo?"),
        ("GET", "/echo", 404, "Did you mean GET or POST echo?"),
        ("GET", "/apiecho", 404, "There is no route"),
        ("DELETE", "/api/echo", 405, "echo does not take DELETE; it takes GET, POST."),
        ("HEAD", "/api/echo", 405, "echo does not take HEAD"),
        ("OPTIONS", "/api/cookies", 405, "cookies does not take OPTIONS"),
        ("GET", "/api/who/", 404, "There is no route"),
    ],
)
def test_unknown_path_or_method__is_told_with_what_is_near__to_pages_too(
    method: str, target: str, status: int, said: str
) -> None:
    reply = ask(method, target, ORIGIN)

    error = json.loads(reply.body)["error"]
    assert (reply.status, error["code"]) == (
        status, "unknown_route" if status == 404 else "method_not_allowed",
    )  # fmt: skip
    assert said in error["message"]
    assert values(reply, "access-control-allow-origin") == ["*"]


def test_path_parameters__are_decoded__and_literals_come_first() -> None:
    decoded = ask("GET", "/api/things/a%20b%2Fc/parts/d/")
    literal = ask("GET", "/api/things/all/parts/x")

    assert json.loads(decoded.body) == {"thing": "a b/c", "part": "d"}
    assert json.loads(literal.body) == {"all": "x"}


def test_several_cookies__are_kept_apart() -> None:
    assert values(ask("GET", "/api/cookies"), "set-cookie") == ["a=1", "b=2"]


def test_throttled__is_429_without_cors__and_recovers() -> None:
    clock = FakeClock()
    gateway = Gateway(functions(clock)[0], throttle=Throttle(1, 2, clock))
    request = Request("GET", "/api/echo", [ORIGIN], b"")

    replies = [gateway.handle(request) for _ in range(3)]
    clock.advance(1)

    assert [reply.status for reply in replies] == [200, 200, 429]
    assert values(replies[2], "access-control-allow-origin") == []
    assert gateway.handle(request).status == 200


def test_payload_over_the_limit__is_413() -> None:
    assert ask("POST", "/api/echo", body=b" " * (6 * 1024 * 1024 + 1)).status == 413


def test_failing_handler__is_502(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = functions()
    gateway = Gateway(made)
    monkeypatch.setattr(made, "call", lambda name, event: {"statusCode": 200, "cookies": []})

    reply = gateway.handle(Request("GET", "/api/echo", [], b""))

    assert (reply.status, json.loads(reply.body)) == (502, {"message": "Internal server error"})


def test_injected_latency__is_paid_each_way() -> None:
    clock = FakeClock()
    before = clock.now_ms()

    Gateway(functions(clock)[0], latency_s=0.03).handle(Request("GET", "/api/echo", [], b""))

    assert clock.now_ms() - before == 60


def test_threads__each_see_their_own_request() -> None:
    gateway = Gateway(functions()[0])

    def one(number: int) -> bool:
        answer = json.loads(gateway.handle(Request("GET", f"/api/who/n{number}", [], b"")).body)
        return bool(answer["asked"] == answer["seen"] == f"n{number}")

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(160)))


def test_function_url__gives_payload_2_0() -> None:
    made, seen = functions()
    url = FunctionUrl(made, "mturk")

    reply = url.handle(
        Request(
            "POST",
            "/?a=1&a=2",
            [
                ("Host", "127.0.0.1:8001"),
                ("Content-Type", "application/x-amz-json-1.1"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=x"),
                ("X-Two", "1"),
                ("x-two", "2"),
                ("Cookie", "k=v; l=w"),
            ],
            b'{"a": 1}',
        )
    )

    event = seen["events"][0]
    assert event["version"] == "2.0"
    assert (event["rawPath"], event["rawQueryString"]) == ("/", "a=1&a=2")
    assert event["queryStringParameters"] == {"a": "1,2"}
    assert event["headers"]["x-two"] == "1,2"
    assert event["headers"]["host"] == "127.0.0.1:8001"
    assert event["headers"]["authorization"].startswith("AWS4-")
    assert event["cookies"] == ["k=v", "l=w"]
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == b'{"a": 1}'
    assert (reply.status, reply.body) == (201, b"foo")
    assert values(reply, "set-cookie") == ["c=3"]


def test_function_url__text_body__is_text() -> None:
    made, seen = functions()

    FunctionUrl(made, "mturk").handle(
        Request("POST", "/", [("Content-Type", "application/json; charset=utf-8")], b"{}")
    )

    assert (seen["events"][0]["body"], seen["events"][0]["isBase64Encoded"]) == ("{}", False)


def test_invoke__answers_result__error_and_unknown_name() -> None:
    made, seen = functions()
    api = LambdaApi(made, AsyncInvoker(made))

    def invoke(name: str, body: bytes = b"{}", kind: str = "RequestResponse") -> Reply:
        path = f"/2015-03-31/functions/{name}/invocations"
        return api.handle(Request("POST", path, [("X-Amz-Invocation-Type", kind)], body))

    assert json.loads(invoke("toy-local-flaky", b'{"n": 1}').body) == {"left": True}
    assert seen["events"] == [{"n": 1}]
    seen["fails_left"] = 1
    failed = invoke("arn:aws:lambda:us-east-1:1:function:toy-local-flaky:$LATEST")
    assert values(failed, "x-amz-function-error") == ["Unhandled"]
    assert json.loads(failed.body)["errorType"] == "RuntimeError"
    assert invoke("toy-local-none").status == 404
    assert invoke("toy-local-flaky", b"{").status == 400
    assert invoke("toy-local-flaky", kind="DryRun").status == 204


def test_event_invocation__is_tried_again__until_it_succeeds() -> None:
    made, seen = functions()
    invoker = AsyncInvoker(made, retry_delays_s=(0.0, 0.0))
    seen["fails_left"] = 2
    invoker.start()

    reply = LambdaApi(made, invoker).handle(
        Request(
            "POST",
            "/2015-03-31/functions/toy-local-flaky/invocations",
            [("X-Amz-Invocation-Type", "Event")],
            b"{}",
        )
    )

    assert reply.status == 202
    assert seen["done"].wait(10)
    invoker.stop()
    assert len(seen["events"]) == 3


def test_schedules__are_found_on_the_app__and_ticked() -> None:
    made, seen = functions()
    schedules = Schedules(made, speed=60_000)

    assert [(s.name, s.every_s) for s in schedules_of(made)] == [("tick", 60)]
    schedules.start()
    assert seen["done"].wait(10)
    schedules.stop()
    assert not [t for t in threading.enumerate() if t.name.startswith("schedule-")]


@pytest.mark.parametrize("text", ["cron(0 12 * * ? *)", "rate(0 minutes)", "rate(x)"])
def test_other_schedules__are_refused(text: str) -> None:
    with pytest.raises(UnsupportedSchedule):
        rate_seconds(text)
