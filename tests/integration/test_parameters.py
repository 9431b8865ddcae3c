"""Secrets in the Parameter Store, read by moto's."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from chalicelib.kit import parameters
from chalicelib.kit.config import Config, ConfigError
from local.http_server import HttpServer, Reply, Request

REGION = "eu-west-1"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", f"http://{host}:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    yield
    server.stop()


def test_fetch__reads_more_than_one_call_takes__and_decrypts(store: None) -> None:
    client = boto3.client("ssm", region_name=REGION)
    for number in range(12):
        name = f"/retainer/dev/{number}"
        client.put_parameter(Name=name, Value=f"value {number}", Type="SecureString")

    found = parameters.fetch({f"V{n}": f"/retainer/dev/{n}" for n in range(12)}, REGION)

    assert found == {f"V{n}": f"value {n}" for n in range(12)}


def test_too_many_at_once__is_asked_again_until_it_is_our_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    busy = iter([True, True, True])

    def answer(_: Request) -> Reply:
        if next(busy, False):
            return Reply(400, [], b'{"__type": "ThrottlingException", "message": "Rate exceeded"}')
        found = {"Parameters": [{"Name": "/retainer/dev/key", "Value": "the value"}]}
        return Reply(200, [], json.dumps(found).encode())

    server = HttpServer("ssm", answer)
    server.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", server.origin)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    try:
        found = parameters.fetch({"KEY": "/retainer/dev/key"}, REGION)
    finally:
        server.stop()

    assert found == {"KEY": "the value"}


def test_missing__names_the_variable(store: None) -> None:
    env = {"RETAINER_SEAT_SECRET": "ssm:/retainer/dev/seat-secret", "AWS_REGION": REGION}

    with pytest.raises(ConfigError, match=r"RETAINER_SEAT_SECRET.*/retainer/dev/seat-secret"):
        Config.from_env(env, parameters.fetch)


def test_no_answer__is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")

    with pytest.raises(ConfigError, match="/retainer/dev/key cannot be read"):
        parameters.fetch({"KEY": "/retainer/dev/key"}, REGION, tries=1)
