"""Qualifications as their types' owners handle them: requests decided, grants, scores, holders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.marketplace.domain import ids, limits, news
from chalicelib.marketplace.domain.errors import InvalidParameter
from chalicelib.marketplace.domain.qualification_errors import (
    InvalidQualificationRequestState,
    InvalidQualificationState,
    QualificationMissing,
    QualificationRequestMissing,
    QualificationTypeMissing,
)
from chalicelib.marketplace.domain.qualifications import (
    DEFAULT_VALUE,
    HeldStatus,
    Qualification,
    QualificationRequest,
    RequestState,
)
from chalicelib.marketplace.domain.system_qualifications import SYSTEM_TYPES

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.domain.qualification_ports import (
        QualificationRequestStore,
    )
    from chalicelib.marketplace.domain.qualifications import (
        QualificationType,
    )
    from chalicelib.marketplace.services.postings import FullHit, Postings
    from chalicelib.marketplace.services.qualification_types import QualificationTypes
    from chalicelib.marketplace.stores import Stores

MAX_REASON = 1_024
_PAGE = 100
# HIT types looked at in one call.
_MOST_TYPES = 200
# A Lambda function's answer has at most 6 MB, and JSON may double what texts measure.
_MAX_TEXT_BYTES = 2_500_000

# A request with the texts of its test and of what was answered.
FullRequest = tuple[QualificationRequest, str | None, str | None]


class Qualifications:
    """Every method sees only types of `account_id`."""

    def __init__(
        self,
        stores: Stores,
        kinds: QualificationTypes,
        requests: QualificationRequestStore,
        postings: Postings,
        clock: Clock,
    ) -> None:
        self._kinds = kinds
        self._types = stores.types
        self._held = stores.held
        self._requests = requests
        self._hits = stores.hits
        self._assignments = stores.assignments
        self._workers = stores.workers
        self._postings = postings
        self._clock = clock

    def requests(
        self, account_id: str, type_id: str | None, after: Position | None, limit: int
    ) -> list[tuple[Position, FullRequest]]:
        """A page of what is pending, in the order of submission; shorter if its texts are long."""
        if type_id is not None:
            self._kinds.owned(account_id, type_id)
        page: list[tuple[Position, QualificationRequest]] = []
        while len(page) < limit:
            found = self._requests.pending(account_id, type_id, after, limit - len(page))
            if not found:
                break
            after = found[-1][0]
            page += self._still_pending(found)
        texts = self._assignments.answers([r.answer for _, r in page if r.answer])
        return _cut(
            [
                (at, (r, r.test and self._hits.question(r.test), texts.get(r.answer or "")))
                for at, r in page
            ]
        )

    def accept(self, account_id: str, request_id: str, value: int | None) -> None:
        """Grant what is asked for, and tell the worker; raises `RequestRefused`."""
        request, kind = self._pending_request(account_id, request_id)
        granted = self._granted(account_id, request.qualification_type_id, request.worker_id, value)
        if not self._requests.accept(request, granted, news.request_granted(kind, granted)):
            raise InvalidQualificationRequestState

    def reject(self, account_id: str, request_id: str, reason: str | None) -> None:
        if reason is not None:
            limits.text("Reason", reason, MAX_REASON, least=0)
        request, kind = self._pending_request(account_id, request_id)
        told = news.request_rejected(kind, request.worker_id, reason, self._clock.now_ms())
        if not self._requests.reject(request, reason or None, told):
            raise InvalidQualificationRequestState

    def grant(
        self, account_id: str, type_id: str, worker_id: str, value: int | None, notify: bool = True
    ) -> None:
        """Give a worker a qualification, asked for or not, or change its value.

        With `notify` the worker is told, if it is news: a call that a program repeats is not.
        """
        kind = self._kinds.owned(account_id, type_id)
        if self._workers.find_worker(worker_id) is None:
            raise InvalidParameter(
                f'The value "{worker_id}" is not valid for the parameter WorkerId.'
            )
        granted = self._granted(account_id, type_id, worker_id, value)
        before = self._held.find(type_id, worker_id) if notify else None
        is_news = before is None or not before.is_held or before.value != granted.value
        told = news.given(kind, granted, before) if notify and is_news else None
        self._held.grant(granted, told)

    def revoke(self, account_id: str, type_id: str, worker_id: str, reason: str | None) -> None:
        """Take a qualification back, and tell the worker; raises `RequestRefused`."""
        if reason is not None:
            limits.text("Reason", reason, MAX_REASON, least=0)
        held = self._score(account_id, type_id, worker_id)
        kind = self._types.find(type_id)
        assert kind is not None  # of a deleted one a tombstone stays
        told = news.revoked(kind, worker_id, reason, self._clock.now_ms())
        self._held.revoke(held, reason or None, told)

    def score(self, account_id: str, type_id: str, worker_id: str) -> Qualification:
        """What a worker holds; raises `RequestRefused` if nothing, or no more."""
        return self._score(account_id, type_id, worker_id)

    def holders(
        self,
        account_id: str,
        type_id: str,
        status: HeldStatus,
        after: Position | None,
        limit: int,
    ) -> list[tuple[Position, Qualification]]:
        self._kinds.owned(account_id, type_id)
        return self._held.holders(type_id, status, after, limit)

    def hits(
        self, account_id: str, type_id: str, after: Position | None, limit: int
    ) -> tuple[list[tuple[Position, FullHit]], Position | None]:
        """A page of the account's HITs that require a type, HIT type by HIT type.

        And where to go on: a page may come short, or empty, with more to come.

        `Position` holds the ids of HIT type and HIT: the HIT may get another type meanwhile.
        """
        if type_id not in SYSTEM_TYPES and self._types.find(type_id) is None:
            raise QualificationTypeMissing(type_id)
        first, hit_id = "", ""
        if after is not None:
            first, hit_id = after[1][: ids.LENGTH], after[1][ids.LENGTH :]
        page: list[tuple[Position, FullHit]] = []
        looked_at = 0
        while using := self._types.uses(account_id, type_id, first, _PAGE):
            for hit_type_id in using:
                if looked_at == _MOST_TYPES:
                    return page, (0, hit_type_id)
                looked_at += 1
                # The place where the last page ended counts for that HIT type alone.
                here = after is not None and hit_type_id == first and hit_id
                start = (after[0], hit_id) if after is not None and here else None
                found, end = self._postings.of_type(hit_type_id, start, limit - len(page))
                page += [((at_ms, f"{hit_type_id}{one}"), full) for (at_ms, one), full in found]
                if end is not None:
                    return page, (end[0], f"{hit_type_id}{end[1]}")
            # The smallest id behind the last one that was looked at.
            first, after = f"{using[-1]}0", None
        return page, None

    def _still_pending(
        self, found: list[tuple[Position, QualificationRequest]]
    ) -> list[tuple[Position, QualificationRequest]]:
        """Without those whose type was deleted: a deletion may have died before it reached them."""
        kinds = self._types.find_many([request.qualification_type_id for _, request in found])
        gone = {kind.qualification_type_id: kind for kind in kinds if kind.deleted}
        pending = []
        for position, request in found:
            if kind := gone.get(request.qualification_type_id):
                told = news.type_deleted(kind, request.worker_id, self._clock.now_ms())
                self._requests.reject(request, None, told)
            elif request.state is RequestState.PENDING:
                pending.append((position, request))
        return pending

    def _pending_request(
        self, account_id: str, request_id: str
    ) -> tuple[QualificationRequest, QualificationType]:
        valid = request_id.isascii() and request_id.isalnum() and len(request_id) <= 64
        request = self._requests.find_by_id(request_id) if valid else None
        if request is None or request.account_id != account_id:
            raise QualificationRequestMissing(request_id)
        kind = self._types.find(request.qualification_type_id)
        if request.state is not RequestState.PENDING or kind is None or kind.deleted:
            raise InvalidQualificationRequestState
        return request, kind

    def _score(self, account_id: str, type_id: str, worker_id: str) -> Qualification:
        found = self._held.find(type_id, worker_id)
        if found is None or found.account_id != account_id:
            raise QualificationMissing
        if not found.is_held:
            raise InvalidQualificationState
        return found

    def _granted(
        self, account_id: str, type_id: str, worker_id: str, value: int | None
    ) -> Qualification:
        return Qualification(
            qualification_type_id=type_id,
            worker_id=worker_id,
            account_id=account_id,
            status=HeldStatus.GRANTED,
            value=DEFAULT_VALUE if value is None else value,
            grant_ms=self._clock.now_ms(),
        )


def _cut(page: list[tuple[Position, FullRequest]]) -> list[tuple[Position, FullRequest]]:
    """The first of a page that fit into an answer; one at least."""
    size = 0
    for count, (_, (_, test, answer)) in enumerate(page):
        size += len((test or "").encode()) + len((answer or "").encode())
        if count and size > _MAX_TEXT_BYTES:
            return page[:count]
    return page
