"""ProtoHITs: templates for HITs, and what makes one valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from chalicelib.kit.nearest import hint
from chalicelib.mturk.waiting import WaitTerms
from chalicelib.retainer.domain import readers
from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.pages import PASTIMES, SOUNDS, Page, accent, page_reader
from chalicelib.retainer.domain.pay import Terms
from chalicelib.retainer.domain.people import TookPart, excluded, short_mark
from chalicelib.retainer.domain.sharing import MARK, Conditions, Sharing
from chalicelib.retainer.domain.targets import Service

MAX_SEATS_PER_HIT = 9
"""From ten assignments on the market's fee doubles."""

TIME_TO_FINISH_S = 30
"""What a worker keeps at least, after the longest wait, to do the task or hand in the wait."""

ARCHIVED_COUNTS_MS = 2 * 86_400_000
"""What is archived has nothing out and owes nothing, but its last day's money counts on."""

_YEAR_S = 31_536_000
_ASSIGNMENT_DURATION_S = 900
_MAX_WAIT_S = 300


class ReviewRule(StrEnum):
    """Who decides on work: everything is approved at once, everything waits for somebody's word,
    or only answers to a reservation do (whoever waited in vain is approved)."""

    APPROVE = "approve"
    HOLD = "hold"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class ProtoHit:
    """Durations in seconds, money in cents, `_micro` in millionths of a dollar; limits are
    MTurk's where it has them.

    `verified_only` is what the requester said of unsigned arrivals, None: nothing. `market_signs`
    is no part of what is stored: whether the market that it posts to now signs arrivals."""

    hit_type_id: str
    title: str
    description: str
    url: str
    reward_cents: int
    keywords: str = ""
    frame_height: int = 800
    assignment_duration: int = _ASSIGNMENT_DURATION_S
    lifetime: int = 3600
    max_assignments: int = MAX_SEATS_PER_HIT
    auto_approval_delay: int = 86_400
    worker_locale: str = ""
    approval_rating: int = 0
    sandbox: bool = True
    ready_for: int = 1
    max_wait: int = _MAX_WAIT_S
    ack_within: int = 15
    verified_only: bool | None = None
    max_hits_out: int = 20
    max_spend_hour_cents: int = 2000
    max_spend_day_cents: int = 10_000
    wait_pay_micro: int = 0
    max_wait_pay_micro: int | None = None
    quick_bonus_cents: int = 0
    quick_within: int = 2
    review: str = ReviewRule.APPROVE
    compensate: bool = True
    standing: bool = False
    service_level: float = 0.95
    wait_cap_ms: int = 0
    model: str = "auto"
    max_waiting: int = 100
    stopped: bool = False
    pool: str = ""
    archived_ms: int | None = None
    page: Page = field(default_factory=Page)
    exclude: tuple[str, ...] = ()
    took_part: str = TookPart.CALLED
    keep_days: int = 0
    check_every: int = 0
    answer_within: int = 0
    market_signs: bool = False

    def lets_in_unsigned(self, market_signs: bool) -> bool:
        """Whether arrivals that a market did not sign may wait: where it can sign, only if the
        requester says so."""
        return not (market_signs if self.verified_only is None else self.verified_only)

    @property
    def pool_id(self) -> str:
        """The pool whose workers do this work: a named one, or its own, called as it is."""
        return MARK + self.pool if self.pool else self.hit_type_id

    @property
    def conditions(self) -> Conditions:
        """What whoever takes a HIT posted now must meet, and gets."""
        return Conditions(
            market=self.market,
            locale=self.worker_locale,
            rating=self.approval_rating,
            verified_only=not self.lets_in_unsigned(self.market_signs),
            reward_cents=self.reward_cents,
            rate_micro=self.wait_pay_micro,
            most_micro=int(self.terms.most_micro),
            quick_cents=self.quick_bonus_cents,
            quick_within=self.quick_within,
            to_finish=self.assignment_duration - self.max_wait,
            excludes=tuple(short_mark(name) for name in self.exclude),
        )

    @property
    def sharing(self) -> Sharing | None:
        """The named pool that this work is done by; None for a pool of its own."""
        return Sharing(self.pool_id, self.conditions) if self.pool else None

    @property
    def service(self) -> Service:
        """What the requester states: a share of calls, or a longest mean wait."""
        return Service(self.service_level, self.wait_cap_ms or None, self.model)

    @property
    def terms(self) -> Terms:
        """What whoever takes a HIT posted now is promised."""
        return Terms(
            rate_micro=self.wait_pay_micro,
            max_wait_ms=self.max_wait * 1000,
            max_pay_micro=self.max_wait_pay_micro,
            quick_cents=self.quick_bonus_cents,
            quick_within_ms=self.quick_within * 1000,
            compensate=self.compensate,
        )

    @property
    def answer_within_ms(self) -> int | None:
        """How long who said that they are there may take to hand in; None: until the deadline."""
        return self.answer_within * 1000 or None

    @property
    def wait_terms(self) -> WaitTerms:
        """The same, as a HIT's annotation tells it to workers before they accept."""
        return WaitTerms(
            self.max_wait,
            self.wait_pay_micro,
            int(self.terms.most_micro),
            self.quick_bonus_cents,
            self.quick_within,
        )

    @property
    def market(self) -> str:
        return "sandbox" if self.sandbox else "production"

    def is_at_rest(self, now_ms: int) -> bool:
        """Whether it was archived so long ago that no run has to look at it."""
        return self.archived_ms is not None and now_ms - self.archived_ms > ARCHIVED_COUNTS_MS

    @property
    def seats_per_hit(self) -> int:
        return min(self.max_assignments, MAX_SEATS_PER_HIT)

    def to_dict(self) -> dict[str, Any]:
        """What is stored. `verified_only` is there for earlier versions, which knew no *not said*
        and stored that as false; `signed` is what was said."""
        values = asdict(self)
        del values["market_signs"]
        return {**values, "signed": self.verified_only, "verified_only": bool(self.verified_only)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> ProtoHit:
        """Read back what `to_dict` gave, of this version or an earlier one."""
        names = {f.name for f in fields(cls)}
        values = {k: v for k, v in stored.items() if k in names}
        values["verified_only"] = stored.get("signed", stored.get("verified_only") or None)
        return cls(**{**values, "page": Page.from_dict(stored.get("page", {})),
                     "exclude": tuple(stored.get("exclude", ()))})  # fmt: skip


def parse(given: Mapping[str, Any]) -> ProtoHit:
    """Make a ProtoHIT of the JSON that `puttask` takes; raises `BadInput` naming the field."""
    proto, wrong = examine(given)
    if proto is None:
        raise wrong[0]
    return proto


def examine(given: Mapping[str, Any]) -> tuple[ProtoHit | None, list[BadInput]]:
    """Make a ProtoHIT, or None with all that is wrong, each with its field."""
    unknown = sorted(set(given) - (_FIELDS.keys() | {"id"}))
    wrong = [
        BadInput(
            f"Unknown field {n[:40]!r} in json.{hint(n, list(_FIELDS))}", "unknown_field", n[:40]
        )
        for n in unknown
    ]
    values: dict[str, Any] = {}
    for name, (target, read) in _FIELDS.items():
        if name in given and given[name] is not None:
            try:
                values[target] = read(name, given[name])
            except BadInput as error:
                wrong.append(BadInput(error.message, error.code, error.field or name))
    for name in ("hit_type_id", "title", "description", "url", "reward"):
        if given.get(name) is None:
            why = f"The field {name} is missing in json."
            wrong.append(BadInput(why, "missing_field", name))
    duration = values.get("assignment_duration", _ASSIGNMENT_DURATION_S)
    max_wait = values.setdefault("max_wait", min(_MAX_WAIT_S, duration // 2))
    longest = duration - min(TIME_TO_FINISH_S, duration // 2)
    if max_wait > longest:
        why = (
            f"max_wait is {max_wait} s, but may be at most {longest} s with an "
            f"assignment_duration of {duration} s, or nobody could finish."
        )
        wrong.append(BadInput(why, "out_of_range", "max_wait"))
    if values.get("answer_within", 0) > duration:
        why = f"answer_within may be at most the assignment_duration, {duration} s; 0 is as long."
        wrong.append(BadInput(why, "out_of_range", "answer_within"))
    return (None, wrong) if wrong else (ProtoHit(**values), [])


_PAGE: dict[str, readers.Reader] = {
    "title": readers.text(128),
    "instructions": readers.text(2000),
    "accent": accent,
    "pastime": readers.one_of(*PASTIMES),
    "reading": readers.text(8000),
    "sound": readers.one_of(*SOUNDS),
    "task": readers.address_or_none,
}

_FIELDS: dict[str, tuple[str, readers.Reader]] = {
    "hit_type_id": ("hit_type_id", readers.hit_type_id),
    "title": ("title", readers.text(128, 1)),
    "description": ("description", readers.text(2000, 1)),
    "keywords": ("keywords", readers.text(1000)),
    "url": ("url", readers.address),
    "frame_height": ("frame_height", readers.whole(0, 10_000)),
    "reward": ("reward_cents", readers.cents(100)),
    "assignment_duration": ("assignment_duration", readers.whole(30, _YEAR_S)),
    "lifetime": ("lifetime", readers.whole(30, _YEAR_S)),
    "max_assignments": ("max_assignments", readers.whole(1, 1_000_000_000)),
    "auto_approval_delay": ("auto_approval_delay", readers.whole(0, 2_592_000)),
    "worker_locale": ("worker_locale", readers.locale),
    "approval_rating": ("approval_rating", readers.whole(0, 100)),
    "sandbox": ("sandbox", readers.flag),
    "readyFor": ("ready_for", readers.whole(0, 100)),
    "max_wait": ("max_wait", readers.whole(10, 86_400)),
    "ack_within": ("ack_within", readers.whole(2, 600)),
    "verifiedOnly": ("verified_only", readers.flag_or_auto),
    "max_hits_out": ("max_hits_out", readers.whole(0, 1000)),
    "max_spend_per_hour": ("max_spend_hour_cents", readers.cents(100_000)),
    "max_spend_per_day": ("max_spend_day_cents", readers.cents(1_000_000)),
    "wait_pay": ("wait_pay_micro", readers.micro(10)),
    "max_wait_pay": ("max_wait_pay_micro", readers.micro(100)),
    "quick_bonus": ("quick_bonus_cents", readers.cents(100)),
    "quick_within": ("quick_within", readers.whole(1, 600)),
    "review": ("review", readers.one_of(*ReviewRule)),
    "compensate": ("compensate", readers.flag),
    "standing": ("standing", readers.flag),
    "serviceLevel": ("service_level", readers.share),
    "waitCap": ("wait_cap_ms", readers.milliseconds(600)),
    "model": ("model", readers.one_of("auto", "A")),
    "max_waiting": ("max_waiting", readers.whole(0, 10_000)),
    "pool": ("pool", readers.pool_name),
    "page": ("page", page_reader(_PAGE)),
    "exclude": ("exclude", excluded),
    "took_part": ("took_part", readers.one_of(*TookPart)),
    "check_every": ("check_every", readers.none_or(60, 86_400)),
    "answer_within": ("answer_within", readers.none_or(10, _YEAR_S)),
    "keep_days": ("keep_days", readers.whole(0, 120)),
}


def to_wire(proto: ProtoHit) -> dict[str, Any]:
    """Give a ProtoHIT in the names and units of `puttask`."""
    return {name: _wire(target, getattr(proto, target)) for name, (target, _) in _FIELDS.items()}


def _wire(target: str, value: Any) -> Any:
    if isinstance(value, Page):
        return value.to_dict()
    units = {"_cents": 100, "_micro": 1_000_000, "_ms": 1000}
    unit = next((n for ending, n in units.items() if target.endswith(ending)), None)
    return value if unit is None or value is None else value / unit
