"""Between the first deploy and its linking functions start, run each minute, and do nothing."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping

import pytest

from chalicelib.bootstrap import App, create_tables
from chalicelib.kit.config import SSM, Config
from operate.stages import Stage
from operate.state.secrets import NO_MARKETS, SECRETS
from operate.target import variables_of
from operate.template import Place, state_template

STAGE = Stage.named("prod")
STATE = state_template(STAGE, Place("123456789012", "eu-west-1"))


def as_made(names: Mapping[str, str], _: str) -> Mapping[str, str]:
    """The parameters as `state make` leaves them, before anything has told where the code is."""
    defaults = {name: one["Default"] for name, one in STATE["Parameters"].items()}
    there = {f"{STAGE.parameters}/{name}": "x" * 48 for name in SECRETS}
    there |= {f"{STAGE.parameters}/{name}": NO_MARKETS for name in ("markets", "markets-known")}
    for resource in STATE["Resources"].values():
        if resource["Type"] == "AWS::SSM::Parameter":
            value = resource["Properties"]["Value"]
            known = value.get("Ref") in defaults
            there[resource["Properties"]["Name"]] = (
                defaults[value["Ref"]] if known else "https://abc.cloudfront.net"
            )
    return {variable: there[name] for variable, name in names.items()}


def test_every_schedule__runs_quietly(
    dynamo_endpoint: str, caplog: pytest.LogCaptureFixture
) -> None:
    variables = {
        "AWS_REGION": "eu-west-1",
        **variables_of(STAGE),
        "DYNAMODB_ENDPOINT": dynamo_endpoint,
        "RETAINER_TABLE_PREFIX": f"t{uuid.uuid4().hex[:8]}-",
        "RETAINER_MARKETS": f"{SSM}{STAGE.parameters}/markets",
    }
    config = Config.from_env(variables, as_made)
    create_tables(config)
    app = App(config)

    with caplog.at_level(logging.WARNING):
        app.retainer.sizing.run(None, "schedule", None)
        app.retainer.review_run.run({})
        app.marketplace.tick.run()
        app.marketplace.calling_run.run()

    assert not app.config.retainer.markets
    assert [record.getMessage() for record in caplog.records] == []
