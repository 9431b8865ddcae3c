"""What a version that was deployed before is given of the tables that the stage has now."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from operate import policies
from operate.recover.switching import carry_tables, use_tables
from operate.stages import ROOT, Stage

# It begins with the one before it.
NEW = "retainer-dev-20261201T030000Z-"


def project(folder: Path) -> Path:
    """As it is kept of a version: the project's settings, without what Chalice recorded."""
    shutil.copytree(ROOT / ".chalice" / "policies", folder / ".chalice" / "policies")
    shutil.copy2(ROOT / ".chalice" / "config.json", folder / ".chalice" / "config.json")
    return folder


def documents(root: Path) -> dict[str, Any]:
    folder = root / policies.FOLDER / "dev"
    return {path.stem: json.loads(path.read_text()) for path in folder.iterdir()}


def test_version_before__is_given_the_tables_of_now_and_may_do_with_them_what_it_did(
    tmp_path: Path,
) -> None:
    stage = use_tables(Stage.named("dev", project(tmp_path / "clone")), NEW)
    kept = project(tmp_path / "kept")
    path = kept / policies.FOLDER / "dev" / "review.json"
    # It was allowed less.
    document = json.loads(path.read_text())
    del document["Statement"][1:]
    path.write_text(json.dumps(document))
    before = documents(kept)

    assert carry_tables(stage, kept)

    assert Stage.named("dev", kept).table_prefix == NEW
    assert documents(kept) == json.loads(
        json.dumps(before).replace(":table/retainer-dev-", f":table/{NEW}")
    )
    # Once: its name begins with the one before.
    after = documents(kept)
    assert not carry_tables(stage, kept)
    assert documents(kept) == after
    assert Stage.named("prod", kept).table_prefix == "retainer-prod-"


def test_use_of_other_tables__changes_this_stage_alone_and_can_be_taken_back(
    tmp_path: Path,
) -> None:
    clone = project(tmp_path / "clone")
    config = (clone / ".chalice" / "config.json").read_text()
    before = documents(clone)

    switched = use_tables(Stage.named("dev", clone), NEW)

    policies.check_files(switched)
    policies.check_files(Stage.named("prod", clone))
    assert documents(clone) != before
    use_tables(switched, "retainer-dev-")
    assert documents(clone) == before
    assert (clone / ".chalice" / "config.json").read_text() == config
