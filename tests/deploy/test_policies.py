"""The IAM policies in the repository, and who may read which secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operate.grants import GRANTS
from operate.policies import FOLDER, policy
from operate.stages import ROOT, Stage


@pytest.fixture(params=["dev", "prod"])
def stage(request: pytest.FixtureRequest) -> Stage:
    return Stage.named(request.param)


def test_policies__are_those_that_the_grants_make(stage: Stage) -> None:
    """After a change of the grants: `python -m operate.policies`."""
    for function in GRANTS:
        written = ROOT / FOLDER / stage.name / f"{function}.json"
        assert json.loads(written.read_text()) == policy(stage, function), function


def test_each_function__reads_the_secrets_that_its_variables_name(stage: Stage) -> None:
    for function, settings in stage.settings["lambda_functions"].items():
        values = settings.get("environment_variables", {}).values()
        named = {v.removeprefix(f"ssm:{stage.parameters}/") for v in values if v[:4] == "ssm:"}
        assert parameters_of(policy(stage, function), stage) == named, function


def test_secrets_of_access_keys__are_readable_by_the_protocols_function_alone(
    stage: Stage,
) -> None:
    readers = {f for f in GRANTS if "keys-secret" in parameters_of(policy(stage, f), stage)}

    assert readers == {"mturk"}


def test_no_policy__reaches_the_other_stage_or_everything(stage: Stage) -> None:
    other = {"dev": "prod", "prod": "dev"}[stage.name]

    for function in GRANTS:
        for statement in policy(stage, function)["Statement"]:
            for resource in statement["Resource"]:
                assert f"retainer-{other}" not in resource
                assert f"/retainer/{other}" not in resource
                assert resource != "*"
            assert not [action for action in statement["Action"] if "*" in action]


def test_policy__is_no_longer_than_a_role_may_carry_inline(stage: Stage) -> None:
    for function in GRANTS:
        text = json.dumps(policy(stage, function), separators=(",", ":"))
        assert len(text) <= 10_240, function


def parameters_of(document: dict[str, Any], stage: Stage) -> set[str]:
    start = f"arn:aws:ssm:*:*:parameter{stage.parameters}/"
    resources = [r for s in document["Statement"] for r in s["Resource"]]
    return {r.removeprefix(start) for r in resources if r.startswith(start)}
