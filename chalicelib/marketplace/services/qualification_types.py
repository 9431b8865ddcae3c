"""Qualification types: made, changed, deleted, listed by those who post HITs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain import ids, limits, news
from chalicelib.marketplace.domain.errors import InvalidParameter
from chalicelib.marketplace.domain.qualification_errors import (
    NotOwner,
    QualificationTypeExists,
    QualificationTypeMissing,
)
from chalicelib.marketplace.domain.qualifications import QualificationType, TypeStatus
from chalicelib.marketplace.domain.system_qualifications import SYSTEM_TYPES, SystemType
from chalicelib.marketplace.services import qualification_tests

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.domain.qualification_ports import (
        QualificationRequestStore,
    )
    from chalicelib.marketplace.services.accounts import Accounts
    from chalicelib.marketplace.stores import Stores

MAX_NAME = 200
# Ten years; the service's documents name no limit.
MAX_RETRY_DELAY_S = 10 * limits.YEAR_S
_PAGE = 100
# How many types one call looks at to find those that fit; the next one goes on from there.
MOST_LOOKED_AT = 1_000
_ATTEMPTS = 10
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TypeGiven:
    """What a requester gives for a type; None: not given."""

    name: str = ""
    description: str | None = None
    keywords: str | None = None
    status: str | None = None
    retry_delay_s: int | None = None
    test: str | None = None
    answer_key: str | None = None
    test_duration_s: int | None = None
    auto_granted: bool | None = None
    auto_granted_value: int | None = None


@dataclass(frozen=True, slots=True)
class FullType:
    """A type with its texts; the key is its owner's secret, and None for anybody else."""

    kind: QualificationType
    test: str | None = None
    answer_key: str | None = None


Listed = QualificationType | SystemType


class QualificationTypes:
    """Everybody may look at a type; only its owner may change it."""

    def __init__(
        self,
        stores: Stores,
        requests: QualificationRequestStore,
        accounts: Accounts,
        clock: Clock,
    ) -> None:
        self._types = stores.types
        self._requests = requests
        self._hits = stores.hits
        self._accounts = accounts
        self._clock = clock

    def create(self, account_id: str, given: TypeGiven) -> FullType:
        """Make a type; its name is unique among the account's. Raises `RequestRefused`."""
        self._check(given)
        _check_test(given, has_test=False, automatic=bool(given.auto_granted))
        kind = QualificationType(
            qualification_type_id=ids.random_id(),
            account_id=account_id,
            requester=self._accounts.name_of(account_id),
            name=limits.text("Name", given.name, MAX_NAME),
            description=given.description or "",
            keywords=given.keywords or None,
            status=TypeStatus(given.status or TypeStatus.ACTIVE),
            created_ms=self._clock.now_ms(),
            retry_delay_s=given.retry_delay_s,
            auto_granted=bool(given.auto_granted),
            auto_granted_value=given.auto_granted_value,
        )
        if not self._types.create(self._with_test(kind, given)):
            raise QualificationTypeExists
        return FullType(kind=self._with_test(kind, given), **_texts(given))

    def update(self, account_id: str, type_id: str, given: TypeGiven) -> FullType:
        """Change what is given; raises `RequestRefused`, and then nothing is changed."""
        self._check(given)
        for _ in range(_ATTEMPTS):
            old = self.owned(account_id, type_id)
            automatic = old.auto_granted if given.auto_granted is None else given.auto_granted
            _check_test(given, has_test=old.test is not None, automatic=automatic)
            new = self._with_test(_changed(old, given), given)
            if self._types.update(new):
                return self._full(account_id, new)
        raise StoreUnavailable("the qualification type changed time and again")

    def delete(self, account_id: str, type_id: str) -> None:
        """Delete a type and reject what is pending; what workers hold they keep."""
        kind = self._types.find(type_id)
        if kind is None or not kind.deleted or kind.account_id != account_id:
            kind = self.owned(account_id, type_id)
            self._types.delete(kind)
        # Again for one that is deleted already: the first call may have died half way.
        while found := self._requests.pending(account_id, type_id, None, _PAGE):
            for _, request in found:
                told = news.type_deleted(kind, request.worker_id, self._clock.now_ms())
                self._requests.reject(request, None, told)

    def get(self, account_id: str, type_id: str) -> FullType | SystemType:
        if type_id in SYSTEM_TYPES:
            return SYSTEM_TYPES[type_id]
        return self._full(account_id, self._existing(type_id))

    def owned(self, account_id: str, type_id: str) -> QualificationType:
        """Find a type of this account's; raises `RequestRefused`."""
        if type_id in SYSTEM_TYPES:
            raise NotOwner(type_id)
        kind = self._existing(type_id)
        if kind.account_id != account_id:
            raise NotOwner(type_id)
        return kind

    def list(
        self,
        account_id: str | None,
        query: str,
        requestable: bool,
        after: Position | None,
        limit: int,
        caller: str | None = None,
    ) -> tuple[list[tuple[Position, Listed]], Position | None]:
        """A page of types in the order of their names, the system's first, and where to go on.

        Of one account, or of all (None), as far as `caller` is shown them; None: any worker. What
        can be requested excludes the system's own and what is inactive or by grant only. One call
        looks at a bounded number of types, so a page may come short, or empty, with more to come;
        only None says that there is no more.
        """
        words = query.casefold().split()
        page: list[tuple[Position, Listed]] = []
        if account_id is None and not requestable:
            page += _system_types(words, after)[:limit]
            if len(page) == limit:
                return page, page[-1][0]
            if after is not None and after[1] in SYSTEM_TYPES:
                after = None
        at_once = max(limit, _PAGE) if words else limit
        looked_at = 0
        while looked_at < MOST_LOOKED_AT:
            found = self._types.by_name(account_id, after, at_once)
            if not found:
                return page, None
            for after, kind in found:
                looked_at += 1
                # The index lags behind: what was deleted a moment ago is still in it.
                there = kind.is_requestable if requestable else kind.is_shown_to(caller)
                if there and kind.matches(words):
                    page.append((after, kind))
                if len(page) == limit:
                    return page, after
        return page, after

    def _existing(self, type_id: str) -> QualificationType:
        kind = self._types.find(type_id)
        if kind is None or kind.deleted:
            raise QualificationTypeMissing(type_id)
        return kind

    def _full(self, account_id: str, kind: QualificationType) -> FullType:
        test = kind.test and self._hits.question(kind.test)
        own = kind.answer_key if kind.account_id == account_id else None
        return FullType(kind, test, own and self._hits.question(own))

    def _with_test(self, kind: QualificationType, given: TypeGiven) -> QualificationType:
        """The type with the test that is given, if one is: questions, time and key together."""
        if given.test is None:
            return kind
        return replace(
            kind,
            test=self._hits.save_question(given.test),
            test_duration_s=given.test_duration_s,
            answer_key=given.answer_key and self._hits.save_question(given.answer_key),
        )

    @staticmethod
    def _check(given: TypeGiven) -> None:
        if given.description is not None:
            limits.text("Description", given.description, limits.MAX_DESCRIPTION)
        if given.keywords is not None:
            limits.text("Keywords", given.keywords, limits.MAX_KEYWORDS, least=0)
        if given.retry_delay_s is not None:
            limits.number("RetryDelayInSeconds", given.retry_delay_s, 0, MAX_RETRY_DELAY_S)
        if given.test_duration_s is not None:
            limits.number("TestDurationInSeconds", given.test_duration_s, 1, limits.YEAR_S)
        if given.test is not None:
            qualification_tests.check(given.test, given.answer_key)


