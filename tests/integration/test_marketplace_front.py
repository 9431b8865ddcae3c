"""The marketplace behind a host that carries signatures under another name, by the template's own
CloudFront function."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kit.config import Config, ConfigError
from chalicelib.marketplace.domain.people import Credentials
from tests.integration.market import Market
from tests.integration.test_marketplace_protocol import answer, signed_event

FUNCTION = Path(__file__).parents[2] / "operate" / "template" / "carry_signature.js"
FRONT = "d1.cloudfront.net"
BEHIND = "abc.lambda-url.us-east-1.on.aws"


@pytest.fixture(scope="module")
def keys(market: Market) -> Credentials:
    return market.credentials()


@pytest.fixture
def fronted(market: Market, monkeypatch: pytest.MonkeyPatch) -> Market:
    config = replace(market.market.config, front_host=FRONT)
    monkeypatch.setattr(market.market, "config", config)
    return market


def through_front(event: dict[str, Any]) -> dict[str, Any]:
    """What the function behind is given: the headers that CloudFront's made, the host its own."""
    headers = {name: {"value": value} for name, value in event["headers"].items()}
    asked = json.dumps({"version": "1.0", "request": {"uri": "/", "headers": headers}})
    code = f"{FUNCTION.read_text()}; console.log(JSON.stringify(handler({asked})))"
    said = subprocess.run(["node", "-e", code], capture_output=True, text=True, check=True).stdout
    sent = {name: one["value"] for name, one in json.loads(said)["headers"].items()}
    return {**event, "headers": {**sent, "host": BEHIND}}


def test_signature_for_the_front__verifies__with_every_byte(
    fronted: Market, keys: Credentials
) -> None:
    event = signed_event(fronted, keys, Host=FRONT)
    behind = through_front(event)

    assert "authorization" not in behind["headers"]
    assert answer(fronted, behind) == (200, "")
    behind["body"] = '{"a": 1}'
    assert answer(fronted, behind) == (400, "InvalidSignatureException")


def test_without_a_signature__it_is_missing_there_too(fronted: Market, keys: Credentials) -> None:
    event = signed_event(fronted, keys, Host=FRONT)
    del event["headers"]["authorization"]

    assert answer(fronted, through_front(event)) == (400, "MissingAuthenticationTokenException")


def test_signature_that_was_caught_elsewhere__is_not_taken(
    fronted: Market, keys: Credentials
) -> None:
    """Made for another host, and sent straight to the address behind."""
    caught = signed_event(fronted, keys, Host="elsewhere.example")
    headers = caught["headers"]
    headers["x-retainer-host"] = "elsewhere.example"
    headers["x-retainer-authorization"] = headers.pop("authorization")
    headers["host"] = BEHIND

    assert answer(fronted, caught) == (400, "MissingAuthenticationTokenException")


def test_where_nothing_stands_in_front__other_names_mean_nothing(
    market: Market, keys: Credentials
) -> None:
    behind = through_front(signed_event(market, keys, Host=FRONT))

    assert answer(market, behind) == (400, "MissingAuthenticationTokenException")
    assert answer(market, signed_event(market, keys)) == (200, "")


def test_front__is_a_host_and_no_address() -> None:
    with pytest.raises(ConfigError, match="MARKETPLACE_FRONT_HOST"):
        Config.from_env({"MARKETPLACE_FRONT_HOST": "https://market.example.org/"})
