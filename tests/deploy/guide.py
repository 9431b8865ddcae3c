"""The commands of docs/deploying.md, by section, in their order, and a shell that follows them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.deploy.cloud import Clone

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "deploying.md"

ELSEWHERE = ("make setup",)
"""What is not followed: packages are this clone's."""

_LOOKED_OVER = ("market", "clock", "routes", "calls", "starts")
"""What the doctor finds wrong: moto runs no functions, so that what asks them finds nobody."""


def commands(section: str, *, followed: bool = True) -> list[str]:
    """All lines of a section's blocks, subsections included; those that can be followed here."""
    text = PAGE.read_text()
    start = text.index(f"\n## {section}")
    end = text.find("\n## ", start + 1)
    blocks = re.findall(r"^```sh\n(.*?)^```", text[start:end], re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if not followed or not line.startswith(ELSEWHERE)]


def follow(clone: Clone, wanted: Sequence[str]) -> str:
    """Run lines one after another in one shell, as a person does; return what they printed.

    Fails with the line that failed. The doctor's is asked for JSON, and must find what it can here.
    """
    script = "set -e\n" + "\n".join(map(_noted, wanted))
    env = {**clone.env, "PATH": f"{clone.folder}/.venv/bin:{clone.env['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", script], cwd=clone.folder, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    for found in clone.folder.glob("findings-*.json"):
        findings: list[dict[str, Any]] = json.loads(found.read_text())["findings"]
        wrong = [finding for finding in findings if not finding["ok"]]
        assert {finding["check"] for finding in wrong} == {*_LOOKED_OVER}, wrong
        found.unlink()
    return done.stdout


def _noted(line: str) -> str:
    if " doctor " in line and "--before" not in line:
        stage = line.rpartition(" ")[2]
        line = f"{line.replace(' doctor ', ' --json doctor ')} > findings-{stage}.json || true"
    return f"echo {json.dumps('>>> ' + line.replace('$', ''))}\n{line}"
