"""docs/marketplace.md: its table of operations, and that what it names as proof is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.marketplace.api import session_operations
from chalicelib.marketplace.api.operations import OPERATIONS
from chalicelib.mturk import model
from tests.clock import MovableClock
from tests.integration.doc_page import DOCS
from tests.integration.market import running_market
from tests.integration.market_limits import LIMITS
from tests.integration.market_refusals import REFUSALS, Mistakes
from tests.integration.terminal import ROOT

PAGE = (DOCS / "marketplace.md").read_text()
PREFIX = "AWS.MechanicalTurk."
CASES = [(operation, code) for operation, codes in REFUSALS.items() for code in codes]


def table() -> dict[str, list[str]]:
    """The codes of each operation, as the page has them."""
    part = PAGE[PAGE.index("## Operations") : PAGE.index("## Limits")]
    rows = re.findall(r"^\| (\w+) \| [^|]* \| ?([\w, ]*)\|$", part, re.MULTILINE)
    return {
        operation: codes.strip().split(", ") if codes.strip() else [] for operation, codes in rows
    }


@pytest.fixture(scope="module")
def mistakes(dynamo_endpoint: str) -> Iterator[Mistakes]:
    with running_market(dynamo_endpoint, MovableClock()) as market:
        yield Mistakes(market)


def test_table__has_the_models_operations_and_the_handlers() -> None:
    assert list(table()) == sorted(model.operation_names()) == sorted(OPERATIONS)


def test_table__has_the_codes_that_are_provoked() -> None:
    given = {operation: codes for operation, codes in table().items() if codes}

    assert given == {operation: list(codes) for operation, codes in REFUSALS.items()}


@pytest.mark.parametrize(("operation", "code"), CASES, ids=[f"{o}-{c}" for o, c in CASES])
def test_operation__answers_the_code(mistakes: Mistakes, operation: str, code: str) -> None:
    error = REFUSALS[operation][code](mistakes)

    assert (error["Error"]["Code"], error["TurkErrorCode"]) == ("RequestError", PREFIX + code)


def test_every_code_of_the_source__is_in_the_table() -> None:
    sources = (ROOT / "chalicelib" / "marketplace").rglob("*.py")
    text = "\n".join(path.read_text() for path in sources if path.name != "policies.py")
    used = set(re.findall(r"\{_CODE\}(\w+)|AWS\.MechanicalTurk\.(\w+)", text))

    codes = {first or second for first, second in used}
    # Those of the operations beyond the protocol are told below the table.
    beyond = set(re.findall(r"`RetainerMarketplace\.(\w+)`", PAGE))
    assert codes - beyond == {code for codes in table().values() for code in codes}
    assert beyond <= codes | set(session_operations.OPERATIONS)


def named_tests(text: str) -> set[str]:
    return set(re.findall(r"\btest_\w+", text))


def test_what_is_named_as_proof__is_there() -> None:
    files = list((ROOT / "tests").rglob("*.py"))
    functions = {name for f in files for name in re.findall(r"def (test_\w+)", f.read_text())}
    known = functions | {path.stem for path in files}
    pages = {path.name: named_tests(path.read_text()) for path in DOCS.glob("*.md")}
    pages["limits"] = {limit.shown_by for limit in LIMITS if limit.shown_by}

    missing = {page: named - known for page, named in pages.items() if named - known}

    assert missing == {}
    differences = PAGE[PAGE.index("## Known differences") :]
    points = re.split(r"^\* ", differences, flags=re.MULTILINE)[1:]
    assert all(named_tests(point) for point in points[:-1])


def test_links__lead_somewhere() -> None:
    for path in [*DOCS.glob("*.md"), Path(ROOT / "README.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
            if not target.startswith("http"):
                assert (path.parent / target).exists(), (path.name, target)
