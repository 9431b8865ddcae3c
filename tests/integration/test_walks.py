"""The map tells which files a request passes: it is held to what requests do pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.walks import Walk, walks

ROOT = Path(__file__).resolve().parent.parent.parent
STARTED = {"chalicelib/kit/starter.py"}
"""An `invoke` starts a sizing run where a worker is missing, which depends on the moment."""


@pytest.fixture(scope="module")
def walked() -> dict[str, Walk]:
    found = dict(walks())
    for name, walk in found.items():
        print(name, len(walk.files), len(walk.folders), walk.back, sep="\t")
    return found


def listed(title: str) -> list[str]:
    """The files of one numbered list of the map."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    _, _, after = text.partition(f"\n**{title}")
    assert after, title
    lines = after.partition("\n\n")[2].partition("\n\n")[0].splitlines()
    files = [re.fullmatch(r"\d+\. `([^`]+)`: .+", line) for line in lines]
    assert all(files), title
    return [match[1] for match in files if match]


def told(request: str) -> int:
    """How many files the map's table tells of."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    (row,) = re.findall(rf"^\| `?{request}`? \| \d+ \| (\d+) \|", text, re.MULTILINE)
    return int(row)


def test_map__lists_the_files_of_three_walks(walked: dict[str, Walk]) -> None:
    poll = listed("A poll.**")
    assert poll == walked["idle poll"].files
    claims = set(walked["claiming poll"].files) - set(poll)
    assert set(listed("A poll that claims**")) == claims
    assert listed("An `invoke`.**") == [f for f in walked["invoke"].files if f not in STARTED]
    assert listed("A CreateHIT.**") == walked["CreateHIT"].files


def test_map__counts_the_files_of_each_request(walked: dict[str, Walk]) -> None:
    counted = {name: len(set(walk.files) - STARTED) for name, walk in walked.items()}

    assert {name: told(name) for name in counted} == counted
