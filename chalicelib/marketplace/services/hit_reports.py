"""Reports of HITs: taken from workers, and what whoever runs the marketplace makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chalicelib.marketplace.domain.errors import (
    BadRequest,
    MarketplaceError,
    NotFound,
    RequestRefused,
    TooManyReports,
)
from chalicelib.marketplace.domain.hit_reports import (
    DAY_MS,
    MAX_REPORTS,
    MAX_TEXT,
    HitReport,
    Reason,
    ReportState,
)

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.hit_reports import (
        HitReportStore,
    )
    from chalicelib.marketplace.domain.hits import Hit
    from chalicelib.marketplace.domain.people import Worker
    from chalicelib.marketplace.domain.ports import HitStore, Position
    from chalicelib.marketplace.services.accounts import Accounts
    from chalicelib.marketplace.services.postings import Postings

_PAGE = 100


class HitReports:
    """Nothing of it can be reached over the requesters' protocol."""

    def __init__(
        self,
        store: HitReportStore,
        hits: HitStore,
        postings: Postings,
        accounts: Accounts,
        clock: Clock,
    ) -> None:
        self._store = store
        self._hits = hits
        self._postings = postings
        self._accounts = accounts
        self._clock = clock

    def report(self, worker: Worker, hit_id: str, reason: str, text: str) -> None:
        """Keep a worker's report of a HIT; again, it changes nothing. Raises `WorkerRefused`."""
        if reason not in {known.value for known in Reason}:
            raise BadRequest("Say what is wrong with it: choose one of the reasons.")
        text = text.strip()
        if len(text) > MAX_TEXT:
            raise BadRequest(f"A report has at most {MAX_TEXT} characters.")
        if reason == Reason.OTHER and not text:
            raise BadRequest("Say in a few words what is wrong with it.")
        hit = self._hits.find_hit(hit_id)
        if hit is None:
            raise NotFound("There is no such work.")
        if self._store.find(hit_id, worker.worker_id) is not None:
            return
        now_ms = self._clock.now_ms()
        if self._store.count_since(worker.worker_id, now_ms - DAY_MS, MAX_REPORTS) >= MAX_REPORTS:
            raise TooManyReports(
                f"You have reported {MAX_REPORTS} HITs within a day, which is the most we take."
            )
        self._store.add(
            HitReport(
                hit_id=hit_id,
                worker_id=worker.worker_id,
                account_id=hit.account_id,
                hit_type_id=hit.hit_type_id,
                reason=Reason(reason),
                text=text,
                at_ms=now_ms,
            )
        )

    def in_state(self, state: ReportState) -> Iterator[HitReport]:
        """All reports in a state, the oldest first."""
        after: Position | None = None
        while page := self._store.in_state(state, after, _PAGE):
            yield from (report for _, report in page)
            after = page[-1][0]

    def page(
        self, state: ReportState, after: Position | None, limit: int
    ) -> list[tuple[Position, HitReport]]:
        """A page of the reports in a state, the oldest first."""
        return self._store.in_state(state, after, limit)

    def dismiss(self, hit_id: str) -> int:
        """Close a HIT's open reports without doing anything; how many there were."""
        return self._resolve(self._found(hit_id).hit_id, ReportState.DISMISSED)

    def take_down(self, hit_id: str, whole_group: bool) -> list[str]:
        """End a HIT, or all of its type, for good; the ids of those that are down now.

        Nobody can accept them any more, and their requester cannot open them again. Who works on
        one may still submit it and be paid.
        """
        hit = self._found(hit_id)
        hits = [hit]
        if whole_group:
            hits += [h for h in self._of_type(hit.hit_type_id) if h.hit_id != hit_id]
        for one in hits:
            self._end(one)
        return [one.hit_id for one in hits]

    def take_down_requester(self, account_id: str) -> int:
        """Revoke a requester's keys and end all their HITs; how many HITs that were."""
        if account_id not in {requester.account_id for requester, _ in self._accounts.list()}:
            raise MarketplaceError(f"there is no account {account_id!r}")
        # The keys first, lest they post while we are at it.
        for key in self._accounts.keys_of(account_id):
            self._accounts.revoke(key.access_key)
        ended = 0
        for hit in self._of_account(account_id):
            if hit.is_open(self._clock.now_ms()):
                self._end(hit)
                ended += 1
        # Of HITs that had ended before, the reports are still open.
        for report in self.in_state(ReportState.OPEN):
            if report.account_id == account_id:
                self._store.resolve(report, ReportState.TAKEN_DOWN, self._clock.now_ms())
        return ended

    def _end(self, hit: Hit) -> None:
        """Bar, then end, then close: cut short anywhere, the same again completes it."""
        self._store.bar(hit.hit_id)
        if not hit.deleted:
            try:
                self._postings.update_expiration(hit.account_id, hit.hit_id, 0)
            except RequestRefused as refused:  # deleted at this moment
                if self._found(hit.hit_id).is_open(self._clock.now_ms()):
                    raise MarketplaceError(str(refused)) from refused
        self._resolve(hit.hit_id, ReportState.TAKEN_DOWN)

    def _resolve(self, hit_id: str, state: ReportState) -> int:
        now_ms = self._clock.now_ms()
        reports = [r for r in self._store.of_hit(hit_id) if r.state is ReportState.OPEN]
        for report in reports:
            self._store.resolve(report, state, now_ms)
        return len(reports)

    def _of_type(self, hit_type_id: str) -> Iterator[Hit]:
        before: Position | None = None
        while True:
            page, before = self._postings.of_type(hit_type_id, before, _PAGE)
            now_ms = self._clock.now_ms()
            yield from (full.hit for _, full in page if full.hit.is_open(now_ms))
            if before is None:
                return

    def _of_account(self, account_id: str) -> Iterator[Hit]:
        before: Position | None = None
        while page := self._postings.list_all(account_id, before, _PAGE):
            yield from (full.hit for _, full in page)
            before = page[-1][0]

    def _found(self, hit_id: str) -> Hit:
        hit = self._hits.find_hit(hit_id)
        if hit is None:
            raise MarketplaceError(f"there is no HIT {hit_id!r}")
        return hit
