"""A requester's HITs: posted, found, listed, extended, expired, deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from chalicelib.kit.dynamo.connection import StoreUnavailable
from chalicelib.marketplace.domain import ids, limits, policies
from chalicelib.marketplace.domain.errors import (
    HitExists,
    HitMissing,
    HitTakenDown,
    HitTypeMissing,
    InsufficientFunds,
    InvalidHitState,
    TokenUsed,
)
from chalicelib.marketplace.domain.hits import DISPOSED_OF, Hit, HitStatus, HitType
from chalicelib.marketplace.domain.ports import Refused, Token
from chalicelib.marketplace.domain.system_qualifications import ALL_MASTERS
from chalicelib.marketplace.services import questions
from chalicelib.marketplace.services.looking import look_through
from chalicelib.mturk.question_form import QuestionForm

if TYPE_CHECKING:
    from chalicelib.kit.clock import Clock
    from chalicelib.marketplace.domain.ports import Position
    from chalicelib.marketplace.services.accounts import Accounts
    from chalicelib.marketplace.services.lifecycle import Lifecycle
    from chalicelib.marketplace.services.qualifying import Qualifying
    from chalicelib.marketplace.stores import Stores
    from chalicelib.mturk.prices import Fees

_ATTEMPTS = 20
_DELETABLE = "Reviewing, Reviewable"
_EXTENDABLE = "Assignable, Unassignable, Reviewing, Reviewable"


@dataclass(frozen=True, slots=True)
class TypeValues:
    """The seven properties of a HIT type, as given."""

    title: str
    description: str
    keywords: str | None
    reward: str
    duration_s: int
    auto_approval_s: int | None
    requirements: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class HitValues:
    """What a HIT has of its own, as given."""

    question: str
    lifetime_s: int
    max_assignments: int
    annotation: str | None
    token: str | None
    assignment_policy: Mapping[str, Any] | None = None
    hit_policy: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FullHit:
    """A HIT with what lies elsewhere."""

    hit: Hit
    hit_type: HitType
    question: str


class Postings:
    """Every method sees only what belongs to `account_id`."""

    def __init__(
        self,
        stores: Stores,
        accounts: Accounts,
        lifecycle: Lifecycle,
        clock: Clock,
        qualifying: Qualifying,
        fees: Fees,
    ) -> None:
        self._fees = fees
        self._hits = stores.hits
        self._offers = stores.offers
        self._accounts = accounts
        self._lifecycle = lifecycle
        self._clock = clock
        self._qualifying = qualifying

    def create_type(self, account_id: str, values: TypeValues) -> HitType:
        """Make a HIT type; equal values give the type that is there already."""
        hit_type = self._checked_type(account_id, values)
        self._save_type(hit_type)
        return hit_type

    def create(self, account_id: str, type_values: TypeValues, values: HitValues) -> FullHit:
        """Post a HIT; raises `RequestRefused`, and then nothing is posted."""
        hit_type = self._checked_type(account_id, type_values)
        hit = self._checked_hit(hit_type, values)
        self._save_type(hit_type)
        return self._post(hit, hit_type, values)

    def create_with_type(self, account_id: str, hit_type_id: str, values: HitValues) -> FullHit:
        hit_type = self._hits.find_hit_type(hit_type_id)
        if hit_type is None or hit_type.account_id != account_id:
            raise HitTypeMissing(hit_type_id)
        self._qualifying.check_type(hit_type)
        return self._post(self._checked_hit(hit_type, values), hit_type, values)

    def fee_cents(self, hit_type: HitType, max_assignments: int) -> int:
        """The fee for one assignment of a HIT; the HIT keeps it, whatever is configured later."""
        masters = any(
            requirement["QualificationTypeId"] in ALL_MASTERS
            and requirement["Comparator"] == "Exists"
            for requirement in hit_type.requirements
        )
        return self._fees.of_assignment(hit_type.reward_cents, max_assignments, masters)

    def get(self, account_id: str, hit_id: str) -> FullHit:
        """Find a HIT; one that was deleted is still shown, as Disposed."""
        return self._full(self._settled(account_id, hit_id))

    def list_all(
        self, account_id: str, before: Position | None, limit: int
    ) -> list[tuple[Position, FullHit]]:
        """A page of what was not deleted, the newest first."""
        page: list[tuple[Position, FullHit]] = []
        while len(page) < limit:
            found = self._hits.hits_by_creation(account_id, before, limit - len(page))
            if not found:
                break
            before = found[-1][0]
            # The index lags behind: what was deleted a moment ago is still in it.
            there = [(p, self._lifecycle.settled(hit)) for p, hit in found if not hit.deleted]
            page += [(p, self._full(hit)) for p, hit in there if not hit.deleted]
        return page

    def of_type(
        self, hit_type_id: str, before: Position | None, limit: int
    ) -> tuple[list[tuple[Position, FullHit]], Position | None]:
        """A page of a HIT type's HITs that were not deleted, the newest first.

        And where to go on, as `look_through` tells.
        """

        def fitting(hit: Hit) -> FullHit | None:
            hit = hit if hit.deleted else self._lifecycle.settled(hit)
            return None if hit.deleted else self._full(hit)

        return look_through(partial(self._hits.hits_of_type, hit_type_id), fitting, before, limit)

    def list_reviewable(
        self,
        account_id: str,
        hit_type_id: str | None,
        status: HitStatus,
        before: Position | None,
        limit: int,
    ) -> tuple[list[tuple[Position, FullHit]], Position | None]:
        """A page of the HITs that are over, those that ended last first.

        And where to go on, as `look_through` tells.
        """
        now_ms = self._clock.now_ms()

        def read(before: Position | None, limit: int) -> list[tuple[Position, Hit]]:
            return self._hits.hits_over(account_id, before or (now_ms, ""), limit)

        def fitting(hit: Hit) -> FullHit | None:
            if hit_type_id not in {None, hit.hit_type_id}:
                return None
            hit = self._lifecycle.settled(hit)
            return self._full(hit) if hit.status(self._clock.now_ms()) is status else None

        return look_through(read, fitting, before, limit)

    def update_expiration(self, account_id: str, hit_id: str, expire_ms: int) -> None:
        """Expire a HIT now (a time that has passed) or move its end to a future time."""
        now_ms = self._clock.now_ms()
        limits.number("ExpireAt", expire_ms // 1000, -(2**53), now_ms // 1000 + limits.YEAR_S)
        settled = False
        for _ in range(_ATTEMPTS):
            hit = self._settled(account_id, hit_id)
            if hit.deleted:
                raise InvalidHitState(HitStatus.DISPOSED, _EXTENDABLE, DISPOSED_OF)
            try:
                if expire_ms > now_ms:
                    if hit.barred:
                        raise HitTakenDown(hit_id)
                    self._extend(hit, expire_ms, now_ms)
                elif hit.is_open(now_ms):
                    self._hits.change_expiry(hit, now_ms, 0, None)
                    self._lifecycle.release_hold(self._settled(account_id, hit_id))
                return
            except Refused as refused:
                if refused.reason == "token":
                    raise TokenUsed(_expiry_token(hit_id, expire_ms)) from None
                if refused.reason == "funds":
                    if settled:
                        raise InsufficientFunds from None
                    # HITs that ended since the last look may hold what is needed.
                    self._lifecycle.settle_holds(account_id)
                    settled = True
        raise StoreUnavailable("the HIT changed time and again")

    def delete(self, account_id: str, hit_id: str) -> None:
        """Dispose of a HIT whose work is all reviewed; its money comes back."""
        for _ in range(_ATTEMPTS):
            hit = self._settled(account_id, hit_id)
            now_ms = self._clock.now_ms()
            status = hit.status(now_ms)
            deletable = status in {HitStatus.REVIEWABLE, HitStatus.REVIEWING}
            if not deletable or hit.unreviewed:
                raise InvalidHitState(status, _DELETABLE, hit.obstacle(now_ms))
            if self._hits.delete_hit(hit, now_ms):
                return
        raise StoreUnavailable("the HIT changed time and again")

    def owned(self, account_id: str, hit_id: str) -> Hit:
        """Find a HIT as of now; raises `HitMissing` also for another requester's."""
        return self._settled(account_id, hit_id)

    def full(self, hit: Hit) -> FullHit:
        return self._full(hit)

    def type_of(self, hit: Hit) -> HitType:
        hit_type = self._hits.find_hit_type(hit.hit_type_id)
        assert hit_type is not None  # a HIT is written after its type, and types stay
        return hit_type

    def _settled(self, account_id: str, hit_id: str) -> Hit:
        hit = self._hits.find_hit(hit_id)
        if hit is None or hit.account_id != account_id:
            raise HitMissing(hit_id)
        return self._lifecycle.settled(hit)

    def _full(self, hit: Hit) -> FullHit:
        return FullHit(hit, self.type_of(hit), self._hits.question(hit.question_key))

    def _checked_type(self, account_id: str, values: TypeValues) -> HitType:
        self._qualifying.check(values.requirements)
        title = limits.text("Title", values.title, limits.MAX_TITLE)
        description = limits.text("Description", values.description, limits.MAX_DESCRIPTION)
        keywords = values.keywords
        if keywords is not None:
            limits.text("Keywords", keywords, limits.MAX_KEYWORDS, least=0)
        reward = limits.dollars("Reward", values.reward)
        duration = limits.number(
            "AssignmentDurationInSeconds", values.duration_s, 30, limits.YEAR_S
        )
        delay = values.auto_approval_s
        if delay is None:
            delay = limits.DEFAULT_AUTO_APPROVAL_S
        limits.number("AutoApprovalDelayInSeconds", delay, 0, limits.DEFAULT_AUTO_APPROVAL_S)
        required = sorted(json.dumps(r, sort_keys=True) for r in values.requirements)
        parts = (account_id, title, description, keywords or "", f"{reward}", f"{duration}")
        hit_type_id = ids.derived_id("hit type", *parts, f"{delay}", *required)
        return HitType(
            hit_type_id=hit_type_id,
            account_id=account_id,
            requester=self._accounts.name_of(account_id),
            title=title,
            description=description,
            keywords=keywords or None,
            reward_cents=reward,
            duration_s=duration,
            auto_approval_s=delay,
            requirements=tuple(values.requirements),
        )

    def _save_type(self, hit_type: HitType) -> None:
        if self._hits.find_hit_type(hit_type.hit_type_id) is None:
            self._qualifying.note_uses(hit_type)
            self._hits.save_hit_type(hit_type)

    def _checked_hit(self, hit_type: HitType, values: HitValues) -> Hit:
        question = limits.question(values.question)
        if values.annotation is not None:
            limits.text("RequesterAnnotation", values.annotation, limits.MAX_ANNOTATION, least=0)
        lifetime = limits.number("LifetimeInSeconds", values.lifetime_s, 30, limits.YEAR_S)
        most = limits.number("MaxAssignments", values.max_assignments, 1, limits.MAX_ASSIGNMENTS)
        if values.assignment_policy is not None:
            policies.known_answers(values.assignment_policy)
        if values.hit_policy is not None:
            policies.plurality(values.hit_policy)
        now_ms = self._clock.now_ms()
        return Hit(
            hit_id=ids.random_id(),
            hit_type_id=hit_type.hit_type_id,
            account_id=hit_type.account_id,
            question_key="",
            annotation=values.annotation or None,
            max_assignments=most,
            created_ms=now_ms,
            expires_ms=now_ms + lifetime * 1000,
            reward_cents=hit_type.reward_cents,
            fee_cents=self.fee_cents(hit_type, most),
            room=most,
            completed=0,
            held_slots=most,
            scores_answers=values.assignment_policy is not None,
            compares_answers=values.hit_policy is not None,
            question_kind=questions.kind_of(question),
            frame_height=0 if isinstance(question, QuestionForm) else question.frame_height,
        )

    def _post(self, hit: Hit, hit_type: HitType, values: HitValues) -> FullHit:
        hit = replace(hit, question_key=self._hits.save_question(values.question))
        given = {
            "AssignmentReviewPolicy": values.assignment_policy,
            "HITReviewPolicy": values.hit_policy,
        }
        if there := {name: policy for name, policy in given.items() if policy is not None}:
            text = limits.policies(json.dumps(there, sort_keys=True))
            hit = replace(hit, policy_key=self._hits.save_question(text))
        # Before the HIT: a type on offer without HITs does no harm, the reverse is never found.
        self._offers.offer(hit.hit_type_id, hit.created_ms, hit.expires_ms)
        token = values.token and Token(hit.account_id, f"hit#{values.token}", hit.created_ms)
        try:
            self._create(hit, token or None)
        except Refused as refused:
            if refused.reason == "token":
                raise HitExists(values.token or "", refused.detail) from None
            raise InsufficientFunds from None
        return FullHit(hit, hit_type, values.question)

    def _create(self, hit: Hit, token: Token | None) -> None:
        try:
            self._hits.create_hit(hit, token)
        except Refused as refused:
            if refused.reason != "funds":
                raise
            # HITs that ended since the last look may hold what is needed.
            self._lifecycle.settle_holds(hit.account_id)
            self._hits.create_hit(hit, token)

    def _extend(self, hit: Hit, expire_ms: int, now_ms: int) -> None:
        extra = replace(hit, expires_ms=expire_ms).needed_slots(now_ms) - hit.held_slots
        text = f"expiry#{_expiry_token(hit.hit_id, expire_ms)}"
        self._offers.offer(hit.hit_type_id, now_ms, expire_ms)
        token = Token(hit.account_id, text, now_ms)
        self._hits.change_expiry(hit, expire_ms, max(0, extra), token)


def _expiry_token(hit_id: str, expire_ms: int) -> str:
    """The service's own token for a change of expiry: the same time twice is refused."""
    at = datetime.fromtimestamp(expire_ms // 1000, UTC)
    return f"{hit_id}{at:%a %b %d %H:%M:%S} UTC {at:%Y}"
