"""`retainer doctor --before`: an account that is as it should be, and what is wrong with others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.cloud import Clone, Cloud, clone, running_cloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running_cloud() as running:
        yield running


@pytest.fixture(scope="module")
def here(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return clone(tmp_path_factory.mktemp("before"), cloud.env)


def look(clone: Clone, stage: str = "prod", **more: str) -> tuple[list[Any], dict[str, Any]]:
    """What is well, and by its check what is wrong."""
    env = {name: value for name, value in {**clone.env, **more}.items() if value}
    ran = Clone(clone.folder, env).run("--json", "doctor", "--before", "--stage", stage)
    assert ran.stdout, ran.stderr
    findings = json.loads(ran.stdout)["findings"]
    wrong = {f["check"]: f for f in findings if not f["ok"]}
    assert all(f["mend"] for f in wrong.values())
    assert ran.returncode == bool(wrong)
    return [f["what"] for f in findings if f["ok"]], wrong


def test_new_account__is_well__and_nothing_is_made_in_it(here: Clone, cloud: Cloud) -> None:
    said, wrong = look(here)

    assert wrong == {}
    assert "1000 functions may run at once, 69 of them set aside" in said
    assert any(text.startswith("may be asked; nothing of retainer-prod") for text in said)
    assert any("the account must be verified, open a case" in text for text in said)
    assert any(text.endswith("which works in eu-west-1 too") for text in said)
    assert not cloud.client("dynamodb").list_tables()["TableNames"]
    assert not cloud.client("s3").list_buckets()["Buckets"]


def test_cli_that_works_elsewhere__is_told(here: Clone, tmp_path: Path) -> None:
    """Version 1 does not read AWS_REGION."""
    settings = tmp_path / "config"
    settings.write_text("[default]\nregion = us-west-2\n")

    nowhere = look(here, AWS_DEFAULT_REGION="")[1]
    elsewhere = look(here, AWS_DEFAULT_REGION="", AWS_CONFIG_FILE=str(settings))[1]

    assert " works in no region, these commands in eu-west-1" in nowhere["cli"]["what"]
    assert " works in us-west-2, these commands in eu-west-1" in elsewhere["cli"]["what"]
    assert "AWS_DEFAULT_REGION=eu-west-1" in elsewhere["cli"]["mend"]


def test_no_region__is_told_once_for_all(here: Clone) -> None:
    _, wrong = look(here, AWS_DEFAULT_REGION="", AWS_REGION="")

    assert "no region is set" in wrong["region"]["what"]


def test_account_of_ten__cannot_set_any_aside(here: Clone) -> None:
    prod = look(here, AWS_ACCESS_KEY_ID="new")[1]
    dev = look(here, "dev", AWS_ACCESS_KEY_ID="new")[1]

    assert "the deploy would fail" in prod["concurrency"]["what"]
    assert "reserve_concurrency" in prod["concurrency"]["mend"]
    assert "enough to try it out" in dev["concurrency"]["what"]


def test_ses_in_its_sandbox__is_told(here: Clone, cloud: Cloud) -> None:
    path = here.folder / ".chalice" / "config.json"
    before = path.read_text()
    config = json.loads(before)
    config["stages"]["dev"]["environment_variables"] |= {
        "MARKETPLACE_MAIL": "ses", "MARKETPLACE_MAIL_FROM": "Our lab <lab@example.org>",
    }  # fmt: skip
    path.write_text(json.dumps(config))
    try:
        unknown = look(here, "dev")[1]
        cloud.client("sesv2").create_email_identity(EmailIdentity="example.org")
        verified = look(here, "dev")
    finally:
        path.write_text(before)

    assert unknown["mail"]["what"].startswith("SES may not send as lab@example.org")
    assert "SES sends as lab@example.org" in verified[0]
    assert "SES is in its sandbox" in verified[1]["mail"]["what"]


def test_what_is_there_of_the_stage__is_told(here: Clone, cloud: Cloud) -> None:
    any_queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "any"}}
    stack = {"StackName": "retainer-prod-state", "ChangeSetName": "first"}
    cloudformation = cloud.client("cloudformation")
    cloudformation.create_change_set(
        **stack, ChangeSetType="CREATE", TemplateBody=json.dumps({"Resources": {"Q": any_queue}})
    )
    cloudformation.execute_change_set(**stack)
    said, _ = look(here)
    cloudformation.delete_stack(StackName="retainer-prod-state")

    assert "the stack retainer-prod-state is there (CREATE_COMPLETE)" in said


def test_what_keeps_several_checks_from_looking__is_told_once(here: Clone) -> None:
    nowhere = {name: value for name, value in here.env.items() if "REGION" not in name}

    told = Clone(here.folder, nowhere).run("doctor", "--before", "--stage", "prod").stdout

    assert told.count("no region is set") == 1
    assert "WRONG  credentials, region, concurrency" in told
