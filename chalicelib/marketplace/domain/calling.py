"""How a worker wants to be called: the ways, what for, when not, and how often at most."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from chalicelib.marketplace.domain import local_time
from chalicelib.marketplace.domain.local_time import Quiet

MAIL = "mail"
PUSH = "push"
MAX_SUBSCRIPTIONS = 5
MAX_ADDRESS = 254
# Mails that confirm an address go wherever somebody says: a few in a day, and not in a row.
CONFIRMATIONS_A_DAY = 3
CONFIRMATION_PAUSE_MS = 60_000
CONFIRMATION_MS = 7 * 86_400_000
# An address that nobody has confirmed gets one mail in this time, no matter who gives it.
ASK_AGAIN_S = 30 * 86_400
DEFAULT_MOST_A_DAY = 3

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


# What holds until a worker says otherwise.
NIGHT = Quiet(21 * 60, 8 * 60)


class Purpose(StrEnum):
    """What a worker may be called for, each by ways of its own."""

    SESSIONS = "sessions"
    WORK = "work"


class AddressState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    # The mail server of the address refused it for good.
    REFUSED = "refused"


# All that a worker can switch on or off.
CHOICES = frozenset(f"{purpose}:{way}" for purpose in Purpose for way in (MAIL, PUSH))


@dataclass(frozen=True, slots=True)
class Calling:
    """A worker's choices. `version` counts their changes; the calls made are counted apart."""

    worker_id: str
    choices: frozenset[str] = frozenset()
    address: str | None = field(default=None, repr=False)
    address_state: AddressState | None = None
    # When the mail was asked for that shall confirm it.
    code_ms: int = 0
    # When the latest mails that confirm an address were asked for.
    asked_ms: tuple[int, ...] = ()
    subscriptions: Mapping[str, str] = field(default_factory=dict, repr=False)
    # The feed's address is made of this number: another one, another address. 0: none was made.
    feed: int = 0
    feed_on: bool = False
    zone_name: str = "UTC"
    quiet: Quiet | None = NIGHT
    most_a_day: int = DEFAULT_MOST_A_DAY
    version: int = 0
    called_ms: int = 0
    day: str = ""
    today: int = 0

    @property
    def zone(self) -> ZoneInfo:
        return local_time.zone(self.zone_name)

    @property
    def mail_works(self) -> bool:
        return self.address is not None and self.address_state is AddressState.CONFIRMED

    def ways(self, purpose: Purpose) -> list[str]:
        """`mail`, and `push:<subscription>` for each browser."""
        found = [MAIL] if self.mail_works and f"{purpose}:{MAIL}" in self.choices else []
        if f"{purpose}:{PUSH}" in self.choices:
            found += [f"{PUSH}:{key}" for key in sorted(self.subscriptions)]
        return found

    def of_generation(self, generation: int) -> Calling:
        """Without the browsers of before the worker last signed out everywhere."""
        kept = {k: v for k, v in self.subscriptions.items() if _generation_of(k) == generation}
        return replace(self, subscriptions=kept)

    def is_quiet(self, at_ms: int) -> bool:
        return local_time.is_quiet(self.quiet, self.zone, at_ms)

    def calls_left(self, at_ms: int, most: int) -> int:
        """How many calls this day of theirs still allows; `most` is the market's bound."""
        made = self.today if self.day == local_time.day_of(at_ms, self.zone) else 0
        return max(0, min(self.most_a_day, most) - made)

    def may_confirm(self, now_ms: int) -> bool:
        """Whether another mail that confirms an address may be sent."""
        recent = self.recent_confirmations(now_ms)
        return len(recent) < CONFIRMATIONS_A_DAY and not any(
            now_ms - at < CONFIRMATION_PAUSE_MS for at in recent
        )

    def recent_confirmations(self, now_ms: int) -> tuple[int, ...]:
        return tuple(at for at in self.asked_ms if now_ms - at < 86_400_000)


def subscription_key(endpoint: str, generation: int) -> str:
    """What a browser is known by; of the first generation, as before there were any."""
    digest = hashlib.sha256(endpoint.encode()).hexdigest()[:24]
    return f"{digest}-{generation}" if generation else digest


def _generation_of(key: str) -> int:
    return int(key.partition("-")[2] or 0)


def checked_address(text: str) -> str | None:
    """The address as it is kept: the host in lower case; None if it is none.

    Deliberately narrower than the standard: no quoted names, nothing that a header could take for
    its end.
    """
    if len(text) > MAX_ADDRESS or not _ADDRESS.fullmatch(text):
        return None
    name, _, host = text.rpartition("@")
    if name.startswith(".") or name.endswith(".") or ".." in name:
        return None
    return f"{name}@{host.lower()}"


def mailbox(address: str) -> str:
    """Where mail to an address arrives, as far as one can tell: names and their tags, `a+tag@`,
    lead to one mailbox nearly everywhere."""
    name, _, host = address.lower().rpartition("@")
    return f"{name.partition('+')[0] or name}@{host}"


def checked_choices(given: Iterable[str]) -> frozenset[str] | None:
    found = frozenset(given)
    return found if found <= CHOICES else None
