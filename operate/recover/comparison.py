"""Recovered tables beside those that they were taken from, and against themselves.

A difference in counts is no fault: the service went on. What the tables must say alike at any
moment is money; and what was done since then and is undone by a recovery, somebody has to know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chalicelib.mturk.prices import format_dollars
from chalicelib.retainer.store.people import PART
from operate.backup.tables import Tables

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Count:
    """Items of one table: now, and as recovered; None where there is no such table."""

    table: str
    now: int | None
    recovered: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`wrong`: books of the recovered tables that do not agree; `undone`: what was done since the
    moment of the recovery, and is not any more."""

    counts: list[Count]
    wrong: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)


def compare(now: Tables, recovered: Tables) -> Comparison:
    """Read all tables of both, some of them twice: a read unit for each 4 KB."""
    there = now.there()
    counts = [
        Count(
            d.name,
            _count(now, d.name) if d.name in there else None,
            _count(recovered, d.name),
        )
        for d in recovered.definitions()
    ]
    is_market = recovered.config.marketplace.enabled
    wrong = [*_uncounted(recovered), *(_accounts(recovered) if is_market else ())]
    return Comparison(counts, wrong, list(_undone(now, recovered, there)))


def _count(tables: Tables, name: str) -> int:
    pages = tables.client.get_paginator("scan").paginate(
        TableName=tables.full_name(name), Select="COUNT", ConsistentRead=True
    )
    return sum(int(page["Count"]) for page in pages)


def _rows(tables: Tables, name: str, *attributes: str) -> Iterator[_Row]:
    """Only these attributes, whatever DynamoDB reserves as a word."""
    names = {f"#{number}": attribute for number, attribute in enumerate(attributes)}
    return tables.items(name, ProjectionExpression=", ".join(names), ExpressionAttributeNames=names)


def _number(row: _Row, name: str) -> int:
    return int(row.get(name, {"N": "0"})["N"])


def _text(row: _Row, name: str) -> str:
    return str(row.get(name, {"S": ""})["S"])


def _uncounted(tables: Tables) -> Iterator[str]:
    """Payments that are paid, against the totals that are written together with each. Old payments
    are cleared away and totals are not: less in payments than in totals is no fault."""
    kinds = ("work", "wait", "quick", "fee")
    paid: Counter[tuple[str, str]] = Counter()
    for row in _rows(tables, "payments", "proto", "state", "paid", *kinds):
        if _text(row, "state") == "paid":
            day = datetime.fromtimestamp(_number(row, "paid") / 1000, UTC).date().isoformat()
            paid[_text(row, "proto"), day] += sum(_number(row, kind) for kind in kinds)
    totals = {
        (_text(row, "proto"), _text(row, "day")): sum(
            _number(row, kind) for kind in ("work", "waiting", "bonus", "fee")
        )
        for row in _rows(tables, "totals", "proto", "day", "work", "waiting", "bonus", "fee")
    }
    for (proto, day), cents in sorted(paid.items()):
        if cents > (counted := totals.get((proto, day), 0)):
            yield (
                f"{proto}: payments of {day} come to ${format_dollars(cents)}, the day's total to "
                f"${format_dollars(counted)}"
            )


def _accounts(tables: Tables) -> Iterator[str]:
    """Each account at the marketplace against its ledger, to which rows are only added."""
    into: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for row in _rows(tables, "market-ledger", "account_id", "kind", "amount_cents", "fee_cents"):
        account, cents = _text(row, "account_id"), _number(row, "amount_cents")
        if _text(row, "kind") == "deposit":
            into[account] += cents
        else:
            spent[account] += cents + _number(row, "fee_cents")
    columns = ("available_cents", "held_cents", "spent_cents")
    for row in _rows(tables, "market-requesters", "account_id", *columns):
        account = _text(row, "account_id")
        available, held, gone = (_number(row, column) for column in columns)
        if (gone, available + held + gone) != (spent[account], into[account]):
            yield (
                f"account {account}: ${format_dollars(gone)} spent of "
                f"${format_dollars(available + held + gone)}, its ledger says "
                f"${format_dollars(spent[account])} of ${format_dollars(into[account])}"
            )


def _undone(now: Tables, recovered: Tables, there: set[str]) -> Iterator[str]:
    if "payments" in there:
        yield from _payments_since(now, recovered)
    if "postings" in there:
        known = {_text(row, "token") for row in _rows(recovered, "postings", "token")}
        since = [r for r in _rows(now, "postings", "token", "hit", "stage") if "hit" in r]
        unknown = [_text(row, "hit") for row in since if _text(row, "token") not in known]
        if unknown:
            yield f"{len(unknown)} HITs were posted since and are not known: {_some(unknown)}"
    for table, key, name, mark in (
        ("keys", "digest", "name", "revoked"),
        ("market-access-keys", "access_key", "access_key", "revoked_ms"),
    ):
        if table in there and table in {d.name for d in recovered.definitions()}:
            valid = {
                _text(row, key) for row in _rows(recovered, table, key, mark) if not _is(row, mark)
            }
            revoked = [
                _text(row, name)
                for row in _rows(now, table, *{key, name, mark})
                if _is(row, mark) and _text(row, key) in valid
            ]
            if revoked:
                yield f"revoked since, valid again ({table}): {_some(revoked)}"
    if "people" in there:
        gone = _people(recovered) - _people(now)
        if gone:
            yield (
                f"data of {len(gone)} workers was deleted or had had its time since, and is back: "
                f"{_some(sorted(gone))}"
            )


def _payments_since(now: Tables, recovered: Tables) -> Iterator[str]:
    columns = ("id", "state", "market", "tried", "work", "wait", "quick")
    known = {
        _text(row, "id")
        for row in _rows(recovered, "payments", "id", "state")
        if _text(row, "state") == "paid"
    }
    sent: dict[str, list[int]] = {}
    for row in _rows(now, "payments", *columns):
        if _text(row, "id") not in known and ("tried" in row or _text(row, "state") == "paid"):
            cents = sum(_number(row, kind) for kind in ("work", "wait", "quick"))
            sent.setdefault(_text(row, "market"), []).append(cents)
    for market, amounts in sorted(sent.items()):
        yield (
            f"{len(amounts)} payments, ${format_dollars(sum(amounts))} in all, were sent at the "
            f"market {market} since and are owed again; each is looked up there before it is sent"
        )


def _people(tables: Tables) -> set[str]:
    """Those of whom there is more than a mark that is nobody's name."""
    rows = _rows(tables, "people", "worker", "item")
    return {_text(row, "worker") for row in rows if not _text(row, "item").startswith(PART)}


def _is(row: _Row, mark: str) -> bool:
    found = row.get(mark, {})
    return bool(found.get("BOOL") or found.get("N"))


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:10])
    return shown if len(names) <= 10 else f"{shown} and {len(names) - 10} more"
