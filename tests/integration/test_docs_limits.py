"""The table of limits in docs/marketplace.md: the code's numbers, each run into over the wire."""

from __future__ import annotations

import re

import pytest
from botocore.exceptions import ClientError

from chalicelib.marketplace.domain.errors import SubmissionRefused
from tests.integration.doc_page import DOCS
from tests.integration.market import Market
from tests.integration.market_limit_calls import Limit, World
from tests.integration.market_limits import LIMITS

TRIED = [limit for limit in LIMITS if limit.at is not None]


@pytest.fixture(scope="module")
def world(market: Market) -> World:
    return World(market)


def test_table__has_the_codes_numbers() -> None:
    page = (DOCS / "marketplace.md").read_text()
    table = page[page.index("## Limits") : page.index("## Known differences")]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE)[2:]

    assert rows == [(limit.what, limit.says) for limit in LIMITS]
    assert all((limit.at is None) == bool(limit.shown_by) for limit in LIMITS)


@pytest.mark.parametrize("limit", TRIED, ids=[limit.what for limit in TRIED])
def test_limit__is_where_the_table_says(world: World, limit: Limit) -> None:
    assert limit.at
    assert limit.over
    limit.at(world)
    with pytest.raises((ClientError, SubmissionRefused)) as refusal:
        limit.over(world)

    if isinstance(refusal.value, ClientError):
        assert refusal.value.response["Error"]["Code"] == "ParameterValidationError"
    else:
        assert isinstance(refusal.value, SubmissionRefused)
        assert refusal.value.status == 413
