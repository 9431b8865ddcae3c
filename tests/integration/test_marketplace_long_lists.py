"""Lists of more than a thousand, page by page: complete, nothing twice, whatever changes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config

from bench.market_rows import write_all
from tests.integration.long_lists import COUNT, LISTS, Long, copies_of_hit, reviewable
from tests.integration.market import Market, refused
from tests.size import sized

INVALID = "ParameterValidationError"


@pytest.fixture(scope="module", params=LISTS)
def long(market: Market, request: pytest.FixtureRequest) -> Long:
    return LISTS[request.param](market)


def call(long: Long, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = getattr(long.client, long.operation)(**long.options, **options)
    return found


def pages(long: Long, size: int) -> Iterator[dict[str, Any]]:
    if long.paginated:
        paginator = long.client.get_paginator(long.operation)
        yield from paginator.paginate(**long.options, PaginationConfig={"PageSize": size})
        return
    more: dict[str, Any] = {}
    while True:
        page = call(long, MaxResults=size, **more)
        yield page
        if "NextToken" not in page:
            return
        more = {"NextToken": page["NextToken"]}


def units(market: Market) -> float:
    read = {"Query", "GetItem", "BatchGetItem"}
    consumed = market.dynamo.consumed
    return sum(n for (name, what), n in consumed.items() if what == "units" and name in read)


def test_list__beyond_a_thousand__is_complete_and_in_order(long: Long) -> None:
    found = list(pages(long, 100))

    assert [key for page in found for key in long.read(page)] == long.keys
    assert len(long.keys) == COUNT
    if long.paginated:
        assert [page["NumResults"] for page in found] == [100] * 10 + [COUNT - 1_000, 0]


def test_list__costs_the_same_at_its_beginning_and_far_within(market: Market, long: Long) -> None:
    costs = []
    at, more = 0, dict[str, Any]()
    # Nine hundred are stepped over in between.
    for size in (10, 10, 10, *9 * [100], 10, 10, 10):
        before = units(market)
        found = call(long, MaxResults=size, **more)
        more = {"NextToken": found["NextToken"]}
        if size == 10:
            costs.append(units(market) - before)
        assert long.read(found) == long.keys[at : at + size]
        at += size

    # From a token on there may be a read by key.
    assert max(costs[1:]) <= costs[1] + 1
    assert costs[-1] <= costs[0] + 2


@pytest.mark.parametrize("size", [1, 7])
def test_list__has_pages_of_the_size_asked_for(long: Long, size: int) -> None:
    found = call(long, MaxResults=size)
    after = call(long, MaxResults=size, NextToken=found["NextToken"])

    assert long.read(found) + long.read(after) == long.keys[: 2 * size]


def test_list__refuses_sizes_out_of_bounds(market: Market, long: Long) -> None:
    unchecked = market.client(long.account, config=Config(parameter_validation=False))
    for size in (-1, 0, 101, 2**31, 2**70):
        error = refused(getattr(unchecked, long.operation), **long.options, MaxResults=size)
        assert error["Error"]["Code"] == INVALID


def test_list__refuses_tokens_that_are_not_its_own(long: Long) -> None:
    token = call(long, MaxResults=10)["NextToken"]
    name, at_ms, key = json.loads(base64.urlsafe_b64decode(token + "=="))

    def packed(*values: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    assert long.read(call(long, MaxResults=10, NextToken=packed(name, at_ms, key)))
    for garbled in (
        "garbage",
        "é",
        "=",
        token[:-3],
        token[3:],
        "A" * 256,
        packed("ListSomethingElse", at_ms, key),
        packed(name, at_ms),
        packed(name, -1, key),
        packed(name, 2**60, key),
        packed(name, True, key),
        packed(name, str(at_ms), key),
        packed(name, at_ms, ""),
        packed(name, at_ms, "../x"),
        packed(name, at_ms, None),
        packed(name, at_ms, ["x"]),
    ):
        error = refused(getattr(long.client, long.operation), **long.options, NextToken=garbled)
        assert error["Error"]["Code"] == INVALID, garbled


def test_list__takes_a_made_up_place_for_a_place(long: Long) -> None:
    """Whoever makes a token up reads their own list, from some place on."""
    token = call(long, MaxResults=10)["NextToken"]
    name, _, _ = json.loads(base64.urlsafe_b64decode(token + "=="))
    for at_ms in (0, 2**52):
        for key in ("A", "ZZZZ", "3L0000000000000000000000000500"):
            made = json.dumps([name, at_ms, key]).encode()
            found = call(long, NextToken=base64.urlsafe_b64encode(made).decode().rstrip("="))
            assert set(long.read(found)) <= set(long.keys)


def test_list__is_complete_while_it_changes(long: Long) -> None:
    gone: set[str] = set()
    ahead: set[str] = set()
    seen: list[str] = []
    for number, page in enumerate(pages(long, sized(100, 50))):
        keys = long.read(page)
        seen += keys
        if number < sized(4, 12):  # else a list in the order of time would never end
            long.add()
        if long.remove is None or not keys:
            continue
        # Two of those just shown, among them the place to read on from, and one still to come.
        later = [key for key in long.keys[len(seen) + 60 + number :] if key not in gone][:1]
        for key in {keys[0], keys[-1], *later} & set(long.keys):
            long.remove(key)
            gone.add(key)
        ahead |= set(later)

    assert len(seen) == len(set(seen)), "shown twice"
    assert set(long.keys) - gone <= set(seen), "left out"
    assert not ahead & set(seen), "shown though it was gone"
    if long.remove is not None:
        assert len(gone) > sized(20, 40)


def test_lists__look_at_a_bounded_number_and_still_find_all(market: Market) -> None:
    """What fits may lie behind thousands that do not: then pages come empty, with a token."""
    account = market.credentials()
    client = market.client(account)
    needle = reviewable(market, client, Title="needle")
    client.update_hit_review_status(HITId=needle.hit_id)
    market.clock.advance(2)
    row = reviewable(market, client, Title="hay")
    write_all(copies_of_hit(row, "M", 2_100))

    for options in ({"Status": "Reviewing"}, {"HITTypeId": needle.hit_type_id}):
        before = units(market)
        first = client.list_reviewable_hits(**options)
        assert (first["NumResults"], "NextToken" in first) == (0, True)
        assert units(market) - before < 1_300
        wanted = [needle.hit_id] if "Status" in options else []
        found = client.get_paginator("list_reviewable_hits").paginate(**options)
        assert [h["HITId"] for page in found for h in page["HITs"]] == wanted
