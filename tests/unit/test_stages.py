"""A stage's tables have the names that its functions are given, whatever the stage is called."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from chalicelib.kit.config import ConfigError
from operate import policies
from operate.build import BuildFailed
from operate.doctor import stage as doctor
from operate.grants import GRANTS
from operate.package import project
from operate.stages import ROOT, TABLE_PREFIX, Stage
from operate.target import Target, variables_of
from operate.template import Place, code_template, state_template
from operate.template.tables import tables

PLACE = Place("123456789012", "eu-west-1")
OTHER = "retainer-after.the_flood-"


def stage_of(root: Path, prefix: str | None, name: str = "dev") -> Stage:
    """A stage of a clone with another prefix, and policies as they were."""
    shutil.copytree(ROOT / ".chalice" / "policies", root / ".chalice" / "policies")
    settings = json.loads((ROOT / ".chalice" / "config.json").read_text())
    variables = settings["stages"][name]["environment_variables"]
    if prefix is None:
        del variables[TABLE_PREFIX]
    else:
        variables[TABLE_PREFIX] = prefix
    (root / ".chalice" / "config.json").write_text(json.dumps(settings))
    return Stage.named(name, root)


def granted_tables(document: dict[str, Any]) -> set[str]:
    resources = {r for s in document["Statement"] for r in s["Resource"]}
    return {r.split(":table/")[1].split("/")[0] for r in resources if ":table/" in r}


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_no_table_is_named_after_the_stage__where_its_prefix_is_another(
    tmp_path: Path, name: str
) -> None:
    stage = stage_of(tmp_path, OTHER, name)
    named = {one["Properties"]["TableName"] for one in tables(stage).values()}
    before = {one.replace(OTHER, f"retainer-{name}-") for one in named}
    policies.write_all(stage, tmp_path)
    written = [json.loads(p.read_text()) for p in (tmp_path / policies.FOLDER / name).iterdir()]

    assert len(written) == len(GRANTS)
    assert all(one.startswith(OTHER) for one in named)
    assert set.union(*map(granted_tables, written)) <= named
    # Nothing of the stack, alarms and dashboard included, speaks of tables after the stage's name.
    whole = json.dumps([state_template(stage, PLACE), code_template(stage), *written])
    assert [table for table in before if re.search(rf"{table}(?![\w-])", whole)] == []


def test_its_functions__are_given_the_same_prefix(tmp_path: Path) -> None:
    stage = stage_of(tmp_path, OTHER)

    assert variables_of(stage)[TABLE_PREFIX] == stage.table_prefix == OTHER


def test_policies_of_another_prefix__are_not_built(tmp_path: Path) -> None:
    stage = stage_of(tmp_path, OTHER)

    with pytest.raises(BuildFailed, match=r"retainer-dev-.*python -m operate.policies"):
        project(stage)
    policies.write_all(stage, tmp_path)
    policies.check_files(stage)
    (tmp_path / policies.FOLDER / "dev" / "review.json").unlink()
    with pytest.raises(BuildFailed, match=r"review.json is missing"):
        project(stage)


@pytest.mark.parametrize("prefix", [None, "", "retainer-*", "retainer dev-", "r/"])
def test_prefix_that_is_none__is_named(tmp_path: Path, prefix: str | None) -> None:
    with pytest.raises(ConfigError, match="RETAINER_TABLE_PREFIX of the stage dev must be"):
        _ = stage_of(tmp_path, prefix).table_prefix


def test_stages_of_the_repository__share_no_tables() -> None:
    prefixes = [Stage.named(name).table_prefix for name in Stage.all_names()]

    assert len(set(prefixes)) == len(prefixes)


def test_doctor__tells_of_a_stage_where_anybody_can_be_any_worker(tmp_path: Path) -> None:
    stage = stage_of(tmp_path, OTHER)
    (well,) = doctor.sign_in(Target(stage))
    stage.settings["lambda_functions"]["api_handler"]["environment_variables"][
        "MARKETPLACE_OPEN_SIGN_IN"
    ] = "1"

    (found,) = doctor.sign_in(Target(stage))

    assert well.ok
    assert "anybody be any worker" in found.what
    assert "retainer deploy --stage dev" in found.mend


def test_doctor__says_whether_an_addresss_calls_are_bounded__and_hints_at_what_would(
    tmp_path: Path,
) -> None:
    stage = stage_of(tmp_path, OTHER)
    (open_to_all,) = doctor.floods(Target(stage))
    stage.settings["lambda_functions"]["api_handler"]["environment_variables"][
        "MARKETPLACE_OPEN_SIGN_UP"
    ] = "1"
    (with_sign_up,) = doctor.floods(Target(stage))
    stage.settings["calls_per_address"] = 3000
    (bounded,) = doctor.floods(Target(stage))

    # Nothing is broken: a lab behind one address may want it so.
    assert open_to_all.ok
    assert "calls_per_address" in open_to_all.what
    assert "anybody may make a worker's account" in with_sign_up.what
    assert "at most 3000 times in five minutes" in bounded.what
