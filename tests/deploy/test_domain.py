"""The API at a domain of one's own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from operate.deployed import Deployed, find_deployed
from operate.link import domain_target
from operate.package import package
from operate.runtime import own_python
from operate.stages import Stage
from operate.target import Target
from tests.deploy.cloud import REGION, Cloud, clone
from tests.deploy.test_template import lint, stage_with, translated

CERTIFICATE = f"arn:aws:acm:{REGION}:123456789012:certificate/6f1c2d3e-0000-4000-8000-000000000000"
DOMAIN = {"domain_name": "crowd.example.org", "certificate_arn": CERTIFICATE}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """`dev` with a domain of its own."""
    return stage_with(tmp_path, api_gateway_custom_domain=DOMAIN)


def test_stack_of_code__has_the_domain__and_leads_it_to_the_stage(
    stage: Stage, tmp_path: Path
) -> None:
    made_from = clone(tmp_path / "clone", {}).folder
    shutil.copy2(stage.root / ".chalice" / "config.json", made_from / ".chalice" / "config.json")
    out = package(Stage.named("dev", made_from), tmp_path / "out", own_python())

    template: dict[str, Any] = json.loads((out / "sam.json").read_text())
    made = translated(template)
    kinds = {r["Type"]: r["Properties"] for r in made["Resources"].values()}
    name = kinds["AWS::ApiGateway::DomainName"]
    assert (name["DomainName"], name["RegionalCertificateArn"]) == (
        "crowd.example.org",
        CERTIFICATE,
    )
    assert kinds["AWS::ApiGateway::BasePathMapping"]["Stage"] == stage.api_stage
    lint(tmp_path, made)


@pytest.fixture
def aws(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    for name, value in cloud.env.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return cloud


def test_link__gives_the_domain_as_the_address__and_says_where_it_must_lead(
    stage: Stage, aws: Cloud
) -> None:
    record = stage.root / ".chalice" / "deployed" / "dev.json"
    record.parent.mkdir()
    url = f"https://abc123.execute-api.{REGION}.amazonaws.com/api/"
    api = {"resource_type": "rest_api", "rest_api_id": "abc123", "rest_api_url": url}
    record.write_text(json.dumps({"resources": [api]}))
    made = aws.client("apigateway").create_domain_name(
        domainName="crowd.example.org",
        regionalCertificateArn=CERTIFICATE,
        endpointConfiguration={"types": ["REGIONAL"]},
    )

    found = find_deployed(Target(stage))

    assert found == Deployed(False, "abc123", "https://crowd.example.org")
    assert domain_target(stage, REGION) == made["regionalDomainName"]


@pytest.mark.parametrize(
    ("prefix", "address"),
    [
        ({}, "https://crowd.example.org"),
        ({"url_prefix": "(none)"}, "https://crowd.example.org"),
        ({"url_prefix": "v1"}, "https://crowd.example.org/v1"),
    ],
)
def test_address__has_the_path_that_the_domain_is_given(
    stage: Stage, prefix: dict[str, str], address: str
) -> None:
    stage.settings["api_gateway_custom_domain"] = DOMAIN | prefix

    assert stage.domain_url == address
