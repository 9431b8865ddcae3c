"""What the documents say of names is what the code has."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from chalicelib.kit.config import VARIABLES
from chalicelib.retainer.domain.protohits import _FIELDS, parse
from operate.command_line import build_parser
from operate.completion import subparsers

ROOT = Path(__file__).resolve().parent.parent.parent


def table_names(text: str) -> set[str]:
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_operators_page__lists_every_variable_with_its_default() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()

    for variable in VARIABLES:
        shown = f"`{variable.default}`" if variable.default else ""
        assert f"| `{variable.name}` | {shown} | {variable.meaning} |" in page


def test_readme__leads_to_every_document_in_two_steps() -> None:
    readme = (ROOT / "README.md").read_text()
    index = (ROOT / "docs" / "README.md").read_text()
    links = set(re.findall(r"\((?:docs/)?([\w-]+\.md)[)#]", readme + index))

    documents = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert documents | {"CONTRIBUTING.md"} == links


def test_documents__know_one_command_line() -> None:
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        assert "chalicelib.cli" not in path.read_text(), path.name


def test_documents__name_commands_of_the_command_line_that_exist() -> None:
    parser = build_parser()
    lines = [
        line
        for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
        for line in re.findall(
            r"^ *\./retainer (.*)$",
            path.read_text().replace("\\\n", " "),
            re.MULTILINE,
        )
    ]

    assert len(lines) > 40
    for line in lines:
        parser.parse_args(shlex.split(line, comments=True))


def test_console__names_commands_of_the_command_line_that_exist() -> None:
    page = (ROOT / "static" / "desk" / "admin" / "market-commands.js").read_text()
    commands = re.findall(r"^ +\['[^']+', '([^']+)'\]", page, re.MULTILINE)
    assert len(commands) > 10
    parser = build_parser()
    for command in commands:
        parser.parse_args(["market", *shlex.split(command)])


def test_operators_page__names_every_subject() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()

    for name in subparsers(build_parser()):
        assert f"retainer {name}" in page or f"`{name}`" in page, name


def test_api_page__lists_every_field_of_a_protohit() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    fields = page[page.index("### ProtoHITs") : page.index("## For the worker's page")]

    assert table_names(fields) - {"_ . : -", "assignment_duration"} >= set(_FIELDS) - {
        "assignment_duration"
    }


def test_api_page__names_every_route() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    api = ROOT / "chalicelib" / "retainer" / "api"
    routes = "".join(path.read_text() for path in sorted(api.glob("*_routes.py")))
    paths = re.findall(r'@_route\("/([^"]+)"', routes)

    assert len(paths) > 25
    for path in paths:
        assert f"{path}`" in page, path


def test_waiting_page__shows_a_protohit_that_is_taken() -> None:
    page = (ROOT / "docs" / "waiting-page.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)

    proto = parse(json.loads(example))

    assert (proto.page.pastime, proto.page.accent) == ("game", "#7a1fa2")
