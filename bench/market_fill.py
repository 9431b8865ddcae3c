"""A marketplace's tables with so many HITs on record, filled by copying what real requests made.

Of ten HITs three are open with two of three slots left, six are done, approved and paid, one is
deleted. Every other open one belongs to one large group, the rest to forty small ones. A veteran
has done every tenth of the large group's, those that end first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from pynamodb.models import Model

from bench.market_rows import copy_of, write_all
from chalicelib.marketplace.domain.people import Worker
from chalicelib.marketplace.store.ledger_tables import LedgerRow
from chalicelib.marketplace.store.tables import AssignmentIdRow, AssignmentRow, HitRow
from tests.integration.in_process import client_of
from tests.integration.market import Market, hit_values
from tests.integration.market_crowd import accept, sign_in, submit

SMALL_GROUPS = 40
DAY_S = 86_400
_CHUNK = 5_000


class Record:
    """One requester's HITs; `grow` adds to them."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.account = market.credentials("The bench's lab")
        self.client = client_of(market, self.account)
        self.size = 0
        self.veteran: Worker = sign_in(market, "veteran")
        self.types = [self._type(f"group {n}") for n in range(SMALL_GROUPS + 1)]
        self._open = [self._template(hit_type) for hit_type in self.types]
        self._done = self._template(self.types[1], most=1)
        self._deleted = self._delete()
        self._numbers = itertools.count()

    @property
    def large_group(self) -> str:
        return self.types[0]

    def post(self, hit_type: str, most: int = 3) -> str:
        made = self.client.create_hit_with_hit_type(
            HITTypeId=hit_type,
            LifetimeInSeconds=DAY_S,
            MaxAssignments=most,
            Question=hit_values()["Question"],
        )
        return str(made["HIT"]["HITId"])

    def grow(self, size: int) -> None:
        """Bring the number of HITs on record up to `size`."""
        while self.size < size:
            count = min(size - self.size, _CHUNK)
            groups: dict[type[Model], list[Model]] = {}
            for row in self._rows(count):
                groups.setdefault(type(row), []).append(row)
            for rows in groups.values():
                write_all(rows)
            self.size += count

    def _type(self, title: str) -> str:
        made = self.client.create_hit_type(
            Title=title,
            Description="Wait, then answer",
            Reward="0.05",
            AssignmentDurationInSeconds=3600,
            AutoApprovalDelayInSeconds=30 * DAY_S,
        )
        return str(made["HITTypeId"])

    def _template(self, hit_type: str, most: int = 3) -> list[Any]:
        """The rows of a HIT that a worker did, and that was approved."""
        hit_id = self.post(hit_type, most)
        worker = sign_in(self.market)
        taken = submit(self.market, accept(self.market, worker, hit_id))
        self.client.approve_assignment(AssignmentId=taken)
        self.market.market.tick.run()
        (assignment,) = AssignmentRow.query(hit_id, consistent_read=True)
        (paid,) = [
            row for row in LedgerRow.query(self.account.account_id) if row.assignment_id == taken
        ]
        ids = AssignmentIdRow.get(taken, consistent_read=True)
        return [HitRow.get(hit_id, consistent_read=True), assignment, ids, paid]

    def _delete(self) -> HitRow:
        hit_id = self.post(self.types[1])
        self.client.update_expiration_for_hit(HITId=hit_id, ExpireAt=0)
        self.client.delete_hit(HITId=hit_id)
        return HitRow.get(hit_id, consistent_read=True)

    def _rows(self, count: int) -> Iterator[Model]:
        for number in itertools.islice(self._numbers, count):
            kind = number % 10
            if kind == 9:
                yield copy_of(
                    self._deleted,
                    hit_id=f"3D{number:028}",
                    created_ms=self._deleted.created_ms - number,
                )
            elif kind < 3:
                group = 0 if number % 2 else 1 + number // 10 % SMALL_GROUPS
                yield from self._copies(self._open[group], number, is_open=True)
            else:
                yield from self._copies(self._done, number, is_open=False)

    def _copies(self, rows: list[Any], number: int, is_open: bool) -> Iterator[Model]:
        hit, assignment, ids, paid = rows
        hit_id, taken = f"3H{number:028}", f"3T{number:028}"
        worker_id = f"AB{number % 500:012}"
        # Ended one after another, the large group's open ones in the order of their numbers.
        times: dict[str, int] = {"created_ms": hit.created_ms - 1_000_000 + number}
        if is_open:
            ends_ms = hit.expires_ms + number
            times |= {"expires_ms": ends_ms, "over_ms": ends_ms, "timer_ms": ends_ms}
            if hit.hit_type_id == self.large_group and number % 100 == 1:
                # Before all others: the veteran's.
                worker_id = self.veteran.worker_id
                ends_ms = hit.expires_ms - 10_000_000 + number
                times |= {"expires_ms": ends_ms, "over_ms": ends_ms, "timer_ms": ends_ms}
        else:
            times["over_ms"] = hit.over_ms - 10_000_000 + number
        yield copy_of(hit, hit_id=hit_id, **times)
        when = {"submit_ms": assignment.submit_ms - 10_000_000 + number}
        mine = {"hit_id": hit_id, "worker_id": worker_id}
        yield copy_of(assignment, assignment_id=taken, **mine, **when)
        yield copy_of(ids, assignment_id=taken, **mine)
        entry = f"{paid.at_ms - 10_000_000 + number:013d}#reward#{taken}"
        yield copy_of(paid, entry=entry, assignment_id=taken, **mine)
