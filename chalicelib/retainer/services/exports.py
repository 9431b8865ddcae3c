"""Results of a ProtoHIT for a study: a row for each call that was to be answered, by pseudonym.

Read a page of reservations at a time, the newest first, so that any number fits through an answer
of a few megabytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.retainer.domain import ids
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.missing import no_proto
from chalicelib.retainer.domain.pseudonyms import is_mark
from chalicelib.retainer.services.retention import keep_ms
from chalicelib.retainer.services.slot_pay import SlotPay

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.retainer.domain.ports import (
        Submission,
    )
    from chalicelib.retainer.domain.pseudonyms import Pseudonyms
    from chalicelib.retainer.domain.reservations import Claim, ForeignId, Ledger, Reservation
    from chalicelib.retainer.services.slot_pay import Pay
    from chalicelib.retainer.stores import Stores

SIZE_MOST = 3_000_000
"""Characters of a page's answers, as JSON: a Lambda function answers with 6 MB at most."""

DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Wanted:
    """`study` names the pseudonyms' realm; `raw` asks for the workers' own ids."""

    hit_type: str
    first_ms: int
    until_ms: int | None
    study: str
    raw: bool


@dataclass(frozen=True, slots=True)
class Row:
    """`assignment` is empty unless workers' own ids were asked for: it leads to them."""

    worker: str
    assignment: str
    reservation: str
    foreign_id: ForeignId
    claim: Claim
    submission: Submission | None
    pay: Pay | None


class Exports:
    def __init__(
        self,
        stores: Stores,
        pseudonyms: Pseudonyms,
        keep_days: int,
        clock: Clock,
    ) -> None:
        self._protos = stores.protos
        self._reservations = stores.reservations
        self._ledgers = stores.ledgers
        self._submissions = stores.submissions
        self._payments = stores.payments
        self._pseudonyms = pseudonyms
        self._keep_days = keep_days
        self._clock = clock

    def page(
        self, wanted: Wanted, cursor: str | None, reservations: int
    ) -> tuple[list[Row], str | None]:
        """Give the rows of at most so many reservations, and where to go on: in the middle of a
        reservation where its answers are large."""
        proto = self._protos.find(wanted.hit_type)
        if proto is None:
            raise no_proto(wanted.hit_type)
        now = self._clock.now_ms()
        # What is about to be cleared away is not given out any more.
        first_ms = max(wanted.first_ms, now - keep_ms(proto, self._keep_days))
        inside, at = _place(cursor)
        rows: list[Row] = []
        size = 0
        page, more = self._page(wanted, inside, reservations)
        for reservation, ledger in page:
            if reservation.created_ms < first_ms:
                return rows, None
            if wanted.until_ms is not None and reservation.created_ms >= wanted.until_ms:
                # Of a release that gave other ids, which all sort before the numbers.
                continue
            found = self._rows(wanted, reservation, ledger)
            for n, row in enumerate(found):
                if reservation.id == inside and n < at:
                    continue
                size += 0 if row.submission is None else len(json.dumps(row.submission.answers))
                if rows and size > SIZE_MOST:
                    return rows, f"{reservation.id}.{n}"
                rows.append(row)
        return rows, more

    def _page(
        self, wanted: Wanted, inside: str | None, limit: int
    ) -> tuple[list[tuple[Reservation, Ledger]], str | None]:
        before = inside
        page: list[Reservation] = []
        if inside is None and wanted.until_ms is not None:
            before = ids.first_number(wanted.until_ms)
        elif inside is not None and (begun := self._reservations.get(inside)) is not None:
            page.append(begun)
        found, more = self._reservations.page(wanted.hit_type, before, limit)
        page += found
        ledgers = self._ledgers.get_many([r.id for r in page]) if page else {}
        return [(r, ledgers[r.id]) for r in page if r.id in ledgers], (
            None if more is None else f"{more}.{_DONE}"
        )

    def _rows(self, wanted: Wanted, reservation: Reservation, ledger: Ledger) -> list[Row]:
        claims = [c for c in ledger.claims.values() if not ledger.is_surplus(c)]
        if not claims:
            return []
        handed_in = {s.assignment: s for s in self._submissions.of(reservation.id)}
        paid = SlotPay(self._payments, self._clock).of(claims, handed_in)
        return [
            Row(
                worker=self._name(c.worker, wanted),
                assignment=c.assignment if wanted.raw and not is_mark(c.worker) else "",
                reservation=reservation.id,
                foreign_id=reservation.foreign_id,
                claim=c,
                submission=handed_in.get(c.assignment),
                pay=paid[c.key],
            )
            for c in sorted(claims, key=lambda c: (c.at_ms, c.key))
        ]

    def _name(self, worker: str, wanted: Wanted) -> str:
        if is_mark(worker):
            return DELETED
        return worker if wanted.raw else self._pseudonyms.of(worker, wanted.study)


_DONE = 1_000
"""More rows than a reservation can have: it is done with."""


def _place(cursor: str | None) -> tuple[str | None, int]:
    if cursor is None:
        return None, 0
    reservation, _, at = cursor.partition(".")
    if not ids.is_own_id(reservation) or not at.isascii() or not at.isdigit() or len(at) > 4:
        raise BadInput("The cursor was not given by this export.", "bad_cursor", "cursor")
    return reservation, int(at)


def flat(answers: Mapping[str, Any] | None) -> dict[str, str]:
    """Give answers by field, as text; what is no text is JSON."""
    found = (answers or {}).items()
    return {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in found}
