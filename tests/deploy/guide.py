"""The commands of docs/deploying.md, by section, in their order."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "deploying.md"

ELSEWHERE = ("make setup", "export ", "aws cloudformation ")
"""What is not followed: packages are this clone's, the region is the test's, and moto takes no
template of this kind."""


def commands(section: str) -> list[str]:
    """All lines of a section's blocks, subsections included."""
    text = PAGE.read_text()
    start = text.index(f"## {section}")
    end = text.find("\n## ", start + 1)
    blocks = re.findall(r"^```sh\n(.*?)^```", text[start:end], re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def is_followed(command: str) -> bool:
    return not command.startswith(ELSEWHERE)
