"""What was deployed from a clone, and which of it there is to go back to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.kit.clock import FakeClock
from operate.releases import KEPT, Release, Releases
from operate.runtime import PYTHON
from operate.stages import Stage
from operate.target import Refused

CLOCK = FakeClock()


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(Stage("dev", tmp_path / "clone"))


def project(tmp_path: Path, code: str) -> Path:
    folder = tmp_path / "project"
    (folder / "chalicelib").mkdir(parents=True, exist_ok=True)
    (folder / ".chalice" / "deployed").mkdir(parents=True, exist_ok=True)
    (folder / "app.py").write_text(code)
    (folder / ".chalice" / "config.json").write_text("{}")
    # Chalice's record is not part of a version.
    (folder / ".chalice" / "deployed" / "dev.json").write_text(code)
    return folder


def deploy(
    releases: Releases, tmp_path: Path, code: str, pages: dict[str, str] | None = None
) -> Release:
    made = releases.begin(project(tmp_path, code), 1, pages or {}, CLOCK)
    releases.finish()
    return made


def test_version_before__is_what_is_gone_back_to_and_comes_whole(
    releases: Releases, tmp_path: Path
) -> None:
    first = deploy(releases, tmp_path, "one")
    deploy(releases, tmp_path, "two", pages={"wait": "w1"})

    back = releases.before()

    assert (back.version, back.pages) == (first.version, {"wait": "w1"})
    folder = releases.unpack(back, tmp_path / "before")
    assert (folder / "app.py").read_text() == "one"
    assert (folder / ".chalice" / "deployed").is_symlink()
    # Unpacked, it is the same version; deployed, the one to go back to is the second again.
    assert releases.begin(folder, 1, {}, CLOCK).version == first.version
    releases.finish()
    assert releases.before().version != first.version


def test_same_code_again__is_the_same_version(releases: Releases, tmp_path: Path) -> None:
    first, second = (deploy(releases, tmp_path, "one") for _ in range(2))

    assert first.version == second.version
    with pytest.raises(Refused, match="no other version"):
        releases.before()


def test_deploy_that_failed_halfway__is_gone_back_from_to_the_last_whole_one(
    releases: Releases, tmp_path: Path
) -> None:
    deploy(releases, tmp_path, "one")
    second = deploy(releases, tmp_path, "two")
    releases.begin(project(tmp_path, "three"), 1, {}, CLOCK)

    assert releases.before().version == second.version


def test_named_version__must_be_kept(releases: Releases, tmp_path: Path) -> None:
    made = [deploy(releases, tmp_path, f"number {n}") for n in range(KEPT + 2)]

    assert releases.before(made[-KEPT].version).version == made[-KEPT].version
    with pytest.raises(Refused, match="is not kept"):
        releases.before(made[0].version)


def test_version_of_another_python__is_gone_back_to_only_with_its_runtime(
    releases: Releases, tmp_path: Path
) -> None:
    releases.begin(project(tmp_path, "one"), 1, {}, CLOCK, python="3.9")
    releases.finish()
    deploy(releases, tmp_path, "two")
    old = releases.before()

    with pytest.raises(Refused, match=rf"built for 3\.9, and functions run {PYTHON} now.*--python"):
        releases.python_for(old, None)
    assert releases.python_for(old, "3.9") == "3.9"
    with pytest.raises(Refused, match=r"built for 3\.9, not for 3\.10"):
        releases.python_for(old, "3.10")
    assert releases.python_for(deploy(releases, tmp_path, "three"), None) == PYTHON


def test_version_that_noted_no_python__has_it_asked_for(releases: Releases, tmp_path: Path) -> None:
    made = deploy(releases, tmp_path, "one")
    earlier = replace(made, python="")

    with pytest.raises(Refused, match="not noted"):
        releases.python_for(earlier, None)
    assert releases.python_for(earlier, "3.11") == "3.11"


def test_stage_that_was_never_deployed_here__says_what_to_do(releases: Releases) -> None:
    with pytest.raises(Refused, match="CloudFormation"):
        releases.before()
