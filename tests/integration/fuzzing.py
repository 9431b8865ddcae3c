"""What fuzzers share: values that look wrong, and whether a database was written to."""

from __future__ import annotations

import json
import os
import random
import string
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse

from chalicelib.kit.dynamo.connection import Dynamo
from tests.integration.faults import WRITES, session_of
from tests.size import FULL

Rows = dict[str, set[str]]

SEED = int(
    os.environ.get("FUZZ_SEED", str(random.SystemRandom().randrange(2**32)) if FULL else "1")
)
"""The small run sends the same each time; new things are looked for at full length."""

ODD_TEXTS = (
    "", " ", "0", "-1", "1e9", "NaN", "null", "true", "[]", "{}", "\0", "\ud800", "\u202e",
    "é" * 300, "a" * 3_000, "9" * 5_000, "../..", "%00", "%", "<x>&amp;", "'\"", "=cmd|x", "A" * 30,
    "1.005", "0" * 4_400 + "1", "ASSIGNMENT_ID_NOT_AVAILABLE", "http://127.0.0.1/", "javascript:x",
    "\r\nA: b", "２", "1_000", "+1", "0x10", "2026-12-01", "__proto__", "x@y", "sandbox",
    "waiting", "approve",
)  # fmt: skip

ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**53, 2**64, -(2**70), 10**400,
    0.1, 1e300, float("nan"), float("inf"),
    [], {}, [[]], [None], {"a": {"b": []}}, ["a"] * 500, {"": ""}, [["a", "1"]] * 3,
)  # fmt: skip


def odd(rng: random.Random) -> Any:
    """A value that a careless reader falls over; text two times of three."""
    kind = rng.randrange(6)
    if kind < 3:
        return rng.choice(ODD_TEXTS)
    if kind == 3:
        letters = string.printable + "äöü\u2028\x7f"
        return "".join(rng.choice(letters) for _ in range(rng.randrange(1, 60)))
    return rng.choice(ODD_VALUES)


def odd_text(rng: random.Random) -> str:
    value = odd(rng)
    return value if isinstance(value, str) else json.dumps(value)


def mangled(rng: random.Random, text: str) -> str:
    """A text with some of it gone, doubled or changed."""
    if not text:
        return odd_text(rng)
    at, to = sorted((rng.randrange(len(text)), rng.randrange(len(text) + 1)))
    return rng.choice((
        text[:at] + text[to:],
        text[:to] + text[at:],
        text[:at] + rng.choice(string.printable) + text[at + 1 :],
        text.swapcase(),
        text + rng.choice("0 a/%"),
    ))  # fmt: skip


USE_NOTED = frozenset({"last_used_day"})
"""Of a key: the day on which it was used last, for whatever."""

LISTED = frozenset({"market", "newest_ms", "open_until_ms"})
"""Of a HIT type: its place in the workers' list. It is written before a HIT, and so is the text of
its question (`questions`): a crash in between leaves no open HIT where nobody finds it. A call
that is then refused for want of money, or for its token, has written that much."""


class Writes:
    """Counts what is sent to the database that may write."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.count = 0

    def send(self, request: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        self.count += operation in WRITES or operation == "BatchWriteItem"
        answer: AWSResponse = self._real.send(request)
        return answer


class Database:
    """All rows of both halves, and how often something was sent that could change them."""

    def __init__(self, places: list[tuple[Dynamo, Any]]) -> None:
        self._places = places
        self._watches: list[Writes] = []

    @contextmanager
    def watched(self) -> Iterator[None]:
        with ExitStack() as stack:
            for dynamo, _ in self._places:
                stack.enter_context(session_of(dynamo, self._watch))
            yield

    def _watch(self, real: Any) -> Writes:
        self._watches.append(Writes(real))
        return self._watches[-1]

    @property
    def writes(self) -> int:
        return sum(watch.count for watch in self._watches)

    def rows(self) -> Rows:
        """Every row of every table."""
        found: Rows = {}
        for dynamo, models in self._places:
            for model in models:
                if model.Meta.table_name.endswith("-questions"):
                    continue
                pages = dynamo.client.get_paginator("scan").paginate(
                    TableName=model.Meta.table_name, ConsistentRead=True
                )
                rows = [_settled(row) for page in pages for row in page["Items"]]
                found[model.Meta.table_name] = {
                    json.dumps(row, sort_keys=True, default=repr) for row in rows
                }
        return found


def _settled(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what a refusal may write."""
    passed_over = USE_NOTED | LISTED if "auto_approval_s" in row else USE_NOTED
    return {name: value for name, value in row.items() if name not in passed_over}


def differences(before: Rows, after: Rows) -> list[str]:
    """What changed, a line for each row."""
    return [
        f"{table} {sign} {row}"
        for table in before
        for sign, rows, others in (("-", before, after), ("+", after, before))
        for row in sorted(rows[table] - others[table])
    ]


class Refusals:
    """Sees to it that what is refused has written nothing.

    The whole database is read again after everything that was accepted and may have written, and
    compared after each refusal that sent something that may write, and now and then after others.
    """

    EVERY = 50

    def __init__(self, database: Database) -> None:
        self._database = database
        self._before = database.rows()
        self._refused = 0

    def after(self, writes_before: int, is_refused: bool) -> list[str]:
        """Look after a request: what a refused one wrote."""
        wrote = self._database.writes != writes_before
        self._refused += is_refused
        if not wrote and not (is_refused and self._refused % self.EVERY == 0):
            return []
        now = self._database.rows()
        changed = differences(self._before, now) if is_refused else []
        self._before = now
        return changed


def length_s() -> float:
    """How long a fuzzer goes on: ten minutes at full length, else until it has sent the fewest."""
    return 600.0 if FULL else 0.0