def _check_test(given: TypeGiven, has_test: bool, automatic: bool) -> None:
    if given.test is None:
        for name, value in (
            ("AnswerKey", given.answer_key),
            ("TestDurationInSeconds", given.test_duration_s),
        ):
            if value is not None:
                raise InvalidParameter(f"{name} may be given only together with Test.")
    elif given.test_duration_s is None:
        raise InvalidParameter(
            "Your request is missing required parameters. "
            "Required parameters include TestDurationInSeconds."
        )
    if automatic and (has_test or given.test is not None):
        raise InvalidParameter("A QualificationType with a Test cannot be AutoGranted.")


def _changed(old: QualificationType, given: TypeGiven) -> QualificationType:
    return replace(
        old,
        description=_chosen(given.description, old.description),
        status=old.status if given.status is None else TypeStatus(given.status),
        retry_delay_s=_chosen(given.retry_delay_s, old.retry_delay_s),
        auto_granted=_chosen(given.auto_granted, old.auto_granted),
        auto_granted_value=_chosen(given.auto_granted_value, old.auto_granted_value),
    )


def _chosen(new: _T | None, present: _T) -> _T:
    return present if new is None else new


def _texts(given: TypeGiven) -> dict[str, str | None]:
    return {"test": given.test, "answer_key": given.answer_key}


def _system_types(words: list[str], after: Position | None) -> list[tuple[Position, Listed]]:
    """The system's types that match, behind the place where a page ended."""
    if after is not None and after[1] not in SYSTEM_TYPES:
        return []
    ordered: list[tuple[Position, Listed]] = [
        ((0, type_id), kind)
        for type_id, kind in sorted(SYSTEM_TYPES.items(), key=lambda item: (item[1].name, item[0]))
    ]
    if after is not None:
        known = [position[1] for position, _ in ordered]
        ordered = ordered[known.index(after[1]) + 1 :]
    return [
        (position, kind)
        for position, kind in ordered
        if all(word in f"{kind.name} {kind.description}".casefold() for word in words)
    ]
