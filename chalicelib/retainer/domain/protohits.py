"""ProtoHITs: templates for HITs, and what makes one valid."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from chalicelib.retainer.domain.errors import BadInput
from chalicelib.retainer.domain.ids import is_hit_type_id
from chalicelib.retainer.domain.pages import PASTIMES, SOUNDS, Page, Reader, accent, page_reader
from chalicelib.retainer.domain.pay import Terms
from chalicelib.retainer.domain.sharing import MARK, Conditions, Sharing
from chalicelib.retainer.domain.targets import Service

MAX_SEATS_PER_HIT = 9
"""From ten assignments on the market's fee doubles."""

_AMOUNT = re.compile(r"-?[0-9]{1,9}(\.[0-9]{0,9})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
TIME_TO_FINISH_S = 30
"""What a worker keeps at least, after the longest wait, to do the task or hand in the wait."""

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
    MTurk's where it has them."""

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
    verified_only: bool = False
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
    page: Page = field(default_factory=Page)

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
            verified_only=self.verified_only,
            reward_cents=self.reward_cents,
            rate_micro=self.wait_pay_micro,
            most_micro=int(self.terms.most_micro),
            quick_cents=self.quick_bonus_cents,
            quick_within=self.quick_within,
            to_finish=self.assignment_duration - self.max_wait,
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
    def market(self) -> str:
        return "sandbox" if self.sandbox else "production"

    @property
    def seats_per_hit(self) -> int:
        return min(self.max_assignments, MAX_SEATS_PER_HIT)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> ProtoHit:
        """Read back what `to_dict` gave, of this version or an earlier one."""
        names = {f.name for f in fields(cls)}
        values = {k: v for k, v in stored.items() if k in names}
        return cls(**{**values, "page": Page.from_dict(stored.get("page", {}))})


def parse(given: Mapping[str, Any]) -> ProtoHit:
    """Make a ProtoHIT of the JSON that `puttask` takes; raises `BadInput` naming the field."""
    known = _FIELDS.keys() | {"id"}
    if unknown := sorted(set(given) - known):
        raise BadInput(f"Unknown field {unknown[0][:40]!r} in json.", "unknown_field")
    values: dict[str, Any] = {}
    for name, (target, read) in _FIELDS.items():
        if name in given and given[name] is not None:
            values[target] = read(name, given[name])
    for name in ("hit_type_id", "title", "description", "url", "reward"):
        if _FIELDS[name][0] not in values:
            raise BadInput(f"The field {name} is missing in json.", "missing_field")
    if "max_wait" not in values:
        duration = values.get("assignment_duration", _ASSIGNMENT_DURATION_S)
        values["max_wait"] = min(_MAX_WAIT_S, duration // 2)
    proto = ProtoHit(**values)
    longest = proto.assignment_duration - min(TIME_TO_FINISH_S, proto.assignment_duration // 2)
    if proto.max_wait > longest:
        raise BadInput(
            f"max_wait is {proto.max_wait} s, but may be at most {longest} s with an "
            f"assignment_duration of {proto.assignment_duration} s, or nobody could finish.",
            "out_of_range",
        )
    return proto


def _text(longest: int, shortest: int = 0) -> Reader:
    def read(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise BadInput(f"{name} must be text.", "wrong_type")
        if not shortest <= len(value) <= longest:
            raise BadInput(
                f"{name} must have {shortest} to {longest} characters, not {len(value)}.",
                "out_of_range",
            )
        if _CONTROL.search(value):
            raise BadInput(f"{name} must not have control characters.", "out_of_range")
        return value

    return read


def whole_number(name: str, value: Any, least: int, most: int) -> int:
    """Read a whole number, given as one or, in a form, as its digits; raises `BadInput`."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInput(f"{name} must be a whole number.", "wrong_type", name)
    if not least <= value <= most:
        raise BadInput(f"{name} must be {least} to {most}, not {value}.", "out_of_range", name)
    return value


def _whole(least: int, most: int) -> Reader:
    def read(name: str, value: Any) -> int:
        return whole_number(name, value, least, most)

    return read


def dollars(name: str, value: Any, most_dollars: int, unit: int = 100) -> int:
    """Read dollars as whole units, cents unless told otherwise; raises `BadInput`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadInput(f"{name} must be a number of dollars.", "wrong_type", name)
    if isinstance(value, str) and not _AMOUNT.fullmatch(value):
        raise BadInput(f"{name} must be a number of dollars.", "wrong_type", name)
    units = Decimal(str(value)) * unit
    if not units.is_finite() or not 0 <= units <= most_dollars * unit:
        raise BadInput(f"{name} must be 0 to {most_dollars} dollars.", "out_of_range", name)
    if units != units.to_integral_value():
        least = "a cent" if unit == 100 else "a millionth of a dollar"
        raise BadInput(f"{name} must not have fractions of {least}.", "out_of_range", name)
    return int(units)


def _cents(most_dollars: int) -> Reader:
    def read(name: str, value: Any) -> int:
        return dollars(name, value, most_dollars)

    return read


def _micro(most_dollars: int) -> Reader:
    def read(name: str, value: Any) -> int:
        return dollars(name, value, most_dollars, 1_000_000)

    return read


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "1", 1):
        return True
    if value in ("false", "0", 0):
        return False
    raise BadInput(f"{name} must be true or false.", "wrong_type")


def _number(name: str, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadInput(f"{name} must be a number.", "wrong_type")
    if isinstance(value, str) and not _AMOUNT.fullmatch(value):
        raise BadInput(f"{name} must be a number.", "wrong_type")
    number = Decimal(str(value))
    if not number.is_finite():
        raise BadInput(f"{name} must be a number.", "wrong_type")
    return number


def _share(name: str, value: Any) -> float:
    share = _number(name, value)
    if not Decimal("0.5") <= share <= Decimal("0.999"):
        raise BadInput(f"{name} must be 0.5 to 0.999: no pool serves every call.", "out_of_range")
    return float(share)


def _ms(most_seconds: int) -> Reader:
    def read(name: str, value: Any) -> int:
        seconds = _number(name, value)
        if not 0 <= seconds <= most_seconds:
            raise BadInput(f"{name} must be 0 to {most_seconds} seconds.", "out_of_range")
        return round(seconds * 1000)

    return read


def _one_of(*choices: str) -> Reader:
    def read(name: str, value: Any) -> str:
        if value not in choices:
            raise BadInput(f"{name} must be {' or '.join(choices)}.", "out_of_range")
        return str(value)

    return read


def _hit_type_id(name: str, value: Any) -> str:
    if not isinstance(value, str) or not is_hit_type_id(value):
        raise BadInput(
            f"{name} must be 1 to 100 letters, digits, spaces or _ . : - and begin with a letter "
            "or digit.",
            "malformed_id",
        )
    return value


def _pool_name(name: str, value: Any) -> str:
    return "" if value == "" else str(_hit_type_id(name, value))


def _address(name: str, value: Any) -> str:
    text: str = _text(2000, 1)(name, value)
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or any(c.isspace() or not c.isprintable() for c in text):
        raise BadInput(f"{name} must be an http or https address.", "bad_url")
    return text


def _locale(name: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"([A-Z]{2})?", value):
        raise BadInput(f"{name} must be empty or a country's two letters.", "out_of_range")
    return value


def _address_or_none(name: str, value: Any) -> str:
    return "" if value == "" else _address(name, value)


_PAGE: dict[str, Reader] = {
    "title": _text(128),
    "instructions": _text(2000),
    "accent": accent,
    "pastime": _one_of(*PASTIMES),
    "reading": _text(8000),
    "sound": _one_of(*SOUNDS),
    "task": _address_or_none,
}

_FIELDS: dict[str, tuple[str, Reader]] = {
    "hit_type_id": ("hit_type_id", _hit_type_id),
    "title": ("title", _text(128, 1)),
    "description": ("description", _text(2000, 1)),
    "keywords": ("keywords", _text(1000)),
    "url": ("url", _address),
    "frame_height": ("frame_height", _whole(0, 10_000)),
    "reward": ("reward_cents", _cents(100)),
    "assignment_duration": ("assignment_duration", _whole(30, _YEAR_S)),
    "lifetime": ("lifetime", _whole(30, _YEAR_S)),
    "max_assignments": ("max_assignments", _whole(1, 1_000_000_000)),
    "auto_approval_delay": ("auto_approval_delay", _whole(0, 2_592_000)),
    "worker_locale": ("worker_locale", _locale),
    "approval_rating": ("approval_rating", _whole(0, 100)),
    "sandbox": ("sandbox", _flag),
    "readyFor": ("ready_for", _whole(0, 100)),
    "max_wait": ("max_wait", _whole(10, 86_400)),
    "ack_within": ("ack_within", _whole(2, 600)),
    "verifiedOnly": ("verified_only", _flag),
    "max_hits_out": ("max_hits_out", _whole(0, 1000)),
    "max_spend_per_hour": ("max_spend_hour_cents", _cents(100_000)),
    "max_spend_per_day": ("max_spend_day_cents", _cents(1_000_000)),
    "wait_pay": ("wait_pay_micro", _micro(10)),
    "max_wait_pay": ("max_wait_pay_micro", _micro(100)),
    "quick_bonus": ("quick_bonus_cents", _cents(100)),
    "quick_within": ("quick_within", _whole(1, 600)),
    "review": ("review", _one_of(*ReviewRule)),
    "compensate": ("compensate", _flag),
    "standing": ("standing", _flag),
    "serviceLevel": ("service_level", _share),
    "waitCap": ("wait_cap_ms", _ms(600)),
    "model": ("model", _one_of("auto", "A")),
    "max_waiting": ("max_waiting", _whole(0, 10_000)),
    "pool": ("pool", _pool_name),
    "page": ("page", page_reader(_PAGE)),
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
